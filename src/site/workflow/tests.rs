use crate::site::shown::check_at;
use crate::site::{Follow, Format, Scan, resolve};
use crate::text::Source;

fn check(text: &str, expect: &[&str]) {
    check_at(".github/workflows/ci.yml", text, expect);
}

/// Compares the sites of one step.
fn check_step(step: &str, expect: &[&str]) {
    let indented = step.replace('\n', "\n        ");
    check(&format!("on: push\njobs:\n  a:\n    steps:\n      - {indented}\n"), expect);
}

#[test]
fn a_version_manager_s_file_may_be_given_as_text() {
    check_step(
        "uses: asdf-vm/actions/install@v4\nwith:\n  tool_versions: |\n    # dagger 0.1.0\n    dagger 0.21.8\n",
        &["tool.asdf 0.21.8 mirror 0.21.8"],
    );
    check_step(
        "uses: jdx/mise-action@v3\nwith:\n  version: 2026.1.0\n  mise_toml: |\n    [tools]\n    go = \"1.26\"\n    dagger = \"0.21.8\"\n",
        &["tool.mise 0.21.8 mirror 0.21.8"],
    );
}

const USES: &str = "uses: dagger/dagger-for-github@v8.4.1 # v8.4.1";

#[test]
fn the_engine_s_action_states_a_version() {
    for (with, expect) in [
        ("with:\n  version: \"v0.21.8\"", "action.version v0.21.8 mirror 0.21.8"),
        ("with: { verb: call, version: '0.21.8' }", "action.version 0.21.8 mirror 0.21.8"),
        ("with:\n  version: 0.21", "action.version 0.21 mirror 0.21"),
        ("with:\n  version: latest", "action.version latest mirror -"),
        ("with:\n  verb: version", "action.version with mirror -"),
        ("with:\n  version:", "action.version with mirror -"),
        ("env:\n  DAGGER_NO_NAG: 1", "action.version uses mirror -"),
        ("with:\n  commit: head", "action.version head mirror -"),
        (
            "with:\n  commit: b4e5f850874a30a4856142d98cbb0b03544d3c15",
            "action.version b4e5f850874a30a4856142d98cbb0b03544d3c15 mirror -",
        ),
    ] {
        check_step(&format!("{USES}\n{with}"), &[expect]);
    }
    check_step("uses: Dagger/Dagger-For-GitHub@main", &["action.version uses mirror -"]);
    check_step("uses: https://github.com/dagger/dagger-for-github@v8", &["action.version uses mirror -"]);
    check_step("uses: \"kpenfound/dagger-for-github@v1\"", &["action.version uses mirror -"]);
    check_step("uses: docker://dagger/dagger-for-github:1", &[]);
    check_step("uses: actions/checkout@v4\nwith: {version: 0.21.8, ref: v0.21.7}", &[]);
}

#[test]
fn other_actions_state_it_under_a_name_that_says_so() {
    for (step, expect) in [
        (
            "uses: o/r/.github/x@main\nwith:\n  dagger-version: v0.19.3\n  dagger-module-version: v1.15.0",
            &["action.version v0.19.3 mirror 0.19.3"][..],
        ),
        ("uses: dagger/checks@v1\nwith: {version: v0.21.8}", &["action.version v0.21.8 mirror 0.21.8"]),
        ("uses: o/setup-dagger@v2\nwith: {version: 0.21.8}", &["action.version 0.21.8 mirror 0.21.8"]),
        ("uses: o/setup-dagger@v2", &[]),
        (
            "uses: o/install-release@v1\nwith: {repo: dagger/dagger, tag: v0.21.8}",
            &["action.version v0.21.8 mirror 0.21.8"],
        ),
        ("uses: actions/checkout@v4\nwith: {repository: dagger/dagger, ref: v0.21.8}", &[]),
        ("uses: o/setup-dagger@v2\nwith: {version: '${{ github.ref_name }}'}", &[]),
        ("uses: o/android@v2\nwith: {dagger-version: 2.51.1}", &[]),
        ("uses: o/publish-dagger-module@v2\nwith: {version: 0.3.0}", &[]),
    ] {
        check_step(step, expect);
    }
}

