//! What a script that a shell reads leaves behind: the switches it sets whatever they were before,
//! and the files that it makes the shell read, too.

use std::collections::BTreeSet;
use std::ops::Range;

use super::lexer::{Command, Joint};
use super::simple::{self, Simple};
use crate::site::overrides::{Load, Medium, Setting, Switch, may_set};
use crate::site::resolve::normalise;
use crate::site::{Format, Scan};
use crate::text::Fragment;

/// Commands that read a file into the shell: the shell's own, and direnv's (direnv-stdlib.1).
const LOADERS: [&str; 6] =
    ["source", ".", "source_env", "source_env_if_exists", "dotenv", "dotenv_if_exists"];

/// Adds the overrides and the loads of a script's own commands. A condition that asks for the
/// variable makes what depends on it none, whichever way it asks.
pub(super) fn find(
    fragment: &Fragment<'_>,
    commands: &[Command],
    simples: &[Simple],
    medium: Medium,
    scan: &mut Scan<'_>,
) {
    let text = fragment.text();
    let sets = may_set(text);
    let mut walk = Walk {
        text,
        blocks: Vec::new(),
        chain: BTreeSet::new(),
        left: BTreeSet::new(),
        asking: BTreeSet::new(),
    };
    for (command, simple) in commands.iter().zip(simples) {
        loads(fragment, simple, scan);
        if !sets {
            continue;
        }
        walk.open(command);
        for (switch, name, setting) in walk.settings(simple) {
            let is_lost = command.is_apart || walk.is_guarded(switch);
            if let (false, Some(span)) = (is_lost, fragment.span(name)) {
                scan.set_switch(switch, span, setting, medium);
            }
        }
        walk.close(command, simple);
    }
}

/// Where in the script's structure the next command stands.
struct Walk<'t> {
    text: &'t str,
    /// What the conditions around it ask for, outermost first.
    blocks: Vec<Block>,
    /// What is asked for before `&&` and `||` in the same statement.
    chain: BTreeSet<Switch>,
    /// What was asked for before the script was left, perhaps.
    left: BTreeSet<Switch>,
    /// Variables that hold what a switch held before.
    asking: BTreeSet<&'t str>,
}

/// `if …; then … fi` and its like.
struct Block {
    asked: BTreeSet<Switch>,
    is_condition: bool,
}

impl Walk<'_> {
    /// Looks at the words that begin a block or a part of one.
    fn open(&mut self, command: &Command) {
        for word in &command.words {
            let is_condition = match &self.text[word.clone()] {
                "if" | "while" | "until" | "case" => true,
                "for" | "select" | "{" => false,
                part @ ("then" | "do" | "else" | "elif") => {
                    self.blocks.last_mut().into_iter().for_each(|block| block.is_condition = part == "elif");
                    continue;
                }
                "!" | "time" => continue,
                _ => break,
            };
            self.blocks.push(Block { asked: self.chain.clone(), is_condition });
        }
    }

    /// Looks at what the command asks for, and at the words that end a block or a statement.
    fn close(&mut self, command: &Command, simple: &Simple) {
        let text = self.text;
        let asked = self.asked(simple);
        if let Some(block) = self.blocks.last_mut().filter(|block| block.is_condition) {
            block.asked.extend(&asked);
            // `case X in` has no word that ends it.
            let is_case = command.words.first().is_some_and(|word| &text[word.clone()] == "case");
            block.is_condition &= !is_case;
        }
        self.chain.extend(asked);
        let first = simple.words.first().map(|word| simple::name(text, word));
        if matches!(first, Some("return" | "exit")) {
            self.left.extend(self.blocks.iter().flat_map(|block| &block.asked).chain(&self.chain));
        }
        let ends = |word: &&Range<usize>| matches!(&text[(*word).clone()], "fi" | "done" | "esac" | "}");
        command.words.iter().take_while(ends).for_each(|_| drop(self.blocks.pop()));
        if command.joint == Joint::End {
            self.chain.clear();
        }
        for assignment in &simple.lasting {
            let value = &text[assignment.value.clone()];
            let mut words = words(value).filter(|_| value.contains('$'));
            if words.any(|word| Switch::of(word).is_some() || self.asking.contains(word)) {
                self.asking.insert(&text[assignment.name.clone()]);
            }
        }
    }

    /// Returns the switches that the command asks for: those it names and does not set.
    fn asked(&self, simple: &Simple) -> BTreeSet<Switch> {
        let text = self.text;
        let first = simple.words.first().map(|word| simple::name(text, word));
        if matches!(first, None | Some("export" | "unset" | "declare" | "typeset" | "local" | "readonly")) {
            return BTreeSet::new();
        }
        simple.words.iter().flat_map(|word| words(&text[word.clone()])).filter_map(Switch::of).collect()
    }

    /// Returns what the command sets: the switch, its name, and its value.
    fn settings(&self, simple: &Simple) -> Vec<(Switch, Range<usize>, Setting)> {
        let text = self.text;
        let first = simple.words.first().map(|word| simple::name(text, word));
        if first == Some("unset") {
            let words = simple.words.iter().skip(1);
            let named = words.filter_map(|word| Some((Switch::of(&text[word.clone()])?, word.clone())));
            return named.map(|(switch, name)| (switch, name, Setting::Unset)).collect();
        }
        let lasting = simple.lasting.iter().filter(|_| first != Some("local"));
        let set = lasting.filter_map(|assignment| {
            let switch = Switch::of(&text[assignment.name.clone()])?;
            let value = simple::unquoted(&text[assignment.value.clone()]);
            let asks = switch.is_asked_in(value, &self.asking) || is_found_out(switch, text, assignment);
            (!asks).then(|| (switch, assignment.name.clone(), Setting::Value(value.to_owned())))
        });
        set.collect()
    }

    fn is_guarded(&self, switch: Switch) -> bool {
        let around = self.blocks.iter().flat_map(|block| &block.asked);
        let mut asked = around.chain(&self.chain).chain(&self.left);
        asked.any(|asked| switch.is_asked_in(asked.as_str(), &BTreeSet::new()))
    }
}

