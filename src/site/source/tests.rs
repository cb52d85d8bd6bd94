use crate::site::{Format, Scan, resolve, shown};
use crate::text::Source;

const URL: &str = "https://dl.dagger.io/dagger/install.sh";

/// Expects `kind text role value` of every site.
fn check(path: &str, text: &str, expect: &[&str]) {
    shown::check_at(path, text, expect);
}

#[test]
fn constants_and_fields_of_every_language_are_read() {
    let variable = ["variable v0.21.4 mirror 0.21.4"];
    for (path, text) in [
        ("a.go", "const daggerVersion = \"v0.21.4\""),
        ("a.go", "const (\n\tDaggerVersion string = `v0.21.4`\n)"),
        ("a.go", "x := Opts{DaggerVersion: \"v0.21.4\"}"),
        (
            "a.go",
            "flag.StringVar(&x, \"dagger-version\", \"v0.21.4\", \"help\")\nf(\"dagger-version\", \"v0.21.4\")",
        ),
        ("a.go", "daggerDefaultVersion = \"v0.21.4\" // \"v0.1.0\""),
        ("main.go.tmpl", "const daggerVersionDefault = \"v0.21.4\"\n{{ .X }}"),
        ("a_test.go", "const daggerVersion = \"v0.21.4\""),
        ("a.ts", "export const DAGGER_VERSION: string | undefined = 'v0.21.4';"),
        ("a.ts", "const daggerVersion = options.version ?? `v0.21.4`"),
        ("a.mjs", "export const DAGGER_VERSION = Deno.env.get(\"DAGGER_VERSION\") || \"v0.21.4\";"),
        ("a.js", "f({ daggerVersion: 'v0.21.4' })"),
        ("a.py", "DAGGER_VERSION: Final[str] = \"v0.21.4\""),
        ("a.py", "def f(self, dagger_version: str = \"v0.21.4\"):\n  pass"),
        ("a.py", "f(dagger_version='v0.21.4')"),
        ("a.py", "DAGGER_VERSION = os.environ.get(\"DAGGER_VERSION\", \"v0.21.4\")"),
        ("a.py", "x = {'dagger_version': 'v0.21.4'}"),
        ("a.rs", "pub const DAGGER_VERSION: &'static str = \"v0.21.4\";"),
        ("a.rs", "let dagger_version = env::var(\"X\").unwrap_or(\"v0.21.4\".to_string());"),
        ("A.java", "private static final String DAGGER_VERSION = \"v0.21.4\";"),
        ("a.kt", "const val DAGGER_VERSION: String = \"v0.21.4\""),
        ("build.gradle", "ext.daggerVersion = 'v0.21.4'"),
        ("a.php", "<?php\nconst DAGGER_VERSION = 'v0.21.4';"),
        ("a.php", "<?php $a = ['dagger_version' => 'v0.21.4'];"),
        ("a.ex", "  @dagger_cli_version \"v0.21.4\""),
        ("a.exs", "dagger_version = System.get_env(\"X\") || \"v0.21.4\""),
        ("a.rb", "DAGGER_VERSION = ENV.fetch('X', 'y') || 'v0.21.4'.freeze"),
        ("a.ps1", "param(\n  [string]$DaggerVersion = \"v0.21.4\"\n)\n<# $DaggerVersion = 'v0.1.0' #>"),
        ("a.dang", "let daggerCliVersion: String! = \"v0.21.4\""),
    ] {
        if text.contains("StringVar") {
            check(path, text, &[variable[0]]);
        } else {
            check(path, text, &variable);
        }
    }
    check("a.go", "x := Opts{DaggerVersion: \"latest\"}", &["variable latest mirror -"]);
}

