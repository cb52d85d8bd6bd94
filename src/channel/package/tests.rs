use super::*;
use crate::site::{Format, Scan, resolve};
use crate::text::Source;

/// Expects `manager name directory` of the first site of the first file.
fn check(files: &[(&str, &str)], expect: &str) {
    assert_eq!(shown(&package(files)), expect, "{files:?}");
}

fn shown(package: &Package) -> String {
    format!("{:?} {} {:?}", package.manager, package.name, package.directory)
}

fn package(files: &[(&str, &str)]) -> Package {
    let sources =
        files.iter().map(|(path, text)| ((*path).to_owned(), Source::new(text.as_bytes().to_vec())));
    let mut repository = Repository { sources: sources.collect(), ..Repository::default() };
    let (path, _) = files[0];
    let mut scan = Scan::new(path);
    Format::of(path).unwrap().find(&repository.sources[path], &mut scan).unwrap();
    repository.sites = resolve(&[scan]);
    let site = repository.sites.first().unwrap_or_else(|| panic!("no site in {path}"));
    package_of(&repository, site).unwrap()
}

const NPM: &str = r#"{"dependencies":{"@dagger.io/dagger":"^0.18.2"}}"#;
const PYTHON: &str = "[project]\ndependencies = [\"dagger-io>=0.18.2\"]\n";

