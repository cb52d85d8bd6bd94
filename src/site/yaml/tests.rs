use crate::site::shown::check_at;
use crate::site::{Companionship, Format, Scan};
use crate::text::Source;

fn check(text: &str, expect: &[&str]) {
    check_at("deploy/file.yaml", text, expect);
}

const TAG: &[&str] = &["image.engine.tag v0.21.8 mirror 0.21.8"];
const CHART: &[&str] = &["chart.version 0.21.8 mirror 0.21.8"];
const VARIABLE: &[&str] = &["variable 0.21.8 mirror 0.21.8"];
const ENVIRONMENT: &[&str] = &["env.version 0.21.8 mirror 0.21.8"];

#[test]
fn an_image_is_one_in_any_manifest() {
    for text in [
        "kind: Pod\nspec:\n  containers:\n  - name: dagger\n    image: registry.dagger.io/engine:v0.21.8\n",
        "services:\r\n  x:\r\n    # é\r\n    image: registry.dagger.io/engine:v0.21.8",
        "services: {dagger: {image: 'ghcr.io/dagger/engine:v0.21.8@sha256:0000000000000000000000000000000000000000000000000000000000000000'}}",
        "spec: {templates: [{container: {image: \"registry.dagger.io/engine:v0.21.8-gpu\"}}]}",
        "x: &i registry.dagger.io/engine:v0.21.8\ny: {image: *i}\nz: [*i, *i]\n",
    ] {
        check(text, &["image.engine v0.21.8 mirror 0.21.8"]);
    }
    for text in [
        "metadata: {annotations: {x: 'image registry.dagger.io/engine:v0.21.8'}}",
        "description: runs registry.dagger.io/engine:v0.21.8\n",
        "image: docker.io/library/engine:v0.21.8\n",
    ] {
        check(text, &[]);
    }
}

#[test]
fn a_tag_may_stand_apart_from_its_repository() {
    for text in [
        "image:\n  repository: registry.dagger.io/engine\n  tag: v0.21.8\n",
        "image: {tag: v0.21.8, registry: registry.dagger.io, repository: engine}",
        "image: {registry: ghcr.io, repository: dagger/engine, tag: v0.21.8-gpu}",
        "images:\n- name: registry.dagger.io/engine\n  newTag: v0.21.8\n",
        "images: [{name: x, newName: mirror.example/dagger/engine, newTag: v0.21.8}]",
        "source: {repository: oci://registry.dagger.io/engine, version: v0.21.8}",
        "engineImage: registry.dagger.io/engine\nengineTag: v0.21.8\nagentTag: v1.0.0\n",
        "dagger_engine_image_repository: registry.dagger.io/engine\ndagger_engine_image_tag: v0.21.8\n",
    ] {
        check(text, TAG);
    }
    check("image: {repository: registry.dagger.io/cli, tag: v0.21.8}", &["image.cli v0.21.8 mirror 0.21.8"]);
    check("image: {repository: registry.dagger.io/engine, tag: main}", &["image.engine.tag main mirror -"]);
    check("image: {repository: docker.io/moby/buildkit, tag: v0.21.8}", &[]);
}

#[test]
fn a_tag_may_be_missing() {
    check("source:\n  repository: registry.dagger.io/engine\n", &["image.engine repository mirror -"]);
    check("image: {repository: registry.dagger.io/engine, tag: ''}", &["image.engine.tag tag mirror -"]);
    check("image: {repository: registry.dagger.io/engine, tag: }", &["image.engine.tag tag mirror -"]);
    // The template of a chart falls back to the chart's own version.
    check_at("chart/values.yaml", "image: {repository: registry.dagger.io/engine, tag: ''}", &[]);
    check_at("chart/values.yaml", "image: {repository: registry.dagger.io/engine, tag: v0.21.8}", TAG);
}

#[test]
fn a_digest_beside_the_tag_belongs_to_it() {
    let digest = format!("sha256:{}", "0".repeat(64));
    for text in [
        format!("{{repository: registry.dagger.io/engine, tag: v0.21.8, digest: '{digest}'}}"),
        format!("{{repository: registry.dagger.io/engine, tag: 'v0.21.8@{digest}'}}"),
    ] {
        let source = Source::new(text.into_bytes());
        let mut scan = Scan::new("x.yaml");
        Format::Yaml.find(&source, &mut scan).unwrap();
        let (site, _) = &scan.sites[0];
        assert_eq!(site.companions.len(), 1);
        assert_eq!(source.slice(site.companions[0].span), digest);
        assert_eq!(site.companions[0].what, Companionship::ImageDigest);
    }
    let text = format!("{{name: registry.dagger.io/engine, digest: '{digest}'}}");
    check(&text, &[&format!("image.engine.tag {digest} mirror -")]);
}