#[test]
fn variables_of_an_environment_are_told_by_their_key() {
    for (path, text) in [
        ("a.go", "c.WithEnvVariable(\"DAGGER_VERSION\", \"0.21.4\")"),
        ("tests/a.go", "c.WithEnvVariable(\"DAGGER_VERSION\", \"0.21.4\")"),
        ("a.go", "map[string]string{\"DAGGER_VERSION\": \"0.21.4\"}"),
        ("a.go", "[]string{\"--build-arg\", \"DAGGER_VERSION=0.21.4\"}"),
        (
            "a.go",
            "run(cmp.Or(os.Getenv(\"DAGGER_VERSION\"), \"0.21.4\"))\n// x\nf(\"DAGGER_VERSION\", \"0.21.4\")",
        ),
        ("a.ts", "c.withEnvVariable('DAGGER_VERSION', '0.21.4')"),
        ("a.ts", "f(process.env.DAGGER_VERSION ?? '0.21.4')"),
        ("a.py", "c.with_env_variable(\"DAGGER_VERSION\", \"0.21.4\")"),
        ("a.py", "os.environ[\"DAGGER_VERSION\"] = \"0.21.4\""),
        ("a.ex", "{\"DAGGER_VERSION\", \"0.21.4\"}"),
        ("a.ps1", "$env:DAGGER_VERSION = '0.21.4'"),
    ] {
        check(path, text, &["env.version 0.21.4 mirror 0.21.4"]);
    }
    check(
        "a.py",
        "TAG = os.environ.get('DAGGER_VERSION', 'v0.21.4')\nx = f'registry.dagger.io/engine:{TAG}'",
        &["env.version v0.21.4 mirror 0.21.4", "image.engine TAG derived 0.21.4"],
    );
    check(
        "a.go",
        "daggerVersion := \"0.21.4\"\nc.WithEnvVariable(\"DAGGER_VERSION\", daggerVersion)",
        &["variable 0.21.4 mirror 0.21.4", "env.version daggerVersion derived 0.21.4"],
    );
}

#[test]
fn lists_are_meant_to_hold_several() {
    for (path, text) in [
        ("a.go", "var daggerVersions = []string{\n\t\"v0.20.8\",\n\t\"v0.21.4\",\n}"),
        ("a.py", "DAGGER_VERSIONS = [\"v0.20.8\", \"v0.21.4\"]"),
        ("a.ts", "const daggerVersions: string[] = ['v0.20.8', 'v0.21.4'];"),
        ("a.kt", "val daggerVersions = listOf(\"v0.20.8\", \"v0.21.4\")"),
        ("tests/a.go", "daggerVersions := []string{\"v0.20.8\", \"v0.21.4\"}"),
    ] {
        check(path, text, &["variable v0.20.8 intended 0.20.8", "variable v0.21.4 intended 0.21.4"]);
    }
}

#[test]
fn images_and_addresses_in_texts_are_found() {
    let image = "image.engine v0.21.4 mirror 0.21.4";
    check("a.go", "c.From(\"registry.dagger.io/engine:v0.21.4\")", &[image]);
    check("a.py", "x = f\"docker-image://registry.dagger.io/engine:v0.21.4\"", &[image]);
    check("a.java", "x = \"\"\"\n  image: registry.dagger.io/engine:v0.21.4\n\"\"\"", &[image]);
    for (path, text, name) in [
        ("a.go", "tag := \"v0.21.4\"\nx := \"registry.dagger.io/engine:\" + tag", "tag"),
        ("a.py", "TAG = 'v0.21.4'\nx = f'registry.dagger.io/engine:{TAG}'", "TAG"),
        (
            "a.rs",
            "const TAG: &str = \"v0.21.4\";\nlet x = format!(\"registry.dagger.io/engine:{TAG}\");",
            "TAG",
        ),
        ("a.rb", "tag = 'v0.21.4'\nx = \"registry.dagger.io/engine:#{tag}\"", "tag"),
        ("a.ex", "@tag \"v0.21.4\"\nx = \"registry.dagger.io/engine:\" <> @tag", "tag"),
        ("a.php", "<?php $tag = 'v0.21.4'; $x = \"registry.dagger.io/engine:{$tag}\";", "tag"),
    ] {
        check(
            path,
            text,
            &["variable v0.21.4 mirror 0.21.4", &format!("image.engine {name} derived 0.21.4")],
        );
    }
    check(
        "a.ts",
        "const tag = 'v0.21.4';\nconst x = `registry.dagger.io/engine:${tag}`;",
        &["variable v0.21.4 mirror 0.21.4", "image.engine ${tag} derived 0.21.4"],
    );
    check(
        "a.go",
        "tag := \"v0.21.4\"\nx := fmt.Sprintf(\"registry.dagger.io/engine:%s\", tag)",
        &["variable v0.21.4 mirror 0.21.4"],
    );
    check("a.go", "x := fmt.Sprintf(\"registry.dagger.io/engine:%s\", tag)", &[]);
    check(
        "a.go",
        "dag.HTTP(\"https://github.com/dagger/dagger/releases/download/v0.21.4/dagger_v0.21.4_linux_amd64.tar.gz\")",
        &["release.url v0.21.4 mirror 0.21.4"],
    );
}

