//! Templates of files that other programs fill in (Jinja, Go, ERB, Mustache): read as what they
//! become where that can be read, else line by line.

use super::format::{FilePath, Spec};
use super::{Format, Scan, lines};
use crate::text::Source;

/// Templates by their extension, whatever stands before it; prose is none.
pub(super) const FORMAT: Spec = Spec {
    claims: is_template,
    is_looked_up: |path| {
        let path = if path.directory.is_empty() {
            path.stem.to_owned()
        } else {
            format!("{}/{}", path.directory, path.stem)
        };
        becomes(&path).is_some_and(|format| format.is_looked_up(&path))
    },
    ..Spec::of(|source, scan| {
        find(source, scan);
        Ok(())
    })
};

/// What is added to the name of a file whose template it is.
const EXTENSIONS: [&str; 11] =
    ["tpl", "tmpl", "gotmpl", "j2", "jinja", "jinja2", "erb", "mustache", "hbs", "template", "tftpl"];

fn is_template(path: &FilePath<'_>) -> bool {
    EXTENSIONS.contains(&path.extension)
        && !matches!(
            FilePath::new(path.stem).extension,
            "md" | "mdx" | "txt" | "rst" | "adoc" | "html" | "htm"
        )
}

/// Returns the format of what the template makes, when it is one that has names of its own.
fn becomes(path: &str) -> Option<Format> {
    let file = FilePath::new(path);
    let format = Format::of(path).filter(|format| *format != Format::Template);
    // A name without an extension says nothing.
    format.filter(|format| !(file.extension.is_empty() && *format == Format::Shell))
}

fn find(source: &Source, scan: &mut Scan<'_>) {
    let path = scan.path.rsplit_once('.').map_or(scan.path, |(path, _)| path);
    // ERB's marks are legal in most formats, and mean nothing there.
    let made = becomes(path).filter(|_| !source.text().contains("<%"));
    if let Some(format) = made {
        let mut made = Scan::new(path);
        if format.find(source, &mut made).is_ok() {
            scan.absorb(made);
            return;
        }
    }
    lines::find(source.text(), scan);
}

#[cfg(test)]
mod tests {
    use crate::site::Format;
    use crate::site::shown::check_at;

    #[test]
    fn a_template_is_read_as_what_it_becomes() {
        let engine = ["image.engine v0.21.8 mirror 0.21.8"];
        for (path, text) in [
            ("a.yaml.j2", "spec: {image: 'registry.dagger.io/engine:v0.21.8'}\n"),
            ("a.yaml.j2", "{% if x %}\nimage: registry.dagger.io/engine:v0.21.8\n{% endif %}\n"),
            ("values.yaml.gotmpl", "image: {{ .x | default \"registry.dagger.io/engine:v0.21.8\" }}\n"),
            ("Dockerfile.tmpl", "FROM registry.dagger.io/engine:v0.21.8\n"),
            ("user-data.sh.tpl", "#!/bin/sh\ndocker run registry.dagger.io/engine:v0.21.8\n"),
            ("dagger-engine.service.j2", "ExecStart=docker run registry.dagger.io/engine:v0.21.8\n"),
            (
                "templates/_helpers.tpl",
                "{{- define \"image\" -}}\nregistry.dagger.io/engine:v0.21.8\n{{- end }}\n",
            ),
            (
                "a.yaml.erb",
                "image: registry.dagger.io/engine:v0.21.8\n<%# image: registry.dagger.io/engine:v0.1.0 %>\n",
            ),
            (
                "a.conf.jinja2",
                "{# registry.dagger.io/engine:v0.1.0\n #}\nregistry.dagger.io/engine:v0.21.8\n",
            ),
        ] {
            check_at(path, text, &engine);
        }
        check_at(
            "a.yaml.j2",
            "image: registry.dagger.io/engine:v{{ dagger_version | default('0.21.8') }}\ntag: v1.0.0\n",
            &["image.engine 0.21.8 mirror 0.21.8"],
        );
        check_at(
            ".gitlab-ci.yml.j2",
            "variables: {DAGGER_VERSION: 0.21.8}\n",
            &["env.version 0.21.8 mirror 0.21.8"],
        );
        check_at("mise.toml.tmpl", "[tools]\ndagger = '0.21.8'\n", &["tool.mise 0.21.8 mirror 0.21.8"]);
    }

    #[test]
    fn prose_is_none() {
        assert_eq!(Format::of("README.md.tmpl"), None);
        assert_eq!(Format::of("index.html.erb"), None);
        assert_eq!(Format::of("a.yaml.tmpl"), Some(Format::Template));
        assert_eq!(Format::of("Dockerfile.j2"), Some(Format::Dockerfile));
    }
}