#[test]
fn the_engine_s_chart_states_the_engine_s_version() {
    for text in [
        "dependencies:\n- {name: dagger-helm, version: 0.21.8, repository: 'oci://registry.dagger.io'}\n",
        "spec: {chart: {spec: {chart: dagger-helm, version: '0.21.8', sourceRef: {kind: HelmRepository}}}}",
        "spec: {source: {repoURL: registry.dagger.io, chart: dagger-helm, targetRevision: 0.21.8}}",
        "spec: {sources: [{repoURL: 'oci://registry.dagger.io/dagger-helm', path: ., targetRevision: 0.21.8}]}",
        "releases:\n- name: dagger\n  chart: oci://registry.dagger.io/dagger-helm\n  version: 0.21.8\n",
        "helmCharts: [{name: dagger-helm, repo: 'oci://registry.dagger.io', version: 0.21.8, releaseName: d}]",
        "kind: OCIRepository\nspec: {url: 'oci://registry.dagger.io/dagger-helm', ref: {tag: 0.21.8}}",
        "- kubernetes.core.helm: {name: d, chart_ref: 'oci://registry.dagger.io/dagger-helm', chart_version: 0.21.8}",
        "source: {repoURL: 'https://github.com/dagger/dagger.git', path: helm/dagger, targetRevision: helm/chart/0.21.8}",
    ] {
        check(text, CHART);
    }
    for (text, expect) in [
        ("{chart: dagger-helm, version: ^0.21.0}", "chart.version ^0.21.0 mirror -"),
        ("{chart: dagger-helm, version: '*'}", "chart.version * mirror -"),
        ("{chart: dagger-helm, version: '>=0.20.0 <0.22.0'}", "chart.version >=0.20.0 <0.22.0 mirror -"),
        ("{chart: dagger-helm, targetRevision: HEAD}", "chart.version HEAD mirror -"),
        ("{chart: dagger-helm, targetRevision: 0.21.x}", "chart.version 0.21.x mirror 0.21"),
        ("{chart: 'oci://registry.dagger.io/dagger-helm'}", "chart.version chart mirror -"),
        (
            "{url: 'oci://registry.dagger.io/dagger-helm', ref: {semver: '~0.21'}}",
            "chart.version ~0.21 mirror -",
        ),
    ] {
        check(text, &[expect]);
    }
    for text in [
        "metadata: {name: dagger-helm, version: 0.21.8}",
        "releases: [{chart: ./charts/dagger-helm, version: 0.21.8}, {chart: charts/dagger-helm}]",
        "- {name: dagger-helm, type: git, source: {uri: 'https://github.com/dagger/dagger.git'}}",
        "spec: {url: 'oci://registry.dagger.io', version: 0.1.0}",
        "{repoURL: 'https://github.com/dagger/dagger.git', path: sdk, targetRevision: v0.21.8}",
    ] {
        check(text, &[]);
    }
}

#[test]
fn a_chart_is_given_an_image_beside_its_version() {
    let two = ["chart.version 0.21.8 mirror 0.21.8", TAG[0]];
    for text in [
        "{chart: dagger/dagger-helm, version: 0.21.8, set: [{name: engine.image.tag, value: v0.21.8}]}",
        "{chart: 'oci://registry.dagger.io/dagger-helm', version: 0.21.8, set: {engine.image.tag: v0.21.8}}",
        "source: {chart: dagger-helm, repoURL: registry.dagger.io, targetRevision: 0.21.8, helm: {parameters: [{name: engine.image.tag, value: v0.21.8}, {name: x, value: v1.0.0}]}}",
    ] {
        check(text, &two);
    }
    let digest = format!("sha256:{}", "0".repeat(64));
    let text =
        format!("{{url: 'oci://registry.dagger.io/dagger-helm', ref: {{tag: 0.21.8, digest: '{digest}'}}}}");
    let source = Source::new(text.into_bytes());
    let mut scan = Scan::new("x.yaml");
    Format::Yaml.find(&source, &mut scan).unwrap();
    assert_eq!(scan.sites[0].0.companions[0].what, Companionship::ImageDigest);
}

