/// How a language writes comments and texts.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::site) struct Language {
    pub(in crate::site) line_comments: &'static [&'static str],
    pub(in crate::site) block_comment: Option<(&'static str, &'static str)>,
    /// The longer ones first.
    pub(in crate::site) quotes: &'static [Quote],
    /// Letters that may stand before a quote; `r` among them makes a text raw.
    pub(in crate::site) prefixes: &'static str,
    /// Whether `'x'` is a character and not a text.
    pub(in crate::site) has_characters: bool,
    /// Whether `/…/` may be a pattern.
    pub(in crate::site) has_patterns: bool,
    /// Whether names may have dashes in them.
    pub(in crate::site) has_dashes: bool,
    /// What begins a here-document.
    pub(in crate::site) here: &'static [&'static str],
    /// What begins a value inside a text, and ends it.
    pub(in crate::site) hole: Option<(&'static str, &'static str)>,
    /// What joins two texts.
    pub(in crate::site) joint: &'static str,
}

/// One way to write a text.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::site) struct Quote {
    pub(in crate::site) open: &'static str,
    pub(in crate::site) reading: Reading,
    /// Whether it may hold line breaks.
    pub(in crate::site) is_long: bool,
    /// Whether it may hold values between `${` and `}`, with texts in them.
    pub(in crate::site) is_template: bool,
}

/// How what stands between quotes is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::site) enum Reading {
    /// As it stands.
    Raw,
    /// A backslash begins an escape.
    Escapes,
    /// As a command, whose output is the value.
    Command,
}

const fn quote(open: &'static str, reading: Reading, is_long: bool) -> Quote {
    Quote { open, reading, is_long, is_template: false }
}

const DOUBLE: Quote = quote("\"", Reading::Escapes, false);
const SINGLE: Quote = quote("'", Reading::Escapes, false);
const LONG_DOUBLE: Quote = quote("\"\"\"", Reading::Escapes, true);
const LONG_SINGLE: Quote = quote("'''", Reading::Escapes, true);

/// Languages with the comments and the texts of C.
const C: Language = Language {
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    quotes: &[LONG_DOUBLE, DOUBLE],
    prefixes: "",
    has_characters: true,
    has_patterns: false,
    has_dashes: false,
    here: &[],
    hole: None,
    joint: "+",
};

const GO: Language = Language { quotes: &[DOUBLE, quote("`", Reading::Raw, true)], ..C };

const RUST: Language =
    Language { quotes: &[quote("\"", Reading::Escapes, true)], prefixes: "rbc", hole: Some(("{", "}")), ..C };

const SCRIPT: Language = Language {
    quotes: &[
        DOUBLE,
        SINGLE,
        Quote { open: "`", reading: Reading::Escapes, is_long: true, is_template: true },
    ],
    has_characters: false,
    has_patterns: true,
    ..C
};

const GROOVY: Language =
    Language { quotes: &[LONG_DOUBLE, LONG_SINGLE, DOUBLE, SINGLE], has_characters: false, ..C };

const PHP: Language = Language {
    line_comments: &["//", "#"],
    quotes: &[DOUBLE, SINGLE],
    has_characters: false,
    here: &["<<<"],
    hole: Some(("{$", "}")),
    joint: ".",
    ..C
};

const PYTHON: Language = Language {
    line_comments: &["#"],
    block_comment: None,
    quotes: &[LONG_DOUBLE, LONG_SINGLE, DOUBLE, SINGLE],
    prefixes: "rbfuRBFU",
    has_characters: false,
    hole: Some(("{", "}")),
    ..C
};

const RUBY: Language = Language {
    line_comments: &["#"],
    block_comment: Some(("\n=begin", "\n=end")),
    quotes: &[DOUBLE, SINGLE],
    has_characters: false,
    here: &["<<~", "<<-"],
    hole: Some(("#{", "}")),
    ..C
};

const ELIXIR: Language = Language {
    block_comment: None,
    quotes: &[LONG_DOUBLE, LONG_SINGLE, DOUBLE, SINGLE],
    here: &[],
    joint: "<>",
    ..RUBY
};

const POWERSHELL: Language = Language {
    line_comments: &["#"],
    block_comment: Some(("<#", "#>")),
    quotes: &[quote("\"", Reading::Raw, false), quote("'", Reading::Raw, false)],
    has_characters: false,
    ..C
};

const DANG: Language =
    Language { quotes: &[LONG_DOUBLE, DOUBLE], hole: Some(("${", "}")), joint: "+", ..ELIXIR };

/// Justfiles, outside their recipes.
pub(in crate::site) const JUST: Language = Language {
    line_comments: &["#"],
    block_comment: None,
    quotes: &[
        LONG_DOUBLE,
        quote("'''", Reading::Raw, true),
        quote("```", Reading::Command, true),
        DOUBLE,
        quote("'", Reading::Raw, true),
        quote("`", Reading::Command, false),
    ],
    prefixes: "xf",
    has_characters: false,
    has_dashes: true,
    hole: Some(("{{", "}}")),
    ..C
};

/// Languages by the extensions of their files.
const LANGUAGES: [(&[&str], &Language); 10] = [
    (&["go"], &GO),
    (&["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"], &SCRIPT),
    (&["py"], &PYTHON),
    (&["rs"], &RUST),
    (&["java", "kt", "kts", "scala", "cs"], &C),
    (&["gradle", "groovy"], &GROOVY),
    (&["php"], &PHP),
    (&["ex", "exs", "dang"], &ELIXIR),
    (&["rb"], &RUBY),
    (&["ps1", "psm1", "psd1"], &POWERSHELL),
];

/// Returns the language of files with that extension.
pub(in crate::site) fn of(extension: &str) -> Option<&'static Language> {
    if extension == "dang" {
        return Some(&DANG);
    }
    let found = LANGUAGES.iter().find(|(extensions, _)| extensions.contains(&extension));
    found.map(|(_, language)| *language)
}
