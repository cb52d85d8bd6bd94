use super::*;

fn words(follow: &Follow) -> String {
    match follow {
        Follow::Here(index) => format!("here {index}"),
        Follow::There(Name::Variable(name)) => format!("there {name}"),
        Follow::There(Name::Input { name, .. }) => format!("input {name}"),
        Follow::There(Name::ChartValue { chart, key }) => format!("chart {chart} {key}"),
        Follow::There(Name::Catalog(name)) => format!("catalog {name}"),
        Follow::Module(path) => format!("module {}", path.as_deref().unwrap_or("?")),
        Follow::Outside(_) => "outside".to_owned(),
    }
}

/// Expects the text and the meaning of each site.
fn check(text: &str, expect: &[(&str, &str)]) {
    let mut scope = Scope::default();
    scope.set("version", Follow::Here(7));
    scope.set("env.VERSION", Follow::Here(8));
    scope.set("inputs.dagger-version", Follow::Here(9));
    scope.set("steps.v.outputs.version", Follow::Module(None));
    let mut scan = Scan::new("charts/app/templates/x/a.yaml");
    let fragment = Fragment::verbatim(text, 0);
    add(Kind::EnvVersion, Position::Version, &fragment, 0..text.len(), &scope, &mut scan);
    let found: Vec<_> = scan
        .sites
        .iter()
        .map(|(site, follow)| {
            assert_eq!(&text[site.span.range()], site.text);
            let value = site.stated.value().unwrap_or_else(|| "-".to_owned());
            (site.text.as_str(), follow.as_ref().map_or(value, words))
        })
        .collect();
    let found: Vec<_> = found.iter().map(|(text, value)| (*text, value.as_str())).collect();
    assert_eq!(found, expect, "{text}");
}

#[test]
fn literals_lose_their_quotes() {
    check("0.21.4", &[("0.21.4", "0.21.4")]);
    check("\"v0.21.4\"", &[("v0.21.4", "0.21.4")]);
    check(" 'latest' ", &[("latest", "-")]);
    check("word", &[("word", "-")]);
    check("\"\"", &[]);
    check("", &[]);
    check("\"", &[("\"", "-")]);
    check("\"v${X:-\"0.3.10\"}\"", &[("0.3.10", "0.3.10")]);
    check("'a' 'b'", &[("'a' 'b'", "-")]);
}

#[test]
fn shell_expansions_follow_or_default() {
    for text in ["$version", "${version}", "v$version", "\"${version#v}\"", "${version%-*}", "${version//v/}"]
    {
        check(text, &[(text.trim_matches('"'), "here 7")]);
    }
    check("${version:1}", &[("${version:1}", "here 7")]);
    check("${version:?no version}", &[("${version:?no version}", "here 7")]);
    check("${X:-0.21.4}", &[("0.21.4", "0.21.4")]);
    check("v${X-0.21.4}", &[("0.21.4", "0.21.4")]);
    check("${X:=\"0.21.4\"}", &[("0.21.4", "0.21.4")]);
    check("${DAGGER_VERSION:-\"latest\"}", &[("${DAGGER_VERSION:-\"latest\"}", "there DAGGER_VERSION")]);
    check("${A:-${B:-0.21.4}}", &[("0.21.4", "0.21.4")]);
    check("${A:-$B}", &[("${A:-$B}", "there A")]);
    check("${DAGGER_VERSION:-latest}", &[("${DAGGER_VERSION:-latest}", "there DAGGER_VERSION")]);
    check("${1:-latest}", &[("latest", "-")]);
    check("${1:-0.21.4}", &[("0.21.4", "0.21.4")]);
    check("$1", &[("$1", "outside")]);
    check("$tag", &[("$tag", "outside")]);
    check("$A.$B", &[("$A.$B", "outside")]);
    check("${A", &[("${A", "-")]);
    check("$$version", &[("$$version", "here 7")]);
    check("v$${version}", &[("v$${version}", "here 7")]);
    check("$$$version", &[("$$$version", "outside")]);
    check("%DAGGER_VERSION%", &[("%DAGGER_VERSION%", "there DAGGER_VERSION")]);
    check("$env:DAGGER_VERSION", &[("$env:DAGGER_VERSION", "there DAGGER_VERSION")]);
}