/// Returns the names in a text, and whatever else is spelled like one.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
}

/// A CLI that is looked for is the one that the shell has anyway: `$(command -v dagger)`,
/// `${pkgs.dagger}/bin/dagger`.
fn is_found_out(switch: Switch, text: &str, assignment: &simple::Assignment) -> bool {
    let value = &text[assignment.value.clone()];
    let is_package = |at: usize| {
        let name = value[at + 2..].split('}').next().unwrap_or_default();
        name.contains(['.', ' '])
    };
    switch == Switch::CliBinary
        && (value.contains("$(")
            || value.contains('`')
            || value.match_indices("${").any(|(at, _)| is_package(at)))
}

/// Adds the files that the command makes the shell read.
fn loads(fragment: &Fragment<'_>, simple: &Simple, scan: &mut Scan<'_>) {
    let text = fragment.text();
    let Some(command) = simple.words.first() else { return };
    let file = simple.words.get(1).map(|word| simple::unquoted(&text[word.clone()]));
    match simple::name(text, command) {
        name if LOADERS.contains(&name) => match file {
            Some(file) => load(fragment, command, file, scan),
            None if name.starts_with("dotenv") => load(fragment, command, ".env", scan),
            None => {}
        },
        // `export $(cat .env | xargs)`
        "export" => {
            for word in simple.words.iter().skip(1).map(|word| &text[word.clone()]) {
                let is_output = word.contains("$(") || word.contains('`');
                let parts = word.split(|byte: char| byte.is_whitespace() || "()`\"'|<>;".contains(byte));
                let files = parts.filter(|part| is_output && Format::of(part) == Some(Format::Dotenv));
                files.for_each(|file| load(fragment, command, file, scan));
            }
        }
        _ => {}
    }
}

