//! Files from which others are made: what `a.yaml.tmpl` is made into says how it is read.

use super::format::{FilePath, Spec};
use super::{Format, Scan, lines};
use crate::text::Source;

/// Templates of Go, Jinja and Terraform.
pub(super) const FORMAT: Spec = Spec {
    claims: |path| is_template(path) && is_read(path),
    ..Spec::of(|source, scan| {
        find(source, scan);
        Ok(())
    })
};

fn is_template(path: &FilePath<'_>) -> bool {
    matches!(path.extension, "tmpl" | "tpl" | "gotmpl" | "gotpl" | "tftpl" | "j2" | "jinja" | "jinja2")
}

/// Returns the format of what is made; files that are the toolchain's own by name have to be
/// whole.
fn made(stem: &str) -> Option<Format> {
    let is_named = FilePath::new(stem).file.contains('.');
    // A name without an extension says nothing of a file that has one.
    Format::of(stem).filter(|format| *format != Format::Template && (is_named || *format != Format::Shell))
}

/// Returns whether the file is one of a chart or made into one that is read.
fn is_read(path: &FilePath<'_>) -> bool {
    let is_helper = path.extension == "tpl" && path.is_in("templates");
    is_helper || made(path.stem).is_some_and(|format| !format.is_known())
}

fn find(source: &Source, scan: &mut Scan<'_>) {
    let (stem, _) = scan.path.rsplit_once('.').unwrap_or((scan.path, ""));
    let is_done = made(stem).is_some_and(|format| (format.spec().find)(source, scan).is_ok());
    if !is_done {
        lines::find(source.text(), scan);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::shown;

    /// Expects `kind text role value` of every site.
    fn check(path: &str, text: &str, expect: &[&str]) {
        shown::check_at(path, text, expect);
    }

    #[test]
    fn a_template_is_read_as_what_it_makes() {
        let env = ["env.version 0.21.4 mirror 0.21.4"];
        check("ci.yaml.tmpl", "{{ if .X }}\nenv:\n  DAGGER_VERSION: 0.21.4\n{{ end }}", &env);
        check("ci.yml.j2", "env:\n  DAGGER_VERSION: 0.21.4\n  X: \"{{ x }}\"", &env);
        check("user-data.sh.tpl", "#!/bin/sh\nexport DAGGER_VERSION=0.21.4 # ${x}", &env);
        check("Dockerfile.tmpl", "FROM {{ .Image }}\nENV DAGGER_VERSION=0.21.4\n", &env);
        check(
            "main.go.tmpl",
            "const daggerVersion = \"0.21.4\" // {{ .X }}",
            &["variable 0.21.4 mirror 0.21.4"],
        );
        check(
            "charts/x/templates/_helpers.tpl",
            "{{- define \"x\" }}registry.dagger.io/engine:v0.21.4{{ end }}",
            &["image.engine v0.21.4 mirror 0.21.4"],
        );
    }

    #[test]
    fn other_templates_are_not_read() {
        for path in ["a.md.tmpl", "dagger.json.tmpl", "script.tpl", "a.tmpl", ".tmpl", "a.tpl.tpl"] {
            assert_eq!(Format::of(path), None, "{path}");
        }
    }
}
