use crate::site::shown;

/// Expects `kind text role value` of every site.
fn check(path: &str, text: &str, expect: &[&str]) {
    shown::check_at(path, text, expect);
}

const VARIABLE: &str = "variable v0.21.4 mirror 0.21.4";

#[test]
fn variables_locals_and_inputs_are_read() {
    for (path, text) in [
        (
            "variables.tf",
            "variable \"dagger_version\" {\n  type = string # \"0.1.0\"\n  default = \"v0.21.4\"\n}",
        ),
        ("a.tf", "locals {\n  a = 1\n}\nlocals {\n  dagger_version = \"v0.21.4\"\n}\n"),
        ("a.tf", "module \"a\" {\r\n  source = \"./b\"\r\n  dagger_version = \"v0.21.4\"\r\n}\r\n"),
        ("a.tf", "locals { dagger_version = coalesce(var.x, \"v0.21.4\") }"),
        ("a.tf", "locals { dagger_version = var.x != \"\" ? var.x : \"v0.21.4\" }"),
        ("a.tf", "variable \"a\" {\n type = object({ dagger_version = optional(string, \"v0.21.4\") })\n}"),
        ("a.tf", "module \"a\" {\n dagger_versions = [\"v0.21.4\"]\n}"),
        ("prod.auto.tfvars", "dagger_version = \"v0.21.4\""),
        ("terragrunt.hcl", "inputs = {\n  dagger_version = \"v0.21.4\"\n}"),
    ] {
        check(path, text, &[VARIABLE]);
    }
    check(
        "docker-bake.hcl",
        "variable \"DAGGER_VERSION\" { default = \"v0.21.4\" }",
        &["env.version v0.21.4 mirror 0.21.4"],
    );
    check(
        "a.tf",
        "resource \"x\" \"y\" {\n  environment = { DAGGER_VERSION = \"v0.21.4\" }\n env {\n name = \"DAGGER_VERSION\"\n value = \"v0.21.4\"\n }\n}",
        &["env.version v0.21.4 mirror 0.21.4", "env.version v0.21.4 mirror 0.21.4"],
    );
}

#[test]
fn several_versions_are_meant_to_be_several() {
    let both = ["variable 0.20.8 intended 0.20.8", "variable 0.21.4 intended 0.21.4"];
    check("a.tf", "module \"a\" {\n  dagger_versions = [\"0.20.8\", \"0.21.4\"]\n}", &both);
    check("a.tf", "variable \"dagger_versions\" {\n  default = [\"0.20.8\", \"0.21.4\"]\n}", &both);
    check("a.tfvars", "dagger_versions = [\"0.20.8\", \"0.21.4\"]", &both);
}

#[test]
fn references_are_followed() {
    let variable = "variable \"tag\" {\n  default = \"v0.21.4\"\n}\n";
    for (image, text) in [
        ("\"registry.dagger.io/engine:${var.tag}\"", "${var.tag}"),
        ("\"registry.dagger.io/engine:v${trimprefix(var.tag, \"v\")}\"", "var.tag"),
        ("\"registry.dagger.io/engine:${ var.tag }\"", "${ var.tag }"),
    ] {
        check(
            "a.tf",
            &format!("{variable}resource \"x\" \"y\" {{\n  image = {image}\n}}"),
            &[VARIABLE, &format!("image.engine {text} derived 0.21.4")],
        );
    }
    check(
        "a.tf",
        &format!(
            "{variable}locals {{\n a = var.tag\n}}\nresource \"x\" \"y\" {{\n image = \"registry.dagger.io/engine:${{local.a}}\"\n}}"
        ),
        &[VARIABLE, "image.engine ${local.a} derived 0.21.4"],
    );
    check(
        "docker-bake.hcl",
        "variable \"TAG\" { default = \"v0.21.4\" }\ntarget \"a\" { tags = [\"registry.dagger.io/engine:${TAG}\"] }",
        &[VARIABLE, "image.engine ${TAG} derived 0.21.4"],
    );
    check("a.tf", "x = \"registry.dagger.io/engine:${var.tag}\"", &["image.engine ${var.tag} derived -"]);
    check(
        "a.tf",
        "x = \"registry.dagger.io/engine:v${each.value}\"",
        &["image.engine v${each.value} derived -"],
    );
    check(
        "a.tf",
        "locals {\n  dagger_version = jsondecode(file(\"${path.module}/dagger.json\")).engineVersion\n}",
        &["variable jsondecode(file(\"${path.module}/dagger.json\")).engineVersion derived -"],
    );
    check(
        "a.tf",
        "locals {\n a = local.b\n b = local.a\n}\nx = \"registry.dagger.io/engine:${local.a}\"",
        &["image.engine ${local.a} derived -"],
    );
}

#[test]
fn charts_images_and_scripts_are_those_of_other_data() {
    check(
        "a.tf",
        "image = \"registry.dagger.io/engine:v0.21.4-gpu\"",
        &["image.engine v0.21.4 mirror 0.21.4"],
    );
    check(
        "a.tf",
        "resource \"helm_release\" \"dagger\" {\n  repository = \"oci://registry.dagger.io\"\n  chart = \"dagger-helm\"\n  version = \"0.21.4\"\n  set {\n    name = \"image.tag\"\n    value = \"v0.21.4\"\n  }\n}",
        &["chart.version 0.21.4 mirror 0.21.4", "image.engine.tag v0.21.4 mirror 0.21.4"],
    );
    check(
        "a.tf",
        "variable \"v\" { default = \"0.21.4\" }\nresource \"helm_release\" \"dagger\" {\n  chart = \"oci://registry.dagger.io/dagger-helm\"\n  version = var.v\n}",
        &["variable 0.21.4 mirror 0.21.4", "chart.version var.v derived 0.21.4"],
    );
    check(
        "a.tf",
        "resource \"x\" \"y\" {\n  user_data = <<-EOT\n    #!/bin/bash\n    v=0.21.4\n    curl -L https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$${v} sh\n  EOT\n}",
        &["variable 0.21.4 mirror 0.21.4", "install.script $${v} derived 0.21.4"],
    );
    check(
        "a.tf",
        "resource \"x\" \"y\" {\n  values = [<<EOT\nengine:\n  image:\n    repository: registry.dagger.io/engine\n    tag: v0.21.4\nEOT\n  ]\n}",
        &["image.engine.tag v0.21.4 mirror 0.21.4"],
    );
    check(
        "a.pkr.hcl",
        "build {\n  provisioner \"shell\" {\n    inline = [\"curl -L https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=0.21.4 sh\"]\n  }\n}",
        &["install.script 0.21.4 mirror 0.21.4"],
    );
}

#[test]
fn what_is_none_or_does_not_parse() {
    for text in [
        "",
        "# dagger_version = \"0.21.4\"",
        "/* image = \"registry.dagger.io/engine:v0.21.4\" */",
        "variable \"dagger_version\" {\n  description = \"such as 0.21.4\"\n}",
        "variable \"dagger_module_version\" {\n  default = \"0.21.4\"\n}",
        "variable \"dagger_version\" {\n  default = \"\"\n}",
        "module \"dagger\" {\n  source = \"x/dagger\"\n  version = \"0.21.4\"\n}",
        "required_version = \"~> 1.5\"",
    ] {
        check("a.tf", text, &[]);
    }
    check(".terraform.lock.hcl", "dagger_version = \"0.21.4\"", &[]);
    check("a.tf", "%{ if x }\ndagger_version = \"0.21.4\"\n", &["variable 0.21.4 mirror 0.21.4"]);
}
