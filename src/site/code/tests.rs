use super::*;

/// Returns the tokens as words: texts in brackets.
fn shown(extension: &str, text: &str) -> String {
    let tokens = tokens(text, 0..text.len(), language_of(extension).unwrap());
    let show = |token: &Token| match token.as_text() {
        Some(part) => format!("<{}>", part.content(text).text()),
        None => text[token.range.clone()].to_owned(),
    };
    tokens.iter().map(show).collect::<Vec<_>>().join(" ")
}

#[test]
fn comments_and_quotes_are_those_of_the_language() {
    for (extension, text, expect) in [
        (
            "go",
            "a := `x\"y` // \"b\"\n/* \"c\" */ d = \"e\\\"f\" + 'g' + '\\'' + h",
            "a := <x\"y> d = <e\"f> + + + h",
        ),
        ("go", "\"open\nb \"c\"", "\" open b <c>"),
        ("ts", "a = `x ${b(`y ${c}`)} z` + 'd' // e", "a = <x ${b(`y ${c}`)} z> + <d>"),
        ("js", "x = /[\"/]'/g; y = a / b / \"c\"; #p", "x = g ; y = a / b / <c> ; # p"),
        ("py", "'''a\n\"b\"''' # \"c\"\nr'\\d' f\"{x}\" fx", "<a\n\"b\"> <\\d> <{x}> fx"),
        ("rs", "'a: &'static str = r#\"b\"c\"#; '\"' b\"d\ne\"", "' a : & ' static str = <b\"c> ; <d\ne>"),
        ("java", "\"\"\"\n a \"b\"\n\"\"\" 'c' \"d\"", "<\n a \"b\"\n> <d>"),
        ("php", "$a = 'b' . \"c\"; # \"d\"\n#[E] <<<'X'\n f\n  X;", "$ a = <b> . <c> ; # [ E ] < f\n> ;"),
        ("ex", "@v \"1\" # \"2\"\n?\" <> \"3#{v}\"", "@ v <1> <> <3#{v}>"),
        ("rb", "a \"b\"\n=begin\n\"c\"\n=end\nd 'e'", "a <b> d <e>"),
        ("gradle", "a '''b''' \"$c\"", "a <b> <$c>"),
    ] {
        assert_eq!(shown(extension, text), expect, "{text}");
    }
}

#[test]
fn what_is_put_together_names_its_values() {
    for (extension, text, expect) in [
        ("go", "\"a:v\" + b.c + \"-d\"", "a:v${c}-d"),
        ("go", "\"a:%s-%d\", b, c(d))", "a:${b}-${_}"),
        ("go", "\"a:%[2]s %20 {{.X}}%[1]s\", b, c", "a:${c} %20 {{.X}}${b}"),
        ("go", "\"a\", \"b\"", "a"),
        ("py", "f\"a:{b.c!r}\" 'd'", "a:${c}d"),
        ("py", "\"a:{} {b} %(c)s\".format(x)", "a:${x} ${b} ${c}"),
        ("py", "\"{'a': 1}\"", "{'a': 1}"),
        ("rs", "\"a:{b} {}\", c", "a:${b} ${c}"),
        ("rb", "\"a:#{b} # {c}\"", "a:${b} # ${c}"),
        ("ex", "\"a:\" <> @b", "a:${b}"),
        ("php", "\"a:{$b}\" . $c", "a:${b}${c}"),
        ("ts", "`a:${b}` + c", "a:${b}${c}"),
    ] {
        let tokens = tokens(text, 0..text.len(), language_of(extension).unwrap());
        let (made, _) = joined(text, &tokens, 0, language_of(extension).unwrap());
        assert_eq!(made.text(), expect, "{text}");
    }
}