#[test]
fn scripts_in_texts_are_read() {
    let exec = |script: &str| format!("c.WithExec([]string{{\"sh\", \"-c\", {script}}})");
    check(
        "a.go",
        &exec(&format!("\"curl -L {URL} | DAGGER_VERSION=0.21.4 sh\"")),
        &["install.script 0.21.4 mirror 0.21.4"],
    );
    let missing = format!("install.script {URL} mirror -");
    check("a.go", &exec(&format!("`curl -L {URL} | BIN_DIR=/bin sh`")), &[&missing]);
    check(
        "a.py",
        &format!("x = '''\nset -e\ncurl -L {URL} |\\\n  DAGGER_VERSION=0.21.4 sh\n'''"),
        &["install.script 0.21.4 mirror 0.21.4"],
    );
    check(
        "a.ts",
        &format!("const V = '0.21.4';\nf(`curl -L {URL} | DAGGER_VERSION=${{V}} sh`)"),
        &["variable 0.21.4 mirror 0.21.4", "install.script ${V} derived 0.21.4"],
    );
    // The version is given where it cannot be seen.
    for script in [
        format!("fmt.Sprintf(\"curl -L {URL} | %s sh\", given)"),
        format!("fmt.Sprintf(\"curl -L {URL} | DAGGER_VERSION=%s sh\", given)"),
        format!("\"curl -L {URL} |\", \"BIN_DIR=\" + given, \"sh\""),
    ] {
        check("a.go", &exec(&script), &[]);
    }
    let given =
        format!("c.WithEnvVariable(\"DAGGER_VERSION\", v).{}", &exec(&format!("\"curl {URL} | sh\""))[2..]);
    check("a.go", &given, &[]);
}

#[test]
fn what_tests_compare_the_version_with_is_an_assertion() {
    let assertion = ["assertion v0.21.4 mirror 0.21.4"];
    for (path, text) in [
        ("a_test.go", "if config.EngineVersion != \"v0.21.4\" {"),
        ("a_test.go", "require.Equal(t, \"v0.21.4\", config.EngineVersion) // dagger"),
        (
            "a_test.go",
            "if !strings.Contains(w, `test \"$(dagger version | awk '{print $2}')\" = 'v0.21.4'`) {",
        ),
        ("test_a.py", "out = run(\"dagger version\")\nassert \"v0.21.4\" in out"),
        ("a.test.ts", "const out = exec('dagger version');\nexpect(out).toContain('v0.21.4')"),
        ("tests/a.rs", "assert_eq!(dagger_version(), \"v0.21.4\");"),
    ] {
        check(path, text, &assertion);
    }
    for (path, text) in [
        ("a.go", "if config.EngineVersion != \"v0.21.4\" {"),
        (
            "a_test.go",
            "require.Equal(t, \"v0.21.4\", a.EngineVersion)\nrequire.Equal(t, \"v0.20.8\", b.EngineVersion)",
        ),
        ("a_test.go", "require.Equal(t, \"v0.21.4\", module.Version) // dagger version of it"),
        ("test_a.py", "assert \"v0.21.4\" in out"),
    ] {
        check(path, text, &[]);
    }
}

