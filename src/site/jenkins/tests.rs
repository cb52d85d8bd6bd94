use crate::site::shown::check_at;

fn check(text: &str, expect: &[&str]) {
    check_at("Jenkinsfile", text, expect);
}

const INSTALL: &str = "curl -fsSL https://dl.dagger.io/dagger/install.sh";
const ENVIRONMENT: &[&str] = &["env.version 0.21.8 mirror 0.21.8"];
const VARIABLE: &[&str] = &["variable 0.21.8 mirror 0.21.8"];
const ENGINE: &[&str] = &["image.engine v0.21.8 mirror 0.21.8"];

#[test]
fn a_name_is_given_a_version_in_many_ways() {
    for text in [
        "pipeline { environment { DAGGER_VERSION = '0.21.8' } }",
        "pipeline {\r\n  environment {\r\n    DAGGER_VERSION=\"0.21.8\" // 0.1.0\r\n  }\r\n}",
        "env.DAGGER_VERSION = \"0.21.8\"\n",
        "withEnv(['A=b', \"DAGGER_VERSION=0.21.8\"]) { sh 'dagger version' }",
        "parameters { string(name: 'DAGGER_VERSION', defaultValue: '0.21.8', description: 'not 0.1.0') }",
        "parameters { string(defaultValue: '0.21.8', name: 'DAGGER_VERSION') }",
        "parameters { choice(name: 'DAGGER_VERSION', choices: ['0.21.8', '0.20.8']) }",
        "properties([parameters([string(name: 'DAGGER_VERSION', defaultValue: '0.21.8')])])",
        "sh 'export DAGGER_VERSION=0.21.8'",
        "docker.image('alpine').inside('-e DAGGER_VERSION=0.21.8') { }",
        "agent { dockerfile { additionalBuildArgs '--build-arg DAGGER_VERSION=0.21.8' } }",
    ] {
        check(text, ENVIRONMENT);
    }
    for text in [
        "def daggerVersion = '0.21.8'",
        "final String daggerVersion = '''0.21.8'''",
        "def call(String daggerVersion = '0.21.8') { }",
        "def call(Map config = [:]) { def version = config.daggerVersion ?: '0.21.8' }",
        "installDagger(daggerVersion: '0.21.8')",
    ] {
        check(text, VARIABLE);
    }
    for text in [
        "// DAGGER_VERSION = '0.21.8'\n/* def daggerVersion = '0.21.8' */",
        "if (env.DAGGER_VERSION == '0.21.8') { }",
        "when { environment name: 'DAGGER_VERSION', value: '0.21.8' }",
        "DAGGER_VERSION != '0.21.8'",
        "def daggerVersion = '2.51.1'",
        "echo 'DAGGER_VERSION=0.21.8 registry.dagger.io/engine:v0.21.8'",
        "def daggerModuleVersion = '0.21.8'",
        "version = '0.21.8'",
        "DAGGER_VERSION = '0.21.8",
    ] {
        check(text, &[]);
    }
    check(
        "def daggerVersion = isRelease ? '0.21.8' : '0.20.8'",
        &[VARIABLE[0], "variable 0.20.8 mirror 0.20.8"],
    );
}

#[test]
fn images_stand_in_agents_and_calls() {
    for text in [
        "agent { docker { image 'registry.dagger.io/engine:v0.21.8' } }",
        "docker.image('registry.dagger.io/engine:v0.21.8').inside { sh 'dagger call x' }",
        "docker.withRegistry('') { docker.image(\"registry.dagger.io/engine:v0.21.8\").pull() }",
        "containerTemplate(name: 'dagger', image: 'registry.dagger.io/engine:v0.21.8')",
        "agent { kubernetes { yaml '''\nspec:\n  containers:\n    - image: registry.dagger.io/engine:v0.21.8\n''' } }",
        "def host = 'docker-image://registry.dagger.io/engine:v0.21.8'",
        "sh \"docker run \\\n registry.dagger.io/engine:v0.21.8\"",
    ] {
        let text = text.replace("run \\\n", "run ");
        check(&text, ENGINE);
    }
    check(
        "agent { docker { image 'registry.dagger.io/engine' } }",
        &["image.engine registry.dagger.io/engine mirror -"],
    );
    check("agent { docker { image 'registry.dagger.io/engine:latest' } }", &["image.engine latest mirror -"]);
}

