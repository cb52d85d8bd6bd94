//! What the name of a key says about its value.

/// Keys whose values are read by people.
const PROSE: [&str; 30] = [
    "about",
    "abstract",
    "annotations",
    "body",
    "caption",
    "changelog",
    "comment",
    "comments",
    "desc",
    "description",
    "descriptions",
    "docs",
    "documentation",
    "example",
    "examples",
    "help",
    "hint",
    "instructions",
    "message",
    "messages",
    "note",
    "notes",
    "prompt",
    "readme",
    "release_notes",
    "releasenotes",
    "remarks",
    "summary",
    "title",
    "tooltip",
];

/// Keys whose values are run by a shell.
const SCRIPTS: [&str; 38] = [
    "after_script",
    "args",
    "bash",
    "before",
    "before_install",
    "before_script",
    "bootcmd",
    "build",
    "cmd",
    "cmds",
    "command",
    "commands",
    "deploy",
    "entrypoint",
    "exec",
    "init",
    "inline",
    "inlinescript",
    "install",
    "post_build",
    "postbuild",
    "powershell",
    "pre_build",
    "pre_install",
    "prebuild",
    "pwsh",
    "raw",
    "run",
    "runcmd",
    "script",
    "scripts",
    "setup",
    "sh",
    "shell",
    "test",
    "user_data",
    "win_shell",
    "bootstrap",
];

/// Keys whose values give names values: a map, a list of `{name, value}`, a list of `NAME=value`.
const VARIABLES: [&str; 24] = [
    "args",
    "arguments",
    "build_args",
    "buildargs",
    "config",
    "env",
    "env_variables",
    "env_vars",
    "environment",
    "environment_variables",
    "environmentvariables",
    "envs",
    "envvars",
    "extra_env",
    "extra_env_vars",
    "extraenv",
    "extraenvvars",
    "inputs",
    "parameters",
    "params",
    "set_fact",
    "substitutions",
    "variables",
    "vars",
];

/// Returns whether nothing in the file is a site: locks, and the configuration of bots that update
/// versions.
pub(super) fn is_ignored_file(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let name = file.trim_start_matches('.').to_ascii_lowercase();
    ["pnpm-lock.", "renovate", "dependabot."].iter().any(|known| name.starts_with(known))
}

/// Returns whether the value of `key` is prose, in which a version is only spoken of.
pub(super) fn is_prose(key: &str) -> bool {
    PROSE.contains(&plain(key).as_str())
}

/// Returns whether the value of `key` is run by a shell.
pub(super) fn is_script(key: &str) -> bool {
    SCRIPTS.contains(&plain(key).as_str())
}

/// Returns whether the value of `key` is an image reference and nothing else, so that a missing
/// tag is one.
pub(super) fn is_image(key: &str) -> bool {
    let key = plain(key);
    key == "ref" || key == "container" || key.ends_with("image")
}

/// Returns whether the value of `key` gives names values.
pub(super) fn holds_variables(key: &str) -> bool {
    VARIABLES.contains(&plain(key).as_str())
}

/// Returns whether the file holds the values of a Helm chart.
pub(super) fn is_chart_values(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let stem = file.trim_end_matches(".yaml").trim_end_matches(".yml");
    stem.starts_with("values") || stem.ends_with("values")
}

/// Returns the key as the tables above spell it: `ansible.builtin.shell` is `shell`.
fn plain(key: &str) -> String {
    let key = key.rsplit_once("ansible.builtin.").map_or(key, |(_, module)| module);
    key.to_ascii_lowercase().replace('-', "_")
}