#[test]
fn the_environment_of_a_step_is_what_stands_around_it() {
    let text = "on: push\r\nenv: {DAGGER_VERSION: 0.21.8}\r\njobs:\r\n  a:\r\n    steps: &s\r\n      - uses: dagger/dagger-for-github@v8\r\n        with: {version: \"${{ env.DAGGER_VERSION }}\"}\r\n  b:\r\n    env:\r\n      DAGGER_VERSION: v0.21.7\r\n    steps:\r\n      - uses: dagger/dagger-for-github@v8\r\n        with: {version: \"${{ env.DAGGER_VERSION }}\"}\r\n  c: {steps: *s}\r\n";
    check(
        text,
        &[
            "env.version 0.21.8 mirror 0.21.8",
            "action.version ${{ env.DAGGER_VERSION }} derived 0.21.8",
            "env.version v0.21.7 mirror 0.21.7",
            "action.version ${{ env.DAGGER_VERSION }} derived 0.21.7",
        ],
    );
    // The action itself does not read the environment.
    check(
        "on: push\nenv: {DAGGER_VERSION: 0.21.8}\njobs: {a: {steps: [{uses: dagger/dagger-for-github@v8}]}}",
        &["env.version 0.21.8 mirror 0.21.8", "action.version uses mirror -"],
    );
}

#[test]
fn inputs_are_followed_to_their_default() {
    check(
        "on:\n  workflow_dispatch:\n    inputs:\n      engine:\n        type: choice\n        options: [0.21.8, 0.21.7]\n        default: 0.21.8\njobs:\n  a:\n    steps:\n      - uses: dagger/dagger-for-github@v8\n        with:\n          version: ${{ inputs.engine }}\n      - uses: dagger/dagger-for-github@v8\n        with:\n          version: ${{ github.event.inputs.engine }}\n",
        &[
            "variable 0.21.8 mirror 0.21.8",
            "action.version ${{ inputs.engine }} derived 0.21.8",
            "action.version ${{ github.event.inputs.engine }} derived 0.21.8",
        ],
    );
    check(
        "on:\n  workflow_dispatch: {inputs: {v: {required: false}}}\nenv: {DAGGER_VERSION: 0.21.8}\njobs:\n  a:\n    steps:\n      - uses: dagger/dagger-for-github@v8\n        with: {version: '${{ inputs.v || env.DAGGER_VERSION }}'}\n",
        &[
            "env.version 0.21.8 mirror 0.21.8",
            "action.version ${{ inputs.v || env.DAGGER_VERSION }} derived 0.21.8",
        ],
    );
    check(
        "on:\n  workflow_call:\n    inputs: {dagger-version: {default: ''}}\njobs:\n  a:\n    steps:\n      - uses: dagger/dagger-for-github@v8\n        with: {version: \"${{ inputs.dagger-version }}\"}\n",
        &["action.version ${{ inputs.dagger-version }} derived -"],
    );
}

#[test]
fn a_matrix_states_one_version_or_several_on_purpose() {
    let text = |values: &str| {
        format!(
            "on: push\njobs:\n  a:\n    strategy: {{matrix: {values}}}\n    steps:\n      - uses: dagger/dagger-for-github@v8\n        with: {{version: \"${{{{ matrix.dagger }}}}\"}}\n"
        )
    };
    check(
        &text("{dagger: [0.21.8]}"),
        &["variable 0.21.8 mirror 0.21.8", "action.version ${{ matrix.dagger }} derived 0.21.8"],
    );
    for values in ["{dagger: [v0.21.8, v0.20.0]}", "{include: [{dagger: v0.21.8, x: 1}, {dagger: v0.20.0}]}"]
    {
        check(
            &text(values),
            &[
                "variable v0.21.8 intended 0.21.8",
                "variable v0.20.0 intended 0.20.0",
                "action.version ${{ matrix.dagger }} derived -",
            ],
        );
    }
    check(&text("'${{ fromJSON(needs.x.outputs.y) }}'"), &["action.version ${{ matrix.dagger }} derived -"]);
}