#[test]
fn scripts_see_what_the_pipeline_sets() {
    let environment = "environment { DAGGER_VERSION = '0.21.8' }\n";
    for script in [
        format!("sh '{INSTALL} | sh'"),
        format!("sh(script: '''\n  {INSTALL} | BIN_DIR=/tmp sh\n''', returnStdout: true)"),
        format!("sh label: 'x', script: \"{INSTALL} | sh\""),
    ] {
        check(&format!("pipeline {{ {environment} stages {{ {script} }} }}"), ENVIRONMENT);
        check(&script, &["install.script https://dl.dagger.io/dagger/install.sh mirror -"]);
        check(
            &format!("stage('a') {{ {environment} }}\nstage('b') {{ {script} }}"),
            &[ENVIRONMENT[0], "install.script https://dl.dagger.io/dagger/install.sh mirror -"],
        );
    }
    for (quote, call) in [
        ("'", "$DAGGER_VERSION"),
        ("\"", "${DAGGER_VERSION}"),
        ("\"", "${env.DAGGER_VERSION}"),
        ("\"\"\"", "${params.DAGGER_VERSION}"),
        ("\"", "${params.DAGGER_VERSION.trim()}"),
    ] {
        check(
            &format!("{environment}sh {quote}{INSTALL} | DAGGER_VERSION={call} sh{quote}"),
            &[ENVIRONMENT[0], &format!("install.script {call} derived 0.21.8")],
        );
    }
    check(
        &format!("{environment}sh \"\"\"{INSTALL} | DAGGER_VERSION=\\$DAGGER_VERSION sh\"\"\""),
        &[ENVIRONMENT[0], "install.script $DAGGER_VERSION derived 0.21.8"],
    );
    check(
        "def tag = 'v0.21.8'\ndocker.image(\"registry.dagger.io/engine:${tag}\")",
        &["variable v0.21.8 mirror 0.21.8", "image.engine ${tag} derived 0.21.8"],
    );
    check(
        "def tag = params.TAG ?: 'v0.21.8'\ndocker.image(\"registry.dagger.io/engine:$tag\")",
        &["variable v0.21.8 mirror 0.21.8", "image.engine $tag derived 0.21.8"],
    );
    check(
        &format!("sh \"{INSTALL} | DAGGER_VERSION=${{params.V ?: '0.21.8'}} sh\""),
        &["install.script 0.21.8 mirror 0.21.8"],
    );
}

#[test]
fn a_module_that_is_read_decides() {
    for text in [
        "env.DAGGER_VERSION = sh(script: 'jq -r .engineVersion dagger.json', returnStdout: true).trim()",
        "environment { DAGGER_VERSION = \"${sh(script: 'jq -r .engineVersion dagger.json', returnStdout: true).trim()}\" }",
        "def DAGGER_VERSION = readJSON(file: './dagger.json').engineVersion",
    ] {
        let text = format!("{text}\ndocker.image(\"registry.dagger.io/engine:${{DAGGER_VERSION}}\")");
        let source = crate::text::Source::new(text.into_bytes());
        let mut scan = crate::site::Scan::new("Jenkinsfile");
        super::find(source.text(), &mut scan);
        let image = scan.sites.iter().find(|(site, _)| site.kind == crate::site::Kind::ImageEngine);
        let follow = image.and_then(|(_, follow)| follow.clone());
        let follow = match follow {
            Some(super::Follow::Here(index)) => scan.definitions[index].follows.clone(),
            follow => follow,
        };
        assert_eq!(follow, Some(super::Follow::Module(Some("dagger.json".to_owned()))), "{}", source.text());
    }
}

#[test]
fn no_text_makes_it_fail() {
    for text in [
        "{{{{",
        "}}}}",
        "=",
        ":",
        "'",
        "\"\"\"",
        "$/",
        "a ? b :",
        "sh(",
        "name: defaultValue:",
        "choices: [",
        "é = 'é'",
        "\\",
    ] {
        let text = format!("dagger {text} DAGGER_VERSION = '0.21.8'");
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            let mut scan = crate::site::Scan::new("Jenkinsfile");
            super::find(&text[..end], &mut scan);
        }
    }
}