/// Records a file by its path from where the script stands, or, of a script inside another file,
/// from the root, where a shell begins.
fn load(fragment: &Fragment<'_>, command: &Range<usize>, file: &str, scan: &mut Scan<'_>) {
    let here = ["$PWD/", "${PWD}/", "''${PWD}/", "$(pwd)/"].iter().find_map(|here| file.strip_prefix(here));
    let file = here.unwrap_or(file);
    let Some(span) = fragment.span(command.clone()).filter(|_| !file.contains(['$', '`', '~'])) else {
        return;
    };
    let directory = scan.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut paths = vec![normalise(directory, file)];
    if Format::of(scan.path) != Some(Format::Shell) {
        paths.push(normalise("", file));
    }
    // direnv takes a directory for the `.envrc` in it.
    paths.extend(paths.clone().iter().map(|path| normalise(path, ".envrc")));
    scan.loads.extend(paths.into_iter().map(|path| Load { path, span }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::script;

    /// Expects `variable=value` of every override.
    fn check(text: &str, expect: &[&str]) {
        let text = text.replace('@', "_EXPERIMENTAL_DAGGER_RUNNER_HOST");
        let mut scan = Scan::new(".envrc");
        script::find_lasting(&Fragment::verbatim(&text, 0), Medium::Shell, &mut scan);
        let found: Vec<String> = scan
            .overrides
            .iter()
            .map(|found| {
                assert_eq!(&text[found.span.range()], found.switch.as_str());
                match &found.setting {
                    Setting::Value(value) => format!("{}={value}", found.switch.as_str()),
                    Setting::Unset => format!("{} unset", found.switch.as_str()),
                }
            })
            .collect();
        let expect: Vec<String> =
            expect.iter().map(|line| line.replace('@', "_EXPERIMENTAL_DAGGER_RUNNER_HOST")).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn what_stays_is_an_override() {
        for text in [
            "export @=tcp://a:1",
            "@=tcp://a:1",
            "export A=1 @=\"tcp://a:1\" B=2",
            "declare -x @='tcp://a:1'",
            "export \"@=tcp://a:1\"",
            "if [ -S /run/a.sock ]; then\n  export @=tcp://a:1\nfi",
            "[ -n \"$CI\" ] || export @=tcp://a:1",
            "a() { :; }\nexport @=tcp://a:1",
            "use_it() {\n  export @=tcp://a:1\n}\nuse_it",
            "export @=tcp://a:1\n[ -n \"$@\" ] && echo set",
            "if [ -n \"$@\" ]; then :; fi\nexport @=tcp://a:1",
            "case \"$@\" in a) ;; esac; export @=tcp://a:1",
            "export @=tcp://a:1 # pin\r\n",
        ] {
            check(text, &["@=tcp://a:1"]);
        }
        check("export @=", &["@="]);
        check("unset @", &["@ unset"]);
        check("unset -v A @", &["@ unset"]);
        check("unset DAGGER_SESSION_PORT _EXPERIMENTAL_DAGGER_CLI_BIN", &[]);
        check("export DAGGER_CLOUD_ENGINE=1", &["DAGGER_CLOUD_ENGINE=1"]);
        check(
            "export @=image://registry.dagger.io/engine:$TAG",
            &["@=image://registry.dagger.io/engine:$TAG"],
        );
    }

    #[test]
    fn what_one_command_sees_is_none() {
        for text in [
            "@=tcp://a:1 dagger call test",
            "env @=tcp://a:1 dagger call test",
            "bash -c 'export @=tcp://a:1; dagger call'",
            "X=$(export @=tcp://a:1; dagger version)",
            "docker run -e @=tcp://a:1 a",
            "echo \"export @=tcp://a:1\"",
            "cat <<EOF > .envrc\nexport @=tcp://a:1\nEOF",
            "# export @=tcp://a:1",
            "f() { local @=tcp://a:1; }",
            "(export @=tcp://a:1; dagger call)",
            "( cd a &&\n export @=tcp://a:1\n dagger call )",
            "export @",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn what_asks_first_is_none() {
        for text in [
            "export @=\"${@:-tcp://a:1}\"",
            "export @=${@-tcp://a:1}",
            "export @=${@:=tcp://a:1}",
            "@=${@:-tcp://a:1}; export @",
            ": \"${@:=tcp://a:1}\"\nexport @",
            "export @=\"$@\"",
            "export @=\"''${@:-tcp://a:1}\"",
            "HOST=\"${@:-tcp://a:1}\"\nexport @=\"$HOST\"",
            "[ -z \"$@\" ] && export @=tcp://a:1",
            "[ -n \"${@:-}\" ] || export @=tcp://a:1",
            "[[ -v @ ]] || export @=tcp://a:1",
            "test -z \"$@\" && echo a && export @=tcp://a:1",
            "[ \"${@+set}\" ] || { echo a; export @=tcp://a:1; }",
            "printenv @ >/dev/null || export @=tcp://a:1",
            "if [ -z \"$@\" ]; then export @=tcp://a:1; fi",
            "if [[ -z \"${@:-}\" ]]; then\n  if true; then\n    export @=tcp://a:1\n  fi\nfi",
            "if [ -n \"$@\" ]; then\n  :\nelse\n  export @=tcp://a:1\nfi",
            "if false; then :; elif [ -z \"$@\" ]; then export @=tcp://a:1; fi",
            "case \"$@\" in\n  '') export @=tcp://a:1 ;;\nesac",
            "[ -n \"$@\" ] && return\nexport @=tcp://a:1",
            "if [ -n \"$@\" ]; then\n  return 0\nfi\nexport @=tcp://a:1",
            "[ -n \"$@\" ] || export DAGGER_ENGINE=tcp://a:1",
            "export DAGGER_ENGINE=\"${DAGGER_ENGINE:-${@:-tcp://a:1}}\"",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn a_cli_that_is_looked_for_is_no_other_one() {
        check("export _EXPERIMENTAL_DAGGER_CLI_BIN=$(command -v dagger)", &[]);
        check("export _EXPERIMENTAL_DAGGER_CLI_BIN=\"`which dagger`\"", &[]);
        check("export _EXPERIMENTAL_DAGGER_CLI_BIN=${pkgs.dagger}/bin/dagger", &[]);
        let own = "_EXPERIMENTAL_DAGGER_CLI_BIN=$ROOT/bin/dagger";
        check(&format!("export {own}"), &[own]);
        check("export _EXPERIMENTAL_DAGGER_MIN_VERSION=v0.1.0", &["_EXPERIMENTAL_DAGGER_MIN_VERSION=v0.1.0"]);
    }
}