#[test]
fn outputs_are_followed_across_jobs_in_any_order() {
    check(
        "on: push\njobs:\n  use:\n    needs: [read]\n    steps:\n      - uses: dagger/dagger-for-github@v8\n        with:\n          version: ${{ needs.read.outputs.v }}\n  read:\n    outputs:\n      v: ${{ steps.get.outputs.dagger }}\n    steps:\n      - id: get\n        env: {PINNED: 0.21.8}\n        run: echo \"dagger=$PINNED\" >> \"$GITHUB_OUTPUT\"\n",
        &["action.version ${{ needs.read.outputs.v }} derived 0.21.8", "variable 0.21.8 mirror 0.21.8"],
    );
}

#[test]
fn a_runner_s_label_may_bring_the_engine() {
    let label = |label: &str, text: &str, value: &str| {
        check(
            &format!("on: push\njobs:\n  a:\n    runs-on: {label}\n    steps: []\n"),
            &[&format!("runner.label {text} mirror {value}")],
        );
    };
    label("depot-ubuntu-24.04,dagger=0.18.11", "0.18.11", "0.18.11");
    label("namespace-profile-x;dagger.version=0.21.7", "0.21.7", "0.21.7");
    label("[self-hosted, dagger-v0.20.5]", "v0.20.5", "0.20.5");
    label("dagger-v0.20.5-4c-nvme", "v0.20.5", "0.20.5");
    label("dagger-v0.20.5-beta.2-4c", "v0.20.5-beta.2", "0.20.5-beta.2");
    label("{group: g, labels: dagger-g3-v0-20-1-4c}", "v0-20-1", "0.20.1");
    label("dagger-06x", "06x", "-");
    label("dagger-v0.19", "v0.19", "0.19");
    label("dagger-latest", "latest", "-");
    label("depot-ubuntu-latest,dagger=latest", "latest", "-");
    label(
        "${{ github.event_name == 'push' && 'depot-arm-24.04,dagger=0.18.11' || 'ubuntu-24.04' }}",
        "0.18.11",
        "0.18.11",
    );
    for none in [
        "ubuntu-24.04",
        "dagger",
        "dagger-large-4c",
        "my-dagger-runner-2",
        "dagger-ubuntu-latest",
        "depot,dagger={0}",
    ] {
        check(&format!("on: push\njobs:\n  a:\n    runs-on: '{none}'\n    steps: []\n"), &[]);
    }
}

#[test]
fn labels_are_found_where_runs_on_takes_them_from() {
    check(
        "on: push\njobs:\n  a:\n    strategy: {matrix: {os: [ubuntu, dagger-v0.20.5]}}\n    runs-on: ${{ matrix.os }}\n    steps: []\n",
        &["runner.label v0.20.5 mirror 0.20.5"],
    );
    check(
        "on: {workflow_call: {inputs: {runner: {default: 'depot-ubuntu-24.04,dagger=0.18.11'}}}}\njobs: {a: {uses: ./x.yml, with: {runner: 'depot,dagger=0.18.12'}}}",
        &["runner.label 0.18.11 mirror 0.18.11", "runner.label 0.18.12 mirror 0.18.12"],
    );
}

#[test]
fn a_module_file_is_read_where_the_script_runs() {
    let follow = |directory: &str, expect: Option<&str>| {
        let text = format!(
            "on: push\ndefaults: {{run: {{working-directory: top}}}}\njobs:\n  a:\n    steps:\n      - id: v\n        {directory}\n        run: echo \"v=$(jq -r .engineVersion dagger.json)\" >> $GITHUB_OUTPUT\n      - uses: dagger/dagger-for-github@v8\n        with:\n          version: ${{{{ steps.v.outputs.v }}}}\n"
        );
        let source = Source::new(text.into_bytes());
        let mut scan = Scan::new(".github/workflows/ci.yml");
        Format::Workflow.find(&source, &mut scan).unwrap();
        let follows: Vec<_> = scan.sites.iter().filter_map(|(_, follow)| follow.clone()).collect();
        let module = expect.map(str::to_owned);
        assert_eq!(follows, [Follow::Module(module)], "{directory}");
    };
    follow("", Some("top/dagger.json"));
    follow("working-directory: ./ci/..//x/", Some("x/dagger.json"));
    follow("working-directory: ${{ github.workspace }}/x", Some("x/dagger.json"));
    follow("working-directory: ${{ matrix.module }}", None);
}

