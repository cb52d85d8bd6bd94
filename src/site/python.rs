//! Python packaging: `pyproject.toml`, requirements files, `setup.py`, `setup.cfg`, `Pipfile`, and the
//! locks of uv, Poetry, PDM and Pipenv (packaging.python.org, "Dependency specifiers").

mod requirement;

use super::format::{FilePath, Spec};
use super::{Kind, Scan, package};
use crate::document::{self, Node};
use crate::text::Fragment;
use crate::value::Grammar;

/// Manifests and locks.
pub(super) const FORMAT: Spec = Spec {
    names: &[
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "Pipfile",
        "Pipfile.lock",
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "pylock.toml",
        "constraints.txt",
    ],
    claims: |path| {
        matches!(path.extension, "txt" | "in")
            && (path.stem.starts_with("requirements")
                || path.stem.ends_with("requirements")
                || path.is_in("requirements"))
    },
    ..Spec::of(|source, scan| {
        let text = source.text();
        match FilePath::new(scan.path).file {
            "pyproject.toml" => with_toml(text, scan, find_project),
            "Pipfile" => with_toml(text, scan, |root, scan| {
                for key in ["packages", "dev-packages"] {
                    poetry_table(root.get(key), scan);
                }
            }),
            "Pipfile.lock" => {
                if let Ok(root) = document::parse_json(text) {
                    find_pipenv(&root, scan);
                }
            }
            "uv.lock" | "poetry.lock" | "pdm.lock" | "pylock.toml" => {
                with_toml(text, scan, |root, scan| {
                    package::find_locked(root, SDK, Kind::SdkPythonLock, scan);
                });
            }
            "setup.py" | "setup.cfg" => requirement::find_quoted_or_lines(text, scan),
            _ => requirement::find_lines(text, scan),
        }
        Ok(())
    })
};

/// The package that Python programs depend on.
const SDK: &str = "dagger-io";

fn with_toml(text: &str, scan: &mut Scan<'_>, find: impl FnOnce(&Node<'_>, &mut Scan<'_>)) {
    if let Ok(root) = document::parse_toml(text) {
        find(&root, scan);
    }
}

/// Adds the requirements of a project; where `uv` is told to take the package from elsewhere, they
/// ask for nothing.
fn find_project(root: &Node<'_>, scan: &mut Scan<'_>) {
    let tool = |name: &str| root.get("tool").and_then(|tool| tool.get(name));
    let uv_sources = tool("uv").and_then(|uv| uv.get("sources")).and_then(Node::as_map);
    let is_elsewhere = uv_sources.is_some_and(|sources| {
        sources.entries.iter().any(|(name, source)| {
            requirement::is_sdk(name.text()) && source.as_map().is_none_or(package::is_elsewhere)
        })
    });
    if is_elsewhere {
        return;
    }
    let project = root.get("project");
    list(project.and_then(|project| project.get("dependencies")), scan);
    lists(project.and_then(|project| project.get("optional-dependencies")), scan);
    lists(root.get("dependency-groups"), scan);
    list(root.get("build-system").and_then(|build| build.get("requires")), scan);
    list(tool("uv").and_then(|uv| uv.get("dev-dependencies")), scan);
    list(tool("uv").and_then(|uv| uv.get("constraint-dependencies")), scan);
    list(tool("uv").and_then(|uv| uv.get("override-dependencies")), scan);
    lists(tool("pdm").and_then(|pdm| pdm.get("dev-dependencies")), scan);
    let environments = tool("hatch").and_then(|hatch| hatch.get("envs")).and_then(Node::as_map);
    for (_, environment) in environments.into_iter().flat_map(|map| &map.entries) {
        list(environment.get("dependencies"), scan);
        list(environment.get("extra-dependencies"), scan);
    }
    if let Some(poetry) = tool("poetry") {
        poetry_table(poetry.get("dependencies"), scan);
        poetry_table(poetry.get("dev-dependencies"), scan);
        let groups = poetry.get("group").and_then(Node::as_map);
        for (_, group) in groups.into_iter().flat_map(|map| &map.entries) {
            poetry_table(group.get("dependencies"), scan);
        }
    }
}

/// Named lists of requirements.
fn lists(node: Option<&Node<'_>>, scan: &mut Scan<'_>) {
    let map = node.and_then(Node::as_map);
    map.into_iter().flat_map(|map| &map.entries).for_each(|(_, value)| list(Some(value), scan));
}

/// A list of requirements, each a text.
fn list(node: Option<&Node<'_>>, scan: &mut Scan<'_>) {
    let items = node.and_then(Node::as_list);
    for text in items.into_iter().flat_map(|list| &list.items).filter_map(Node::as_scalar) {
        requirement::find(&text.content, 0..text.text().len(), scan);
    }
}

/// A table of requirements by name.
fn poetry_table(node: Option<&Node<'_>>, scan: &mut Scan<'_>) {
    let table = node.and_then(Node::as_map);
    for (name, value) in table.into_iter().flat_map(|map| &map.entries) {
        if requirement::is_sdk(name.text()) {
            package::require_value(Kind::SdkPython, Grammar::Python, name, value, scan);
        }
    }
}