#[test]
fn what_only_looks_like_a_site_is_none() {
    for (path, text) in [
        ("a.go", ""),
        ("a.go", "// const daggerVersion = \"v0.21.4\""),
        ("a.go", "/* registry.dagger.io/engine:v0.21.4 */"),
        ("a.go", "// Code generated by x. DO NOT EDIT.\nconst daggerVersion = \"v0.21.4\""),
        ("a.go", "import \"dagger.io/dagger\"\nconst version = \"v0.21.4\""),
        ("a.go", "const daggerModuleVersion = \"v0.21.4\"\nconst DAGGER_ACTION_VERSION = \"v8.4.1\""),
        ("a.go", "if daggerVersion == \"v0.21.4\" {}"),
        ("a.go", "x := Opts{DaggerVersion: version}"),
        ("a.go", "a{DaggerVersion: \"v0.21.4\"}, a{DaggerVersion: \"v0.20.8\"}"),
        ("a.go", "f(`Address, such as Example: \"registry.dagger.io/engine:latest\"`)"),
        ("a_test.go", "x := Opts{DaggerVersion: \"v0.21.4\", image: \"registry.dagger.io/engine:v0.21.4\"}"),
        ("a_test.go", "t.Setenv(\"DAGGER_VERSION\", \"0.21.4\")"),
        ("a.py", "def f():\n    \"\"\"\n    registry.dagger.io/engine:v0.21.4\n    \"\"\"\n"),
        ("a.py", "\"\"\"Runs registry.dagger.io/engine:v0.21.4.\"\"\"\nx = 1"),
        ("a.py", "p.add_argument('--x', help='registry.dagger.io/engine:v0.21.4')"),
        ("a.py", "re.compile(r'DAGGER_VERSION:\\s*([0-9.]+)')"),
        ("a.ex", "@moduledoc \"\"\"\nregistry.dagger.io/engine:v0.21.4\n\"\"\""),
        ("build.gradle", "ext.daggerVersion = '2.51.1'\nimplementation \"com.google.dagger:dagger:2.51\""),
        ("a.kt", "val dagger_version = \"2.48\""),
        ("a.ts", "x ? daggerVersion : 'v0.21.4'"),
        ("a.ts", "const dagger = /DAGGER_VERSION=\"v0.21.4\"/"),
        ("a.ts", "env.DAGGER_VERSION ?? env.DAGGER_ENGINE_VERSION ?? ''"),
        ("a.php", "<?php\n'DAGGER_VERSION"),
        ("a.rs", "const DAGGER_VERSION: &str = r#\""),
    ] {
        check(path, text, &[]);
    }
}

#[test]
fn a_checksum_goes_with_the_version_it_is_of() {
    const RELEASE: &str = "https://github.com/dagger/dagger/releases/download";
    let sum = "0a".repeat(32);
    let url = format!("{RELEASE}/v0.21.4/dagger_v0.21.4_linux_amd64.tar.gz");
    for (path, text, n_sites) in [
        ("dagger.rb", format!("class Dagger < Formula\n  url \"{url}\"\n  sha256 \"{sum}\"\n"), 1),
        (
            "dagger.rb",
            format!("class Dagger < Formula\n  version \"0.21.4\"\n  url \"{url}\"\n  sha256 \"{sum}\"\n"),
            2,
        ),
        (
            "a.rb",
            format!(
                "class Dagger < Formula\n version \"0.21.4\"\n url \"{RELEASE}/v#{{version}}/dagger_v#{{version}}_linux_amd64.tar.gz\"\n sha256 \"{sum}\"\n"
            ),
            1,
        ),
        ("a.ps1", format!("$url64 = '{url}'\n$checksum64 = '{sum}'\n"), 1),
        (
            "a.go",
            format!(
                "const daggerVersion = \"0.21.4\"\nconst daggerSHA256 = \"{sum}\"\nx := fmt.Sprintf(\"{RELEASE}/v%s/dagger_v%s_linux_amd64.tar.gz\", daggerVersion, daggerVersion)"
            ),
            1,
        ),
    ] {
        let source = Source::new(text.as_bytes().to_vec());
        let mut scan = Scan::new(path);
        Format::of(path).unwrap().find(&source, &mut scan).unwrap();
        let sites = resolve(&[scan]);
        assert_eq!(sites.len(), n_sites, "{text}");
        let sums = sites
            .iter()
            .flat_map(|site| &site.companions)
            .filter(|companion| text[companion.span.range()] == *sum);
        assert_eq!(sums.count(), 1, "{text}");
    }
}

#[test]
fn powershell_loads_the_installer_and_calls_it() {
    let url = "https://dl.dagger.io/dagger/install.ps1";
    check(
        "a.ps1",
        &format!("<# iwr {url} #>\niwr -useb {url} | iex\nInstall-Dagger -DaggerVersion 0.21.4\n"),
        &["install.script 0.21.4 mirror 0.21.4"],
    );
}