#[test]
fn an_action_that_reads_the_module_file_is_followed_there() {
    let text = "on: push\njobs:\n  a:\n    steps:\n      - {id: v, uses: 'sagikazarmark/dagger-version-action@v0.0.2', with: {path: ci/}}\n      - {uses: dagger/dagger-for-github@v8, with: {version: '${{ steps.v.outputs.version }}'}}\n";
    let source = Source::new(text.into());
    let mut scan = Scan::new(".github/workflows/ci.yml");
    Format::Workflow.find(&source, &mut scan).unwrap();
    let follows: Vec<_> = scan.sites.iter().filter_map(|(_, follow)| follow.clone()).collect();
    assert_eq!(follows, [Follow::Module(Some("ci/dagger.json".to_owned()))]);
}

#[test]
fn images_are_found_beside_the_steps() {
    check(
        "on: push\nenv: {H: 'docker-image://registry.dagger.io/engine:v0.21.8'}\njobs:\n  a:\n    container: {image: registry.dagger.io/engine:v0.21.7}\n    services: {e: {image: 'ghcr.io/dagger/engine:v0.21.6-gpu'}}\n    steps: []\n",
        &[
            "image.engine v0.21.8 mirror 0.21.8",
            "image.engine v0.21.7 mirror 0.21.7",
            "image.engine v0.21.6 mirror 0.21.6",
        ],
    );
}

#[test]
fn an_action_s_inputs_belong_to_its_directory() {
    check_at(
        ".github/actions/x/action.yml",
        "inputs:\n  version: {default: v0.21.8}\nruns:\n  using: composite\n  steps:\n    - uses: dagger/dagger-for-github@v8\n      with:\n        version: ${{ inputs.version }}\n",
        &["variable v0.21.8 mirror 0.21.8", "action.version ${{ inputs.version }} derived 0.21.8"],
    );
    check_at(
        "action.yml",
        "inputs:\n  version:\n    description: Dagger Version. Use semver vX.Y.Z or latest\n    default: latest\n  other: {description: Version, default: 0.21.8}\nruns: {using: node24, main: x.js}\n",
        &["variable latest mirror -"],
    );
}

#[test]
fn what_callers_give_is_followed_from_the_action() {
    let action = "inputs: {version: {required: true}}\nruns:\n  using: composite\n  steps:\n    - uses: dagger/dagger-for-github@v8\n      with: {version: \"${{ inputs.version }}\"}\n";
    let workflow = "on: push\njobs:\n  a:\n    steps:\n      - uses: ./.github/actions/d\n        with: {version: 0.21.8, cache: 0.1.2}\n";
    let mut scans = Vec::new();
    for (path, text) in [(".github/actions/d/action.yml", action), (".github/workflows/ci.yml", workflow)] {
        let mut scan = Scan::new(path);
        Format::of(path).unwrap().find(&Source::new(text.into()), &mut scan).unwrap();
        scans.push(scan);
    }
    let found: Vec<_> = resolve(&scans)
        .iter()
        .map(|site| format!("{} {} {:?}", site.path, site.kind, site.stated.value()))
        .collect();
    assert_eq!(
        found,
        [
            ".github/actions/d/action.yml action.version Some(\"0.21.8\")",
            ".github/workflows/ci.yml action.version Some(\"0.21.8\")"
        ]
    );
}

#[test]
fn a_workflow_is_one_wherever_it_stands() {
    check_at(
        "docs/examples/ci.yaml",
        "\"on\": push\njobs: {a: {steps: [{uses: dagger/dagger-for-github@v8, with: {version: 0.21.8}}]}}",
        &["action.version 0.21.8 mirror 0.21.8"],
    );
}
