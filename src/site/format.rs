//! What a format is, and how a file's format is told by its path.

use std::sync::LazyLock;

use super::{Format, Scan, hint, lines};
use crate::document::SyntaxError;
use crate::text::Source;

/// What the code knows of one format: which files are written in it, and how they are read.
///
/// A file is told by its name first, then by what `claims` says in the order of the table, then by
/// its extension.
pub(super) struct Spec {
    /// Whole file names, in whatever directory.
    pub names: &'static [&'static str],
    /// Extensions without the dot; the empty one is that of a file without any.
    pub extensions: &'static [&'static str],
    /// Returns whether a file is of this format that neither list has.
    pub claims: Claims,
    /// Whether its files are the toolchain's own by name, so that one that does not parse is an
    /// error and not just another file.
    pub is_known: bool,
    /// Returns whether a file without the toolchain's name in it may still hold what another file
    /// looks up: the value of a variable, an input that a caller gives.
    pub is_looked_up: fn(&FilePath<'_>) -> bool,
    /// Returns whether a file's scripts see the variables that other files of the format set.
    pub shares_variables: fn(&FilePath<'_>) -> bool,
    /// The largest text in bytes that `find` is given: whatever is in it, fifty megabytes of memory
    /// must do.
    pub max_size: usize,
    /// Adds what a file states to the scan.
    pub find: Finder,
}

/// Returns whether a file is of the format.
pub(super) type Claims = fn(&FilePath<'_>) -> bool;

/// Adds what a file states to the scan, or returns why it is not of the format.
pub(super) type Finder = fn(&Source, &mut Scan<'_>) -> Result<(), SyntaxError>;

impl Spec {
    /// Returns a format that `find` reads and no file is written in yet.
    pub(super) const fn of(find: Finder) -> Self {
        Self {
            names: &[],
            extensions: &[],
            claims: |_| false,
            is_known: false,
            is_looked_up: |_| false,
            shares_variables: |_| false,
            max_size: 4 << 20,
            find,
        }
    }
}

/// A path in its parts: `a/b/mise.local.toml` is `a/b`, `mise.local.toml`, `mise.local`, `toml`.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilePath<'p> {
    pub directory: &'p str,
    pub file: &'p str,
    pub stem: &'p str,
    /// Without the dot; empty without one.
    pub extension: &'p str,
}

impl<'p> FilePath<'p> {
    pub(super) fn new(path: &'p str) -> Self {
        let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        Self { directory, file, stem, extension }
    }

    /// Returns whether the file stands in a directory called `name`, which may have several parts.
    pub(super) fn is_in(&self, name: &str) -> bool {
        let before = self.directory.strip_suffix(name);
        before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
    }

    /// Returns whether the file stands somewhere below a directory called `name`.
    pub(super) fn is_below(&self, name: &str) -> bool {
        self.directory.split('/').any(|part| part == name)
    }
}

impl Format {
    /// Returns the format of the file at `path`, or `None` when no site is looked for in it.
    pub fn of(path: &str) -> Option<Self> {
        static INDEX: LazyLock<Index> = LazyLock::new(Index::new);
        INDEX.of(&FilePath::new(path))
    }

    /// Returns whether the file is the toolchain's own by name, so that one that does not parse
    /// is an error and not just another file.
    pub fn is_known(self) -> bool {
        self.spec().is_known
    }

    /// Returns whether a file without the toolchain's name in it may still hold what another file
    /// looks up.
    pub fn is_looked_up(self, path: &str) -> bool {
        (self.spec().is_looked_up)(&FilePath::new(path))
    }

    /// Returns whether the file's scripts see the variables that other files of the format set.
    pub(super) fn shares_variables(self, path: &str) -> bool {
        (self.spec().shares_variables)(&FilePath::new(path))
    }

    /// Adds what `source` states to the scan, and what comments for update bots mark in it.
    ///
    /// A text that nobody wrote by hand is looked at line by line: taken apart, it would need many times
    /// its size in memory.
    pub fn find(self, source: &Source, scan: &mut Scan<'_>) -> Result<(), SyntaxError> {
        let size = source.text().len();
        let max_size = self.spec().max_size;
        if size > max_size {
            if self.is_known() {
                let message = format!("it has {size} bytes, and more than {max_size} are not taken apart");
                return Err(SyntaxError { message, at: 0 });
            }
            lines::find(source.text(), scan);
            return Ok(());
        }
        (self.spec().find)(source, scan)?;
        hint::find(source.text(), scan);
        Ok(())
    }
}

/// The formats by what tells them, made once: every path of a repository is looked up.
struct Index {
    /// Sorted.
    names: Vec<(&'static str, Format)>,
    /// Sorted.
    extensions: Vec<(&'static str, Format)>,
    claims: Vec<(Claims, Format)>,
}

impl Index {
    fn new() -> Self {
        let table = |list: fn(&Spec) -> &'static [&'static str]| {
            let rows =
                Format::ALL.iter().flat_map(|format| list(format.spec()).iter().map(|word| (*word, *format)));
            let mut rows: Vec<_> = rows.collect();
            rows.sort_unstable();
            rows
        };
        let claims = Format::ALL.iter().map(|format| (format.spec().claims, *format)).collect();
        Self { names: table(|spec| spec.names), extensions: table(|spec| spec.extensions), claims }
    }

    fn of(&self, path: &FilePath<'_>) -> Option<Format> {
        let named = look_up(&self.names, path.file);
        let claimed = || self.claims.iter().find(|(claims, _)| claims(path)).map(|(_, format)| *format);
        named.or_else(claimed).or_else(|| look_up(&self.extensions, path.extension))
    }
}

fn look_up(table: &[(&'static str, Format)], word: &str) -> Option<Format> {
    let at = table.binary_search_by_key(&word, |(known, _)| *known).ok()?;
    table.get(at).map(|(_, format)| *format)
}

/// Declares the module of each format and the enum of all of them.
macro_rules! formats {
    ($($name:ident $module:ident $title:literal $files:literal;)*) => {
        $(mod $module;)*

        /// A kind of file that sites are found in, told by its path alone.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Format {
            $(#[doc = concat!($title, ": ", $files, ".")] $name),*
        }

        impl Format {
            /// Every format, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns what the format is, and which files are written in it, as Markdown.
            pub const fn description(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($title, $files)),* }
            }

            /// Returns the name of the format's module, with dashes: that of its case directory.
            pub fn name(self) -> String {
                let module = match self { $(Self::$name => stringify!($module)),* };
                module.replace('_', "-")
            }

            const fn spec(self) -> &'static format::Spec {
                match self { $(Self::$name => &$module::FORMAT),* }
            }
        }
    };
}
pub(super) use formats;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_an_extension_belong_to_one_format() {
        let index = Index::new();
        for table in [&index.names, &index.extensions] {
            for pair in table.windows(2) {
                assert_ne!(pair[0].0, pair[1].0, "{:?} and {:?}", pair[0].1, pair[1].1);
            }
        }
    }

    #[test]
    fn what_nobody_wrote_by_hand_is_looked_at_line_by_line() {
        let image = "image: registry.dagger.io/engine:v0.21.8\n";
        for (path, filler) in
            [("a.yaml", "- x\n"), ("a.sh", "x\n"), ("a.nix", "x\n"), ("a.go", "x\n"), ("b.yaml", "")]
        {
            let format = Format::of(path).unwrap();
            let many = format.spec().max_size / filler.len().max(1);
            let text = format!("{image}{}{image}", filler.repeat(if filler.is_empty() { 0 } else { many }));
            let mut scan = Scan::new(path);
            format.find(&Source::new(text.clone().into_bytes()), &mut scan).unwrap();
            let found: Vec<&str> = scan.sites.iter().map(|(site, _)| &text[site.span.range()]).collect();
            assert_eq!(found, ["v0.21.8", "v0.21.8"], "{path}");
        }
        let large = format!("{{\"engineVersion\": \"v0.21.8\"{}}}", " ".repeat(4 << 20));
        let format = Format::of("dagger.json").unwrap();
        let error = format.find(&Source::new(large.into_bytes()), &mut Scan::new("dagger.json")).unwrap_err();
        assert!(error.message.starts_with("it has 4194"), "{}", error.message);
    }

    #[test]
    fn a_path_tells_the_format() {
        for (path, expect) in [
            ("dagger.json", "dagger-module"),
            ("ci/dagger-module.toml", "dagger-module"),
            ("flake.lock", "flake-lock"),
            ("nix/a.nix", "nix"),
            (".github/workflows/ci.yml", "workflow"),
            ("a/.gitea/workflows/ci.yaml", "workflow"),
            ("x.github/workflows/ci.yaml", "yaml"),
            (".github/actions/a/action.yml", "workflow"),
            ("a.yml", "yaml"),
            ("Dockerfile", "dockerfile"),
            ("Dockerfile.dev", "dockerfile"),
            ("Dockerfile-dev", "dockerfile"),
            ("a/dev.Dockerfile", "dockerfile"),
            ("Containerfile", "dockerfile"),
            ("Dockerfile.md", "-"),
            ("a.sh", "script"),
            ("bin/setup", "script"),
            (".envrc", "script"),
            (".envrc.local", "script"),
            (".env", "dotenv"),
            ("prod.env", "dotenv"),
            (".env.local", "dotenv"),
            ("README.md", "-"),
            (".gitignore", "-"),
            ("", "script"),
        ] {
            let name = Format::of(path).map_or("-".to_owned(), Format::name);
            assert_eq!(name, expect, "{path}");
        }
    }
}