#[test]
fn an_application_set_fills_its_template_in() {
    let set = |elements: &str, call: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: s}}\nspec: {{generators: [{{list: {{elements: [{elements}]}}}}], template: {{spec: {{source: {{chart: dagger-helm, repoURL: registry.dagger.io, targetRevision: '{call}'}}}}}}}}\n"
        )
    };
    for call in ["{{version}}", "{{ .version }}"] {
        check(
            &set("{cluster: a, version: 0.21.8}", call),
            &["variable 0.21.8 mirror 0.21.8", &format!("chart.version {call} derived 0.21.8")],
        );
        check(
            &set("{cluster: a, version: 0.21.8}, {cluster: b, version: 0.20.8}", call),
            &[
                "variable 0.21.8 mirror 0.21.8",
                "variable 0.20.8 mirror 0.20.8",
                &format!("chart.version {call} derived 0.21.8"),
            ],
        );
    }
}

#[test]
fn a_chart_s_metadata_is_looked_up_by_its_templates() {
    let text = "apiVersion: v2\nname: dagger-helm\nversion: 0.12.3\nappVersion: \"0.12.3\"\n";
    let two = ["chart.version 0.12.3 mirror 0.12.3"; 2];
    check_at("helm/dagger/Chart.yaml", text, &two);
    check_at(
        "helm/x/Chart.yaml",
        "name: my-dagger-runtime\nversion: 0.1.0\nappVersion: '0.21.8'\ndependencies:\n- {name: dagger-helm, version: 0.21.8, repository: 'oci://registry.dagger.io'}\n",
        &["variable 0.21.8 mirror 0.21.8", CHART[0]],
    );
    check_at("helm/other/Chart.yaml", "name: other\nversion: 0.12.3\nappVersion: 0.12.3\n", &[]);
}

#[test]
fn a_variable_is_known_by_its_name() {
    for text in [
        "env:\n- name: DAGGER_VERSION\n  value: \"0.21.8\"\n",
        "env: [{value: 0.21.8, name: DAGGER_VERSION}]",
        "services: {a: {environment: {DAGGER_VERSION: 0.21.8}}}",
        "services: {a: {environment: ['DAGGER_VERSION=0.21.8', DAGGER_CLOUD_TOKEN]}}",
        "services: {a: {build: {args: [DAGGER_VERSION=0.21.8]}}}",
        "services: {a: {build: {args: {DAGGER_VERSION: 0.21.8}}}}",
        "variables:\n  DAGGER_VERSION:\n    description: \"by default v0.18.8\"\n    value: \"0.21.8\"\n",
        "variables: [{name: DAGGER_VERSION, value: 0.21.8}]",
        "kind: ConfigMap\ndata: {DAGGER_VERSION: '0.21.8'}\n",
        "env: {variables: {DAGGER_VERSION: 0.21.8}}",
        "x: &e {DAGGER_VERSION: 0.21.8}\na: {environment: *e}\nb: {environment: {<<: *e, X: 1}}\n",
        "x: &e {Y: 1}\ny: &f {DAGGER_VERSION: 0.21.8}\nb: {environment: {<<: [*e, *f], X: 1}}\n",
    ] {
        check(text, ENVIRONMENT);
    }
    for text in [
        "dagger_version: 0.21.8 # renovate\n",
        "vars: {dagger_version: '0.21.8'}",
        "dagger:\n  version: 0.21.8\n  path: /usr/bin\n",
        "tools: {dagger: 0.21.8, go: 1.22.0}",
        "- {repo: dagger/dagger, tag: 0.21.8, asset: x}",
        "parameters: {dagger-version: {type: string, default: 0.21.8}}",
        "parameters: [{name: daggerVersion, default: 0.21.8}]",
        "global: {daggerVersion: 0.21.8}",
    ] {
        check(text, VARIABLE);
    }
    check(
        "packages:\n- name: dagger/dagger@0.21.8\n- name: cli/cli@v2.1.0\n",
        &["tool.aqua 0.21.8 mirror 0.21.8"],
    );
    check("packages: [{name: dagger/dagger}, {name: cli/cli, version: 0.21.8}]", &[]);
    check(
        "daggerVersions: [0.21.8, v0.20.0, latest]\n",
        &["variable 0.21.8 intended 0.21.8", "variable v0.20.0 intended 0.20.0"],
    );
    check("dagger_versions: [0.21.8]\n", VARIABLE);
    for text in [
        "dagger_version: 2.51.1\n",
        "properties: {daggerVersion: {type: string}}",
        "dagger-module-version: 0.21.8\n",
        "engineVersion: 0.21.8\n",
        "dagger: {version: '{{ x }}'}",
        "dagger_tags: [ci]\ndagger_tag: {a: b}\n",
        "repos: [{repo: 'https://github.com/dagger/dagger', rev: v0.21.8}]",
        "version: 0.21.8\n",
    ] {
        check(text, &[]);
    }
}

