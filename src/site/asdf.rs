//! `.tool-versions`, which asdf reads, and mise too (asdf-vm.com, "Configuration").

use super::format::Spec;
use super::scope::Scope;
use super::{Kind, Role, Scan, tool};
use crate::text::Fragment;

/// Lines of a tool and its versions.
pub(super) const FORMAT: Spec = Spec {
    names: &[".tool-versions"],
    ..Spec::of(|source, scan| {
        find(&Fragment::verbatim(source.text(), 0), scan);
        Ok(())
    })
};

/// Adds the CLI's versions. The first is used; those behind it stand there for whoever has not
/// installed it.
pub(super) fn find(fragment: &Fragment<'_>, scan: &mut Scan<'_>) {
    let text = fragment.text();
    let scope = Scope::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or(line);
        let mut words = code.split_whitespace().map(|word| {
            let at = start + (word.as_ptr().addr() - line.as_ptr().addr());
            at..at + word.len()
        });
        if words.next().is_some_and(|name| tool::is_cli(&text[name])) {
            for (index, version) in words.enumerate() {
                let site = tool::add(Kind::ToolAsdf, fragment, version, &scope, scan);
                if let Some(site) = site.filter(|site| index > 0 && site.role == Role::Mirror) {
                    site.role = Role::Intended;
                }
            }
        }
        start += line.len();
    }
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    fn check(text: &str, expect: &[&str]) {
        check_at(".tool-versions", text, expect);
    }

    #[test]
    fn a_line_states_a_version() {
        for text in [
            "dagger 0.21.8",
            "golang 1.26.4\r\ndagger\t0.21.8 # dagger 0.1.0 é\r\n",
            "# é dagger 0.1.0\n  aqua:dagger/dagger   0.21.8  \nnodejs 23.8.0\n",
            "dagger 0.21.8#dagger 0.1.0",
        ] {
            check(text, &["tool.asdf 0.21.8 mirror 0.21.8"]);
        }
        check("dagger latest\n", &["tool.asdf latest mirror -"]);
        check("dagger latest:0.21\n", &["tool.asdf 0.21 mirror 0.21"]);
        check("dagger 0.21\n", &["tool.asdf 0.21 mirror 0.21"]);
        check("dagger ref:v0.21.8\n", &["tool.asdf v0.21.8 mirror 0.21.8"]);
        check("dagger system\n", &["tool.asdf system mirror -"]);
        check("dagger path:/opt/dagger\n", &["tool.asdf path:/opt/dagger derived -"]);
        check(
            "dagger 0.21.8 0.20.8 system\n",
            &[
                "tool.asdf 0.21.8 mirror 0.21.8",
                "tool.asdf 0.20.8 intended 0.20.8",
                "tool.asdf system intended -",
            ],
        );
    }

    #[test]
    fn others_are_none() {
        for text in
            ["", "dagger", "dagger # 0.21.8", "dagger-cue 0.2.0\ngolang 1.26.4 dagger 0.21.8\n", "é 1"]
        {
            check(text, &[]);
        }
    }
}