#[test]
fn a_manifest_of_one_manager_is_its_own() {
    check(&[("a/go.mod", "require dagger.io/dagger v0.18.2\n")], "Go dagger.io/dagger \"a\"");
    check(&[("Cargo.toml", "[dependencies]\ndagger-sdk = \"0.18.2\"\n")], "Cargo dagger-sdk \"\"");
    check(&[("mix.exs", "[{:dagger, \"~> 0.18.2\"}]\n")], "Mix dagger \"\"");
    check(
        &[("x/y/composer.json", r#"{"require":{"dagger/dagger":"^0.18.2"}}"#)],
        "Composer dagger/dagger \"x/y\"",
    );
}

#[test]
fn a_replacement_is_asked_for() {
    let replaced = "replace dagger.io/dagger => github.com/dagger/dagger/sdk/go v0.15.3\n";
    check(&[("go.mod", replaced)], "Go github.com/dagger/dagger/sdk/go \"\"");
    let odd = "replace dagger.io/dagger => -modfile=x v0.15.3\n";
    let site = {
        let mut scan = Scan::new("go.mod");
        Format::GoMod.find(&Source::new(odd.into()), &mut scan).unwrap();
        resolve(&[scan]).remove(0)
    };
    assert_eq!(package_from(&site, |_| Some(Cow::Borrowed(odd))), None);
}

#[test]
fn the_nearest_word_decides_who_installs_from_npm() {
    check(&[("package.json", NPM)], "Npm @dagger.io/dagger \"\"");
    for (lock, text, expect) in [
        ("package-lock.json", "{}", "Npm"),
        ("npm-shrinkwrap.json", "{}", "Npm"),
        ("pnpm-lock.yaml", "", "Pnpm"),
        ("pnpm-workspace.yaml", "packages: []", "Pnpm"),
        ("yarn.lock", "# yarn lockfile v1\n", "YarnClassic"),
        ("yarn.lock", "__metadata:\n  version: 8\n", "YarnBerry"),
        (".yarnrc.yml", "", "YarnBerry"),
        ("bun.lock", "{}", "Bun"),
        ("bun.lockb", "", "Bun"),
    ] {
        check(&[("package.json", NPM), (lock, text)], &format!("{expect} @dagger.io/dagger \"\""));
        check(
            &[("a/b/package.json", NPM), (&format!("a/{lock}"), text)],
            &format!("{expect} @dagger.io/dagger \"a/b\""),
        );
    }
    check(
        &[("a/package.json", NPM), ("a/yarn.lock", ""), ("pnpm-lock.yaml", "")],
        "YarnClassic @dagger.io/dagger \"a\"",
    );
}

#[test]
fn a_member_is_asked_for_where_its_workspace_is() {
    let lock = "importers:\n  app/web:\n    dependencies: {}\n";
    check(&[("app/web/package.json", NPM), ("pnpm-lock.yaml", lock)], "Pnpm @dagger.io/dagger \"\"");
    check(&[("app/site/package.json", NPM), ("pnpm-lock.yaml", lock)], "Pnpm @dagger.io/dagger \"app/site\"");
    check(
        &[("ci/pyproject.toml", PYTHON), ("uv.lock", "source = { editable = \"ci\" }\n")],
        "Uv dagger-io \"\"",
    );
}

#[test]
fn a_package_is_called_by_who_has_it_and_where() {
    let package = package(&[("web/package.json", NPM), ("pnpm-lock.yaml", "")]);
    assert_eq!(package.to_string(), "pnpm @dagger.io/dagger in web");
    assert_eq!(Package { directory: String::new(), ..package }.to_string(), "pnpm @dagger.io/dagger");
}

#[test]
fn who_was_taken_for_want_of_a_word_gives_way() {
    let settled = |files: &[(&str, &str)], others: &[(&str, &str)]| {
        let read = |path: &str| {
            let found = files.iter().chain(others).find(|(known, _)| *known == path);
            found.map(|(_, text)| Cow::Owned((*text).to_owned()))
        };
        let settled = package(files).settle(read);
        (shown(&settled), settled.settings)
    };
    for (others, expect) in [
        (&[][..], "Npm @dagger.io/dagger \"web\""),
        (
            &[("package.json", r#"{"packageManager":"yarn@4.1.0"}"#)][..],
            "YarnBerry @dagger.io/dagger \"web\"",
        ),
        (&[("web/bun.lockb", "")][..], "Bun @dagger.io/dagger \"web\""),
        (&[("pnpm-lock.yaml", "importers:\n  web:\n")][..], "Pnpm @dagger.io/dagger \"\""),
        (&[("web/deno.lock", "")][..], "Deno npm:@dagger.io/dagger \"web\""),
    ] {
        assert_eq!(settled(&[("web/package.json", NPM)], others), (expect.to_owned(), None));
    }
    let python = |others| settled(&[("ci/pyproject.toml", PYTHON)], others);
    let own = || Some("ci/pyproject.toml".to_owned());
    assert_eq!(python(&[]), ("Pip dagger-io \"ci\"".to_owned(), own()));
    assert_eq!(python(&[("pdm.lock", "")]), ("Pdm dagger-io \"ci\"".to_owned(), own()));
    assert_eq!(python(&[("uv.lock", "editable = \"ci\"")]), ("Uv dagger-io \"\"".to_owned(), None));
    let requirements = settled(&[("ci/requirements.txt", "dagger-io==0.18.2\n")], &[("ci/uv.lock", "")]);
    assert_eq!(requirements.0, "Pip dagger-io \"ci\"");
}

#[test]
fn a_pinned_manager_is_the_one() {
    for (pin, expect) in [
        (r#""packageManager":"pnpm@9.1.0+sha512.0a""#, "Pnpm"),
        (r#""packageManager":"yarn@1.22.22""#, "YarnClassic"),
        (r#""packageManager":"yarn@4.1.0""#, "YarnBerry"),
        (r#""packageManager":"npm@10.0.0""#, "Npm"),
        (r#""packageManager":"bun@1.2.0""#, "Bun"),
        (r#""packageManager":"other@1""#, "Npm"),
        (r#""devEngines":{"packageManager":{"name":"pnpm","version":"^9"}}"#, "Pnpm"),
        (r#""devEngines":{"packageManager":[]}"#, "Npm"),
    ] {
        let manifest = format!("{{{pin},{}", &NPM[1..]);
        check(&[("package.json", &manifest)], &format!("{expect} @dagger.io/dagger \"\""));
        let above = format!("{{{pin}}}");
        check(
            &[("a/package.json", NPM), ("package.json", &above)],
            &format!("{expect} @dagger.io/dagger \"a\""),
        );
    }
    let manifest = format!("{{\"packageManager\":\"pnpm@9.1.0\",{}", &NPM[1..]);
    check(&[("package.json", &manifest), ("package-lock.json", "{}")], "Pnpm @dagger.io/dagger \"\"");
}

#[test]
fn deno_names_the_registry() {
    for (import, name) in [
        ("npm:@dagger.io/dagger@^0.18.2", "npm:@dagger.io/dagger"),
        ("jsr:@dagger.io/dagger@^0.18.2", "jsr:@dagger.io/dagger"),
        ("https://esm.sh/@dagger.io/dagger@0.18.2", "npm:@dagger.io/dagger"),
    ] {
        let manifest = format!(r#"{{"imports":{{"x":"{import}"}}}}"#);
        check(&[("ci/deno.json", &manifest)], &format!("Deno {name} \"ci\""));
    }
    check(&[("package.json", NPM), ("deno.lock", "{}")], "Deno npm:@dagger.io/dagger \"\"");
}

#[test]
fn the_files_beside_it_say_who_installs_for_python() {
    check(&[("ci/requirements.txt", "dagger-io==0.18.2\n"), ("uv.lock", "")], "Pip dagger-io \"ci\"");
    check(&[("pyproject.toml", PYTHON)], "Pip dagger-io \"\"");
    check(&[("Pipfile", "[packages]\ndagger-io = \"==0.18.2\"\n")], "Pipenv dagger-io \"\"");
    for (lock, expect) in
        [("uv.lock", "Uv"), ("poetry.lock", "Poetry"), ("pdm.lock", "Pdm"), ("Pipfile.lock", "Pipenv")]
    {
        check(&[("pyproject.toml", PYTHON), (lock, "")], &format!("{expect} dagger-io \"\""));
        check(&[("a/pyproject.toml", PYTHON), (lock, "")], &format!("{expect} dagger-io \"a\""));
    }
    for (tool, expect) in [("uv", "Uv"), ("poetry", "Poetry"), ("pdm", "Pdm"), ("hatch", "Pip")] {
        let manifest = format!("{PYTHON}[tool.{tool}]\nx = 1\n");
        check(
            &[("a/pyproject.toml", &manifest), ("pdm.lock", "")],
            &format!("{} dagger-io \"a\"", if expect == "Pip" { "Pdm" } else { expect }),
        );
    }
}

#[test]
fn other_sites_are_no_packages() {
    let mut scan = Scan::new("package-lock.json");
    let lock = r#"{"packages":{"node_modules/@dagger.io/dagger":{"version":"0.18.2"}}}"#;
    Format::Npm.find(&Source::new(lock.into()), &mut scan).unwrap();
    for site in resolve(&[scan]) {
        assert_eq!(package_of(&Repository::default(), &site), None);
    }
}

#[test]
fn a_registry_of_its_own_is_named() {
    for (path, text, expect) in [
        (
            "Cargo.toml",
            "[dependencies]\ndagger-sdk = { version = \"0.18.2\", registry = \"corp\" }\n",
            Some("corp"),
        ),
        (
            "Cargo.toml",
            "[dependencies]\nsdk = { package = \"dagger-sdk\", version = \"0.18.2\", registry = \"corp\" }\n",
            Some("corp"),
        ),
        (
            "Cargo.toml",
            "[dependencies]\nother = { version = \"1\", registry = \"corp\" }\ndagger-sdk = \"0.18.2\"\n",
            None,
        ),
        (
            "pyproject.toml",
            "[tool.poetry.dependencies]\ndagger-io = { version = \"0.18.2\", source = \"corp\" }\n",
            Some("corp"),
        ),
        (
            "pyproject.toml",
            "[project]\ndependencies = [\"dagger-io>=0.18.2\"]\n[tool.uv.sources]\ndagger_io = { index = \"corp\" }\n",
            Some("corp"),
        ),
        ("Pipfile", "[packages]\ndagger-io = { version = \"==0.18.2\", index = \"corp\" }\n", Some("corp")),
    ] {
        assert_eq!(package(&[(path, text)]).registry.as_deref(), expect, "{text}");
    }
}

/// Expects the lines of a requirements file that say where pip looks.
fn settings(path: &str, text: &str, expect: &[&str]) {
    let package = package(&[(path, text)]);
    assert_eq!(package.settings.as_deref(), Some(path));
    assert_eq!(Settings::parse(&package, text).lines(), expect, "{text}");
}

#[test]
fn pip_is_told_where_the_project_looks() {
    settings(
        "requirements.txt",
        "--index-url https://${TOKEN}@example.com/simple # ours\n-f ./wheels\n--no-index\n--extra-index-url=https://b\n--pre\ndagger-io==0.18.2\n",
        &[
            "--index-url https://${TOKEN}@example.com/simple",
            "-f ./wheels",
            "--no-index",
            "--extra-index-url https://b",
        ],
    );
    for odd in ["-i x -e .", "-i", "-i -e", "-e .", "-r other.txt", "--index-url \"a b\"", "-i a\\b"] {
        settings("requirements.txt", &format!("dagger-io==0.18.2\n{odd}\n"), &[]);
    }
    let sources = "[[source]]\nurl = \"https://a/simple\"\nname = \"a\"\n[[source]]\nurl = \"https://u:p@b/simple\"\nname = \"b\"\nverify_ssl = false\n";
    settings(
        "Pipfile",
        &format!("{sources}[packages]\ndagger-io = \"==0.18.2\"\n"),
        &["--index-url https://a/simple"],
    );
    settings(
        "Pipfile",
        &format!("{sources}[packages]\ndagger-io = {{ version = \"==0.18.2\", index = \"b\" }}\n"),
        &["--index-url https://u:p@b/simple", "--trusted-host b"],
    );
    settings(
        "pyproject.toml",
        &format!(
            "{PYTHON}[[tool.pdm.source]]\nname = \"pypi\"\nurl = \"https://a\"\n[[tool.pdm.source]]\nname = \"b\"\nurl = \"https://b\"\n[[tool.pdm.source]]\nurl = \"https://c\\n-e .\"\n"
        ),
        &["--index-url https://a", "--extra-index-url https://b"],
    );
}

#[test]
fn what_settings_say_is_not_printed() {
    let package = package(&[("requirements.txt", "-i https://hunter2@a\ndagger-io==0.18.2\n")]);
    let settings = Settings::parse(&package, "-i https://hunter2@a\n");
    assert_eq!(format!("{settings:?}"), "Settings(1 lines)");
}
