use crate::site::shown;

const URL: &str = "https://dl.dagger.io/dagger/install.sh";

/// Expects `kind text role value` of every site.
fn check(text: &str, expect: &[&str]) {
    shown::check_at("justfile", text, expect);
}

#[test]
fn every_kind_of_value_is_read() {
    for text in [
        "dagger_version := \"0.21.4\"",
        "dagger_version := '0.21.4' # 0.1.0\r\n",
        "export dagger_version := '''0.21.4'''",
        "dagger_version := env_var_or_default(\"X\", \"0.21.4\")",
        "dagger_version := env('DAGGER_VERSION', '0.21.4')",
        "dagger_version := trim_start_match(env('DAGGER_VERSION', '0.21.4'), 'v')",
        "dagger_version := if os() == \"macos\" { \"0.21.4\" } else { env(\"X\") }",
        "dagger_version := env('X', '') || '0.21.4'",
        "dagger_version := (\n  '0.21.4'\n)",
        "dagger_version := `jq -r .engineVersion dagger.json || echo 0.21.4`",
        "install dagger_version=\"0.21.4\":\n",
        "@install a $b='x' *dagger_version=(env('X', '0.21.4')): a && b\n",
    ] {
        check(text, &["variable 0.21.4 mirror 0.21.4"]);
    }
    check("DAGGER_VERSION := '0.21.4'", &["env.version 0.21.4 mirror 0.21.4"]);
    check("[private]\nDAGGER_VERSION := 'v0.21.4'", &["env.version v0.21.4 mirror 0.21.4"]);
}

#[test]
fn what_is_no_version_is_none() {
    for text in [
        "",
        "# dagger_version := '0.21.4'",
        "dagger_version := ''",
        "dagger_version :=",
        "dagger_version",
        "set dagger_version := '0.21.4'",
        "dagger_module_version := '0.21.4'",
        "a:\n  b\n\\\n",
        "a b=:\n",
        "alias dagger_version := a",
        "dagger_version := \"",
        "dagger_version := if a { '",
        "DAGGER_VERSION := env('DAGGER_VERSION')",
    ] {
        check(text, &[]);
    }
}

#[test]
fn values_follow_other_names_wherever_they_stand() {
    check(
        "image := \"registry.dagger.io/engine:v\" + v\nv := '0.21.4'",
        &["image.engine v derived 0.21.4", "variable 0.21.4 mirror 0.21.4"],
    );
    check(
        "v := '0.21.4'\ndagger_version := 'v' + v\n",
        &["variable 0.21.4 mirror 0.21.4", "variable v derived 0.21.4"],
    );
    check("DAGGER_DIR := BIN / \"dagger-\" + DAGGER_VERSION", &[]);
    check("a := b\nb := a\nc := 'registry.dagger.io/engine:' + a", &["image.engine a derived -"]);
    for value in ["`jq -r .engineVersion dagger.json`", "```\n jq -r .engineVersion dagger.json\n```"] {
        let text = value.trim_matches('`');
        let shown = if value.starts_with("```") { text } else { value };
        check(&format!("dagger_version := {value}"), &[&format!("variable {shown} derived -")]);
    }
}

#[test]
fn recipes_are_scripts() {
    let install = |given: &str| format!("ci:\n    @curl -L {URL} | {given} sh\n");
    check(&install("DAGGER_VERSION=0.21.4"), &["install.script 0.21.4 mirror 0.21.4"]);
    let missing = format!("install.script {URL} mirror -");
    check(&install("BIN_DIR=x"), &[&missing]);
    check(
        &format!("v := '0.21.4'\n{}", install("DAGGER_VERSION={{ v }}")),
        &["variable 0.21.4 mirror 0.21.4", "install.script {{ v }} derived 0.21.4"],
    );
    check(
        &format!("DAGGER_VERSION := '0.21.4'\n{}", install("DAGGER_VERSION={{DAGGER_VERSION}}")),
        &["env.version 0.21.4 mirror 0.21.4", "install.script {{DAGGER_VERSION}} derived 0.21.4"],
    );
    let env = "env.version 0.21.4 mirror 0.21.4";
    check(&format!("DAGGER_VERSION := '0.21.4'\n{}", install("x=y")), &[env, &missing]);
    check(&format!("export DAGGER_VERSION := '0.21.4'\n{}", install("x=y")), &[env]);
    check(&format!("set export\nDAGGER_VERSION := '0.21.4'\n{}", install("x=y")), &[env]);
    check(&format!("set dotenv-load\n{}", install("x=y")), &[]);
    check(&format!("set dotenv-load := false\n{}", install("x=y")), &[&missing]);
    check(
        "pull v='0.21.4':\n  docker pull \\\n    registry.dagger.io/engine:v{{v}}\n",
        &["variable 0.21.4 mirror 0.21.4", "image.engine v{{v}} derived 0.21.4"],
    );
    check(
        "engine-tag := 'v0.21.4'\npull:\n  docker pull registry.dagger.io/engine:{{engine-tag}}\n",
        &["variable v0.21.4 mirror 0.21.4", "image.engine {{engine-tag}} derived 0.21.4"],
    );
    check("pull v:\n\tdocker pull registry.dagger.io/engine:{{v}}\n", &["image.engine {{v}} derived -"]);
    check(
        "pull:\r\n    #!/usr/bin/env bash\r\n    v=0.21.4\r\n\r\n    docker pull registry.dagger.io/engine:v$v\r\n",
        &["variable 0.21.4 mirror 0.21.4", "image.engine v$v derived 0.21.4"],
    );
    check(
        "pull:\n  #!/usr/bin/env python3\n  x = 'registry.dagger.io/engine:v0.21.4'\n",
        &["image.engine v0.21.4 mirror 0.21.4"],
    );
}