#[test]
fn a_variable_is_followed_from_where_it_is_used() {
    check(
        "vars: {DAGGER_VERSION: 0.21.8, V: {ref: .DAGGER_VERSION}}\nenv: {A: 'registry.dagger.io/engine:v{{.V}}'}\n",
        &["env.version 0.21.8 mirror 0.21.8", "image.engine v{{.V}} derived 0.21.8"],
    );
    check(
        "vars: {DAGGER_VERSION: {sh: 'jq -r .engineVersion dagger.json'}}\nenv: {A: 'registry.dagger.io/engine:{{.DAGGER_VERSION}}'}\n",
        &[
            "env.version jq -r .engineVersion dagger.json derived -",
            "image.engine {{.DAGGER_VERSION}} derived -",
        ],
    );
    check(
        "vars: {ENGINE_TAG: v0.21.8, OTHER: 1.2.3}\nenv: {X: 'registry.dagger.io/engine:${ENGINE_TAG}'}\n",
        &["variable v0.21.8 mirror 0.21.8", "image.engine ${ENGINE_TAG} derived 0.21.8"],
    );
    check(
        "dagger_release_version: v0.5.1\ndagger_version: '{{ dagger_release_version[1:] }}'\n",
        &["variable v0.5.1 mirror 0.5.1", "variable {{ dagger_release_version[1:] }} derived 0.5.1"],
    );
}

#[test]
fn parameters_are_called_by_their_dotted_names() {
    for (parameters, call) in [
        ("parameters: {v: {default: 0.21.8}}", "<< parameters.v >>"),
        ("parameters: [{name: v, default: 0.21.8}]", "${{ parameters.v }}"),
        ("params: [{name: v, default: 0.21.8}]", "$(params.v)"),
        ("variables: [{name: v, value: 0.21.8}]", "$(v)"),
    ] {
        let text = format!("{parameters}\njob: {{image: 'registry.dagger.io/engine:v{call}'}}\n");
        check(&text, &["variable 0.21.8 mirror 0.21.8", &format!("image.engine v{call} derived 0.21.8")]);
    }
}

#[test]
fn what_argo_and_tekton_call_is_given_by_whoever_calls() {
    let argo = |kind: &str, spec: &str| {
        format!("apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{name: w}}\nspec: {spec}\n")
    };
    let image = |call: &str| format!("{{image: \"registry.dagger.io/engine:{call}\"}}");
    for call in ["{{inputs.parameters.v}}", "{{=inputs.parameters['v']}}"] {
        let templates = |step: &str, parameter: &str| {
            format!(
                "{{templates: [{{name: t, inputs: {{parameters: [{parameter}]}}, container: {}}}, {{name: m, steps: [[{step}]]}}]}}",
                image(call)
            )
        };
        let derived = |value: &str| format!("image.engine {call} derived {value}");
        check(
            &argo("Workflow", &templates("{template: t}", "{name: v, default: v0.21.8}")),
            &["variable v0.21.8 mirror 0.21.8", &derived("0.21.8")],
        );
        check(
            &argo(
                "Workflow",
                &templates(
                    "{template: t, arguments: {parameters: [{name: v, value: v0.21.8}]}}",
                    "{name: v}",
                ),
            ),
            &[&derived("0.21.8"), "variable v0.21.8 mirror 0.21.8"],
        );
        check(
            &argo(
                "Workflow",
                &templates(
                    "{template: t, withItems: [v0.21.8, v0.20.8], arguments: {parameters: [{name: v, value: '{{item}}'}]}}",
                    "{name: v}",
                ),
            ),
            &[&derived("-"), "variable v0.21.8 intended 0.21.8", "variable v0.20.8 intended 0.20.8"],
        );
    }
    check(
        &argo(
            "Workflow",
            &format!(
                "{{arguments: {{parameters: [{{name: v, value: v0.21.8}}]}}, templates: [{{name: t, container: {}}}]}}",
                image("{{workflow.parameters.v}}")
            ),
        ),
        &["variable v0.21.8 mirror 0.21.8", "image.engine {{workflow.parameters.v}} derived 0.21.8"],
    );
    let tekton = |kind: &str, spec: &str| {
        format!("---\napiVersion: tekton.dev/v1\nkind: {kind}\nmetadata: {{name: t}}\nspec: {spec}\n")
    };
    let task = tekton(
        "Task",
        &format!("{{params: [{{name: v, default: v0.21.8}}], steps: [{}]}}", image("$(params.v)")),
    );
    let expect = ["variable v0.21.8 mirror 0.21.8", "image.engine $(params.v) derived 0.21.8"];
    check(&task, &expect);
    let given = "variable v0.20.8 mirror 0.20.8";
    for caller in [
        tekton("TaskRun", "{taskRef: {name: t}, params: [{name: v, value: v0.20.8}]}"),
        tekton(
            "Pipeline",
            "{tasks: [{name: a, taskRef: {name: t, kind: Task}, params: [{name: v, value: v0.20.8}]}]}",
        ),
        tekton(
            "Pipeline",
            "{params: [{name: p, default: v0.20.8}], tasks: [{name: a, taskRef: {name: t}, params: [{name: v, value: $(params.p)}]}]}",
        ),
    ] {
        check(&format!("{task}{caller}"), &[expect[0], expect[1], given]);
    }
    check(
        &tekton(
            "PipelineRun",
            &format!(
                "{{params: [{{name: v, value: v0.21.8}}], pipelineSpec: {{tasks: [{{taskSpec: {{steps: [{}]}}}}]}}}}",
                image("$(params.v)")
            ),
        ),
        &expect,
    );
    check(&tekton("TaskRun", "{taskRef: {name: other}, params: [{name: v, value: v0.20.8}]}"), &[]);
}