/// Pipenv locks an exact requirement.
fn find_pipenv(root: &Node<'_>, scan: &mut Scan<'_>) {
    for key in ["default", "develop"] {
        let version = root.get(key).and_then(|table| table.get(SDK)).and_then(|entry| entry.get("version"));
        let Some(version) = version.and_then(Node::as_scalar) else { continue };
        let start = version.text().len() - version.text().trim_start_matches('=').len();
        let fragment: &Fragment<'_> = &version.content;
        let stated = super::Stated::of(&version.text()[start..]);
        scan.add_in(Kind::SdkPythonLock, fragment, start..version.text().len(), stated);
    }
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    #[test]
    fn a_project_s_requirement_is_a_site() {
        let range = ["sdk.python >=0.18.2 mirror 0.18.2"];
        for text in [
            "[project]\ndependencies = [\"dagger-io>=0.18.2\", \"x\"]\n",
            "[project]\ndependencies = [\"dagger_io[otel] >=0.18.2 ; python_version > '3.11'\"]\n",
            "[project.optional-dependencies]\nci = ['dagger-io (>=0.18.2)']\n",
            "[dependency-groups]\ndev = [{include-group = \"x\"}, \"dagger.io>=0.18.2\"]\n",
            "[tool.uv]\ndev-dependencies = [\"dagger-io>=0.18.2\"]\n",
            "[tool.poetry.dependencies]\ndagger-io = { version = \">=0.18.2\", extras = [] }\n",
            "[tool.poetry.group.ci.dependencies]\ndagger-io = \">=0.18.2\"\n",
            "[tool.hatch.envs.ci]\ndependencies = [\"dagger-io>=0.18.2\"]\n",
        ] {
            check_at("pyproject.toml", text, &range);
        }
        check_at(
            "pyproject.toml",
            "[project]\ndependencies = [\"dagger-io\"]\n",
            &["sdk.python dagger-io mirror -"],
        );
        check_at(
            "pyproject.toml",
            "[tool.poetry.dependencies]\ndagger-io = \"^0.18.2\"\n",
            &["sdk.python ^0.18.2 mirror 0.18.2"],
        );
    }

    #[test]
    fn what_comes_from_elsewhere_is_none() {
        for text in [
            "[project]\ndependencies = [\"dagger-io ==0.18.4\"]\n[tool.uv.sources]\ndagger-io = { path = \"sdk\", editable = true }\n",
            "[project]\ndependencies = [\"dagger-io @ {root:uri}/sdk\", \"dagger-iox==1.0.0\", \"x-dagger-io==1\"]\n",
            "[tool.poetry.dependencies]\ndagger-io = { path = \"./sdk\", develop = true }\n",
            "[project]\nname = \"dagger-io\"\nversion = \"0.18.2\"\n",
            "nothing [",
        ] {
            check_at("pyproject.toml", text, &[]);
        }
    }

    #[test]
    fn requirements_files_and_setup_are_read_line_by_line() {
        let text = "# dagger-io==0.1.0\n--index-url x\n-e file:sdk\nDagger-IO==0.18.2 # why\r\nother==1.0.0\n    # via dagger-io\n";
        check_at("requirements.txt", text, &["sdk.python ==0.18.2 mirror 0.18.2"]);
        check_at(
            "requirements/ci.txt",
            "dagger-io==0.18.2 \\\n    --hash=sha256:00\n",
            &["sdk.python ==0.18.2 mirror 0.18.2"],
        );
        check_at("dev-requirements.in", "dagger-io~=0.18\n", &["sdk.python ~=0.18 mirror 0.18"]);
        check_at(
            "setup.py",
            "setup(install_requires=['dagger-io==0.18.2'])\n",
            &["sdk.python ==0.18.2 mirror 0.18.2"],
        );
        check_at(
            "setup.cfg",
            "[options]\ninstall_requires =\n    dagger-io==0.18.2\n",
            &["sdk.python ==0.18.2 mirror 0.18.2"],
        );
        check_at("Pipfile", "[packages]\ndagger-io = \"==0.18.2\"\n", &["sdk.python ==0.18.2 mirror 0.18.2"]);
    }

    #[test]
    fn the_locks_state_what_was_chosen() {
        let entry = "[[package]]\nname = \"dagger-io\"\nversion = \"0.18.2\"\n";
        let expect = ["sdk.python.lock 0.18.2 mirror 0.18.2"];
        check_at(
            "uv.lock",
            &format!("{entry}source = {{ registry = \"https://example.com/simple\" }}\n"),
            &expect,
        );
        check_at("poetry.lock", entry, &expect);
        check_at("pdm.lock", entry, &expect);
        check_at("uv.lock", &format!("{entry}source = {{ editable = \"sdk\" }}\n"), &[]);
        check_at(
            "poetry.lock",
            &format!("{entry}[package.source]\ntype = \"directory\"\nurl = \"sdk\"\n"),
            &[],
        );
        check_at("Pipfile.lock", r#"{"default":{"dagger-io":{"version":"==0.18.2"}}}"#, &expect);
    }
}
