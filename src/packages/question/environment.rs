//! Variables that keep a client from asking back, telling others, colouring, fetching itself anew, and
//! trying for minutes.

use std::ffi::OsString;

use crate::channel::Manager;

const ALL: [(&str, &str); 9] = [
    ("LC_ALL", "C"),
    ("LANGUAGE", "C"),
    ("CI", "1"),
    ("NO_COLOR", "1"),
    ("TERM", "dumb"),
    // Some wrap their words.
    ("COLUMNS", "1000"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("DO_NOT_TRACK", "1"),
    ("NO_UPDATE_NOTIFIER", "1"),
];

const NPM: &[(&str, &str)] = &[
    ("npm_config_update_notifier", "false"),
    ("npm_config_fetch_retries", "1"),
    ("npm_config_fetch_retry_mintimeout", "200"),
    ("npm_config_fetch_retry_maxtimeout", "200"),
];

/// A manager that a repository pins is what is on the path: Corepack and pnpm would fetch it, and
/// Corepack would write to `package.json`.
const COREPACK: &[(&str, &str)] = &[
    ("COREPACK_ENABLE_NETWORK", "0"),
    ("COREPACK_ENABLE_AUTO_PIN", "0"),
    ("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0"),
];

const PNPM: &[(&str, &str)] = &[
    ("npm_config_manage_package_manager_versions", "false"),
    ("pnpm_config_pm_on_fail", "ignore"),
    ("pnpm_config_fetch_retries", "1"),
    ("pnpm_config_fetch_retry_mintimeout", "200"),
];

const YARN: &[(&str, &str)] =
    &[("YARN_ENABLE_TELEMETRY", "0"), ("YARN_ENABLE_COLORS", "0"), ("YARN_HTTP_RETRY", "1")];

const DENO: &[(&str, &str)] = &[("DENO_NO_UPDATE_CHECK", "1"), ("DENO_NO_PROMPT", "1")];

const PIP: &[(&str, &str)] = &[
    ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
    ("PIP_NO_INPUT", "1"),
    ("PIP_NO_COLOR", "1"),
    ("PIP_RETRIES", "1"),
    ("PIP_REQUIRE_VIRTUALENV", "0"),
    ("PYTHONWARNINGS", "ignore"),
];

const UV: &[(&str, &str)] =
    &[("UV_PYTHON_DOWNLOADS", "never"), ("UV_NO_PROGRESS", "1"), ("UV_HTTP_RETRIES", "1")];

const POETRY: &[(&str, &str)] = &[("POETRY_NO_INTERACTION", "1"), ("POETRY_VIRTUALENVS_CREATE", "false")];

const CARGO: &[(&str, &str)] = &[
    ("CARGO_TERM_COLOR", "never"),
    ("CARGO_TERM_PROGRESS_WHEN", "never"),
    // It says there whether it has asked anybody.
    ("CARGO_TERM_QUIET", "false"),
    ("CARGO_NET_RETRY", "1"),
];

const GO: &[(&str, &str)] = &[("GO111MODULE", "on"), ("GOWORK", "off"), ("GOTOOLCHAIN", "local")];

const COMPOSER: &[(&str, &str)] = &[("COMPOSER_NO_INTERACTION", "1"), ("COMPOSER_ALLOW_SUPERUSER", "1")];

/// Returns what the client gets beside the variables of this process.
pub(super) fn of(manager: Manager) -> Vec<(&'static str, OsString)> {
    let own: &[&[(&'static str, &'static str)]] = match manager {
        Manager::Npm => &[NPM],
        Manager::Pnpm => &[NPM, COREPACK, PNPM],
        Manager::YarnClassic | Manager::YarnBerry => &[COREPACK, YARN],
        Manager::Bun => &[],
        Manager::Deno => &[DENO],
        Manager::Pip | Manager::Pdm | Manager::Pipenv => &[PIP],
        Manager::Uv => &[UV],
        Manager::Poetry => &[POETRY],
        Manager::Cargo => &[CARGO],
        Manager::Go => &[GO],
        Manager::Mix => &[],
        Manager::Composer => &[COMPOSER],
    };
    let own = own.iter().copied().flatten();
    ALL.iter().chain(own).map(|(name, value)| (*name, OsString::from(value))).collect()
}
