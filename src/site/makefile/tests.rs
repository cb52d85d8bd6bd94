use crate::site::shown;

const URL: &str = "https://dl.dagger.io/dagger/install.sh";

/// Expects `kind text role value` of every site.
fn check(text: &str, expect: &[&str]) {
    shown::check_at("Makefile", text, expect);
}

#[test]
fn every_kind_of_assignment_is_read() {
    for text in [
        "DAGGER_VERSION ?= 0.21.4",
        "DAGGER_VERSION:=0.21.4 # 0.1.0",
        "DAGGER_VERSION::=0.21.4",
        "DAGGER_VERSION = \"0.21.4\"\r\n",
        "  export DAGGER_VERSION := 0.21.4\n",
        "override export DAGGER_VERSION = 0.21.4",
        "ci: DAGGER_VERSION := 0.21.4",
        "ci test:: export DAGGER_VERSION = 0.21.4",
        "DAGGER_VERSION := \\\n    0.21.4 # \\\n 0.1.0",
        "define DAGGER_VERSION\n0.21.4\nendef",
        "ifndef DAGGER_VERSION\nDAGGER_VERSION = 0.21.4\nendif",
        "DAGGER_VERSION ?= $(or $(X),0.21.4)",
        "DAGGER_VERSION := $(if $(X),$(X), 0.21.4)",
        "DAGGER_VERSION := ${or ${X},0.21.4}",
        "DAGGER_VERSION ?= $(shell jq -r .engineVersion dagger.json || echo 0.21.4)",
        "ci:\n\techo\n\nDAGGER_VERSION = 0.21.4",
    ] {
        check(text, &["env.version 0.21.4 mirror 0.21.4"]);
    }
    check("dagger_version = 0.21.4", &["variable 0.21.4 mirror 0.21.4"]);
}

#[test]
fn what_is_no_assignment_of_a_version_is_none() {
    for text in [
        "",
        "# DAGGER_VERSION = 0.21.4",
        "# \\\nDAGGER_VERSION = 0.21.4",
        "DAGGER_VERSION =",
        "DAGGER_VERSION",
        "= 0.21.4",
        "a b = 0.21.4",
        "dagger-version: 0.21.4",
        ".PHONY: check-dagger-version",
        "DAGGER_VERSION +=",
        "DAGGER_MODULE_VERSION = v0.1.0",
        "define x",
        "a: ;",
        "\t\\",
        "$(warning DAGGER_VERSION = 0.21.4)",
    ] {
        check(text, &[]);
    }
}

#[test]
fn values_follow_other_variables_wherever_they_stand() {
    let tag = "variable v0.21.4 mirror 0.21.4";
    let image = |text: &str| format!("image.engine {text} derived 0.21.4");
    check("IMAGE = registry.dagger.io/engine:$(TAG)\nTAG = v0.21.4\n", &[&image("$(TAG)"), tag]);
    check("TAG := v0.21.4\nIMAGE := registry.dagger.io/engine:${TAG}", &[tag, &image("${TAG}")]);
    check(
        "TAG := v0.21.4\nOTHER = $(TAG:v%=%)\nIMAGE := registry.dagger.io/engine:v$(OTHER)",
        &[tag, &image("v$(OTHER)")],
    );
    check(
        "V = 0.21.4\nDAGGER_VERSION = $(patsubst v%,%,$(V))",
        &["variable 0.21.4 mirror 0.21.4", "env.version $(patsubst v%,%,$(V)) derived 0.21.4"],
    );
    check("TAG = v0\nTAG += 1\nIMAGE = registry.dagger.io/engine:$(TAG)", &["image.engine $(TAG) derived -"]);
    check("DAGGER_VERSION ?= $(DAGGER_VERSION)\n", &[]);
    check("include a.mk\nI = registry.dagger.io/engine:$(TAG)", &["image.engine $(TAG) derived -"]);
    check("A = $(B)\nB = $(A)\nI = registry.dagger.io/engine:$(A)", &["image.engine $(A) derived -"]);
}

#[test]
fn a_module_file_is_followed() {
    for value in [
        "DAGGER_VERSION := $(shell jq -r .engineVersion dagger.json)",
        "DAGGER_VERSION = ${shell jq -r .engineVersion dagger.json}",
    ] {
        let text = value.split_once("= ").unwrap().1;
        check(value, &[&format!("env.version {text} derived -")]);
    }
    check(
        "DAGGER_VERSION != jq -r .engineVersion dagger.json",
        &["env.version jq -r .engineVersion dagger.json derived -"],
    );
}

#[test]
fn recipes_are_scripts() {
    let install = |given: &str| format!("ci: needs\n\t@curl -L {URL} | {given} sh\n");
    check(&install("DAGGER_VERSION=0.21.4"), &["install.script 0.21.4 mirror 0.21.4"]);
    check(&install("BIN_DIR=x"), &[&format!("install.script {URL} mirror -")]);
    check(
        &format!("V := 0.21.4\n{}", install("DAGGER_VERSION=$(V)")),
        &["variable 0.21.4 mirror 0.21.4", "install.script $(V) derived 0.21.4"],
    );
    check(
        &format!("DAGGER_VERSION ?= 0.21.4\n{}", install("DAGGER_VERSION=$(DAGGER_VERSION)")),
        &["env.version 0.21.4 mirror 0.21.4", "install.script $(DAGGER_VERSION) derived 0.21.4"],
    );
    check(
        "ci: ; v=0.21.4 && docker pull registry.dagger.io/engine:v$${v}\n",
        &["variable 0.21.4 mirror 0.21.4", "image.engine v$${v} derived 0.21.4"],
    );
    check(
        "ci:\n\t@v=0.21.4; \\\r\n\t  docker pull registry.dagger.io/engine:v$$v\n",
        &["variable 0.21.4 mirror 0.21.4", "image.engine v$$v derived 0.21.4"],
    );
    check(
        &format!("ci:\nifdef X\n\t# x\n\n\tcurl -o i {URL}\nelse\nendif\n\tDAGGER_VERSION=0.21.4 sh i\n"),
        &["install.script 0.21.4 mirror 0.21.4"],
    );
    check(
        ".RECIPEPREFIX = >\nci:\n> docker pull registry.dagger.io/engine:v0.21.4",
        &["image.engine v0.21.4 mirror 0.21.4"],
    );
    check(
        "define install\ndocker pull registry.dagger.io/engine:v0.21.4\ntrue\nendef\n",
        &["image.engine v0.21.4 mirror 0.21.4"],
    );
}

#[test]
fn the_installer_is_told_what_is_exported_only() {
    let recipe = format!("\nci:\n\tcurl {URL} | sh\n");
    let env = "env.version 0.21.4 mirror 0.21.4";
    for given in [
        "export DAGGER_VERSION = 0.21.4",
        "DAGGER_VERSION = 0.21.4\nexport DAGGER_VERSION",
        "export\nDAGGER_VERSION = 0.21.4",
        "ci: export DAGGER_VERSION = 0.21.4",
    ] {
        check(&format!("{given}{recipe}"), &[env]);
    }
    let missing = format!("install.script {URL} mirror -");
    check(&format!("DAGGER_VERSION = 0.21.4{recipe}"), &[env, &missing]);
}