#[test]
fn github_expressions_are_read_by_their_grammar() {
    let follows = |text: &str, follow: &str| check(text, &[(text, follow)]);
    follows("${{ env.VERSION }}", "here 8");
    follows("${{env.OTHER}}", "there OTHER");
    follows("v${{ inputs.dagger-version }}", "here 9");
    follows("${{ inputs['dagger-version'] }}", "here 9");
    follows("${{ github.event.inputs.dagger-version }}", "here 9");
    follows("${{ inputs.dagger-version || 'latest' }}", "here 9");
    follows("${{ vars.X || inputs.dagger-version }}", "here 9");
    follows("${{ format('v{0}', inputs.dagger-version) }}", "here 9");
    follows("${{ fromJSON(inputs.dagger-version) }}", "here 9");
    follows("${{ fromJSON(inputs.dagger-version).x }}", "outside");
    follows("$[ variables.VERSION ]", "there VERSION");
    follows("$[variables['VERSION']]", "there VERSION");
    follows("${{ format('{0}.{1}', inputs.dagger-version, 1) }}", "outside");
    follows("${{ steps.v.outputs.version }}", "module ?");
    follows("${{ steps.w.outputs.version }}", "outside");
    follows("${{ vars.DAGGER_VERSION }}", "outside");
    follows("${{ inputs.x == '0.21.4' }}", "outside");
    follows("${{ 'it''s' && ( }}", "outside");
    follows("${{ }}", "outside");
    check("${{ inputs.x || '0.21.4' }}", &[("0.21.4", "0.21.4")]);
    check("${{ vars.X || 'latest' }}", &[("latest", "-")]);
    check(
        "${{ github.ref == 'v0.1.0' && !(a > 1) && 'v1.2.3' || 'v1.2.4' }}",
        &[("v1.2.3", "1.2.3"), ("v1.2.4", "1.2.4")],
    );
    check("${{ inputs.x && format('v{0}', '0.21.4') }}", &[("0.21.4", "0.21.4")]);
    follows(&format!("${{{{ {}x }}}}", "(".repeat(100)), "outside");
}

#[test]
fn templates_follow_values_and_variables() {
    let follows = |text: &str, follow: &str| check(text, &[(text, follow)]);
    follows("{{ .Values.engine.tag }}", "chart charts/app engine.tag");
    follows("v{{- $.Values.engine.tag | quote -}}", "chart charts/app engine.tag");
    follows("{{ .Values.tag | trimPrefix \"v\" }}", "chart charts/app tag");
    follows("{{ .Chart.AppVersion }}", "chart charts/app @appVersion");
    follows("{{ include \"x.tag\" . }}", "outside");
    follows("{{ .DAGGER_VERSION }}", "there DAGGER_VERSION");
    follows("{{.version}}", "here 7");
    follows("{{ dagger_release_version[1:] }}", "there dagger_release_version");
    follows("{{ x }}", "outside");
    check("{{ .Values.tag | default \"v0.21.4\" }}", &[("v0.21.4", "0.21.4")]);
    check("{{ x | default('0.21.4') }}", &[("0.21.4", "0.21.4")]);
}

#[test]
fn commands_that_read_a_module_follow_it() {
    let follows = |text: &str, follow: &str| check(text, &[(text, follow)]);
    follows("$(jq -r .engineVersion dagger.json)", "module dagger.json");
    follows("$(jq -r '.engineVersion' ./ci/dagger.json | sed 's/^v//')", "module ci/dagger.json");
    follows("`grep engineVersion dagger-module.toml | cut -d'\"' -f2`", "module dagger-module.toml");
    follows("$(cat \"$ROOT/dagger.json\" | jq -r .engineVersion)", "module ?");
    follows("$(cat \"$FILE\" | jq -r .engineVersion)", "outside");
    follows("$(cat .dagger-version)", "outside");
    follows("$(echo \"$version\" | sed -E 's/^v+//g')", "here 7");
    follows("$(echo \"$version $OTHER\")", "outside");
    follows("$(sed -n 's/^ARG DAGGER_VERSION=//p' Dockerfile)", "there DAGGER_VERSION");
    follows("$(grep 'DAGGER_VERSION: ' ci.yml | cut -d' ' -f2)", "there DAGGER_VERSION");
    follows("$(detect_latest)", "outside");
    follows("$(DAGGER_VERSION)", "there DAGGER_VERSION");
    check("$(jq -r .engineVersion dagger.json || echo \"v0.21.4\")", &[("v0.21.4", "0.21.4")]);
    check("$(jq -r '.engineVersion // \"v0.21.4\"' dagger.json)", &[("v0.21.4", "0.21.4")]);
}