#[test]
fn scripts_are_read_in_their_environment() {
    let install = "curl -fsSL https://dl.dagger.io/dagger/install.sh | sh";
    for script in [
        format!("a: {{script: ['{install}']}}"),
        format!("a:\n  run: |\n    set -e\n    {install}\n"),
        format!("steps:\n- run: {{name: x, command: '{install}'}}\n"),
        format!("tasks: {{a: {{cmds: [{{cmd: '{install}'}}]}}}}"),
        format!("x: &i\n- {install}\na: {{script: *i}}\n"),
    ] {
        let source = Source::new(script.into_bytes());
        let mut scan = Scan::new("ci.yml");
        Format::Yaml.find(&source, &mut scan).unwrap();
        let found: Vec<_> = scan.sites.iter().map(|(site, _)| site.kind.as_str()).collect();
        assert_eq!(found, ["install.script"], "{}", source.text());
    }
    check(&format!("variables: {{DAGGER_VERSION: 0.21.8}}\na: {{script: ['{install}']}}\n"), ENVIRONMENT);
    check(&format!("a: {{environment: {{DAGGER_VERSION: 0.21.8}}, commands: ['{install}']}}"), ENVIRONMENT);
    check(
        &format!(
            ".base: {{before_script: ['{install}']}}\na: {{extends: .base, variables: {{DAGGER_VERSION: 0.21.8}}}}\n"
        ),
        ENVIRONMENT,
    );
    check(
        &format!("a:\n  script:\n  - '{install}'\n  before_script:\n  - export DAGGER_VERSION=0.21.8\n"),
        ENVIRONMENT,
    );
    for text in
        [format!("description: '{install}'"), "url: https://dl.dagger.io/dagger/install.sh".to_owned()]
    {
        check(&text, &[]);
    }
}

#[test]
fn yaml_inside_yaml_is_read_where_it_stands() {
    check(
        "spec:\n  source:\n    helm:\n      values: |\n        engine:\n          image:\n            repository: registry.dagger.io/engine\n            tag: v0.21.8\n",
        TAG,
    );
    check(
        "data:\n  vars.yml: |\n    ---\n    tag: v0.21.8\n    dagger_version: \"0.21.8\"\n    copy: '{{ dagger_version }}'\n",
        VARIABLE,
    );
}

#[test]
fn files_of_locks_and_bots_are_not_looked_at() {
    for path in ["pnpm-lock.yaml", ".github/renovate.yml", ".github/dependabot.yml"] {
        check_at(path, "env: {DAGGER_VERSION: 0.21.8}\nimage: registry.dagger.io/engine:v0.21.8\n", &[]);
    }
}

#[test]
fn a_workflow_may_be_called_like_a_bot() {
    let text = "on: push\njobs: {a: {steps: [{uses: dagger/dagger-for-github@v8, with: {version: 0.21.8}}]}}";
    check_at(".github/workflows/renovate.yml", text, &["action.version 0.21.8 mirror 0.21.8"]);
}

#[test]
fn deep_and_long_files_are_read() {
    let deep = format!("{}registry.dagger.io/engine:v0.21.8{}", "[".repeat(200), "]".repeat(200));
    check(&deep, &["image.engine v0.21.8 mirror 0.21.8"]);
}
