mod trace;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::scan::{Definition, Follow, Name, Role};
use super::{Format, Kind, Scan, Site, Stated, chart_lock, lock, name, package, shared};
use crate::text::Span;

pub use trace::{Hop, trace};

const CIRCLE: &str = "the indirection goes in a circle";

/// A definition, by file and index in it.
type Id = (usize, usize);

/// Where a chain of indirections ends.
struct End {
    stated: Stated,
    origin: Option<(String, Span)>,
    /// The definitions on the way, the last one first.
    route: Vec<Id>,
}

/// Returns every site of the repository, sorted by place: those that stand by themselves, the
/// definitions that are sites, and the derived ones with the value they stand for.
///
/// Indirections are followed inside the repository only. What leaves it, goes in a circle, or has
/// several values becomes [`Stated::Unresolved`] with the reason in words.
pub fn resolve(files: &[Scan<'_>]) -> Vec<Site> {
    let mut resolver = Resolver::new(files);
    let mut sites = Vec::new();
    for (file, scan) in files.iter().enumerate() {
        for (site, follow) in &scan.sites {
            let mut site = site.clone();
            for decider in scan.deciders(site.span) {
                resolver.follow(file, decider, &mut Vec::new());
            }
            if let Some(follow) = follow {
                let end = resolver.follow(file, follow, &mut Vec::new());
                site.stated = end.stated;
                site.origin = end.origin;
            }
            site.companions.extend(scan.copies(site.span));
            sites.push(site);
        }
    }
    // A definition may follow another one that has no site of its own yet.
    for (file, scan) in files.iter().enumerate() {
        for index in 0..scan.definitions.len() {
            if resolver.is_named(file, index) {
                resolver.end_of((file, index), &mut Vec::new());
            }
        }
    }
    for (file, scan) in files.iter().enumerate() {
        for (index, definition) in scan.definitions.iter().enumerate() {
            sites.extend(resolver.site_of(file, index, definition));
        }
    }
    let suggested: Vec<Site> = files.iter().flat_map(|scan| scan.suggestions(&sites)).cloned().collect();
    sites.extend(suggested);
    chart_lock::settle(files, &mut sites);
    lock::settle(&mut sites);
    package::settle(files, &mut sites);
    shared::settle(files, &mut sites);
    sites.sort_by(|left, right| (&left.path, left.span).cmp(&(&right.path, right.span)));
    keep_apart(sites)
}

/// One value may be known under two names, and an expression may hold another place: of two sites
/// that share bytes, what stands there by itself is kept, else the first.
fn keep_apart(sites: Vec<Site>) -> Vec<Site> {
    let mut kept: Vec<Site> = Vec::with_capacity(sites.len());
    for site in sites {
        match kept.last_mut() {
            Some(last) if last.path == site.path && last.span.overlaps(site.span) => {
                if last.role == Role::Derived && site.role != Role::Derived {
                    *last = site;
                }
            }
            _ => kept.push(site),
        }
    }
    kept
}

struct Resolver<'a> {
    files: &'a [Scan<'a>],
    by_name: BTreeMap<&'a Name, Vec<Id>>,
    /// Definitions that a site depends on, directly or not.
    followed: BTreeSet<Id>,
}

impl<'a> Resolver<'a> {
    fn new(files: &'a [Scan<'a>]) -> Self {
        let mut by_name: BTreeMap<&Name, Vec<Id>> = BTreeMap::new();
        for (file, scan) in files.iter().enumerate() {
            for (index, definition) in scan.definitions.iter().enumerate() {
                by_name.entry(&definition.name).or_default().push((file, index));
            }
        }
        Self { files, by_name, followed: BTreeSet::new() }
    }

    fn follow(&mut self, file: usize, follow: &Follow, seen: &mut Vec<Id>) -> End {
        match follow {
            Follow::Here(index) => self.end_of((file, *index), seen),
            Follow::There(name) => self.look_up(file, name, seen),
            Follow::Module(path) => self.module(file, path.as_deref()),
            Follow::Outside(words) => unresolved(words.clone()),
        }
    }

    fn end_of(&mut self, id: Id, seen: &mut Vec<Id>) -> End {
        if seen.contains(&id) {
            return unresolved(CIRCLE.to_owned());
        }
        let files = self.files;
        let Some(definition) = files[id.0].definitions.get(id.1) else {
            return unresolved("nothing is defined there".to_owned());
        };
        self.followed.insert(id);
        seen.push(id);
        for decider in files[id.0].deciders(definition.span) {
            self.follow(id.0, decider, seen);
        }
        self.follow_alternatives(id, seen);
        let mut end = match &definition.follows {
            Some(follow) => self.follow(id.0, follow, seen),
            None => {
                let origin = Some((files[id.0].path.to_owned(), definition.span));
                let stated = if definition.is_intended {
                    Stated::Unresolved("several versions on purpose".to_owned())
                } else {
                    definition.stated.clone()
                };
                End { stated, origin, route: Vec::new() }
            }
        };
        end.route.push(id);
        seen.pop();
        end
    }

    /// What callers give an input, and the other values of a matrix, decide the version as much as
    /// the one that was followed.
    fn follow_alternatives(&mut self, id: Id, seen: &mut Vec<Id>) {
        let files = self.files;
        let definition = &files[id.0].definitions[id.1];
        let is_input = matches!(definition.name, Name::Input { .. });
        if !is_input && !definition.is_intended {
            return;
        }
        let same_name = self.by_name.get(&definition.name).cloned().unwrap_or_default();
        for (file, index) in same_name {
            let other = &files[file].definitions[index];
            let takes_part = is_input || (file == id.0 && other.is_intended);
            if !takes_part || !self.followed.insert((file, index)) {
                continue;
            }
            if let Some(follow) = &other.follows {
                self.follow(file, follow, seen);
            }
        }
    }

    /// Looks a name up in the other files: the nearest definitions count, and they must agree.
    fn look_up(&mut self, file: usize, name: &Name, seen: &mut Vec<Id>) -> End {
        let words = words_for(name);
        let path = self.files[file].path;
        // `DAGGER_VERSION: ${DAGGER_VERSION}` takes it from elsewhere, not from itself.
        let reaches = |id: &Id| is_in_reach(path, self.files[id.0].path, name) && !seen.contains(id);
        let mut found: Vec<Id> =
            self.by_name.get(name).into_iter().flatten().copied().filter(reaches).collect();
        // `X=${X:-latest}` takes the X that was there before.
        let n_found = found.len();
        found.retain(|id| !seen.contains(id));
        if found.is_empty() && n_found > 0 {
            return unresolved(CIRCLE.to_owned());
        }
        let Some(nearest) = found.iter().map(|id| distance(path, self.files[id.0].path)).min() else {
            return unresolved(format!("{words} is not set in this repository"));
        };
        found.retain(|id| distance(path, self.files[id.0].path) == nearest);
        let mut ends: Vec<End> = found.into_iter().map(|id| self.end_of(id, seen)).collect();
        let last = ends.pop();
        match last {
            Some(end) if ends.iter().all(|other| other.stated == end.stated) => end,
            _ => unresolved(format!("{words} has different values in this repository")),
        }
    }

    /// Returns what the module file states: the one at `path`, as written from the root or from
    /// the file's own directory, else the only version there is.
    fn module(&self, file: usize, path: Option<&str>) -> End {
        let modules = self.files.iter().flat_map(|scan| &scan.sites).map(|(site, _)| site);
        let modules: Vec<&Site> = modules.filter(|site| site.kind == Kind::ModuleEngineVersion).collect();
        let directory = parent(self.files[file].path);
        let wanted = path.map(|path| [normalise("", path), normalise(directory, path)]);
        let at_path = modules.iter().find(|site| wanted.iter().flatten().any(|path| *path == site.path));
        if let Some(site) = at_path {
            return End {
                stated: site.stated.clone(),
                origin: Some((site.path.clone(), site.span)),
                route: Vec::new(),
            };
        }
        match modules.split_first() {
            Some((first, rest)) if rest.iter().all(|site| site.stated == first.stated) => End {
                stated: first.stated.clone(),
                origin: Some((first.path.clone(), first.span)),
                route: Vec::new(),
            },
            _ => unresolved("the module file it reads is not in this repository".to_owned()),
        }
    }

    /// Returns whether the definition's own name says that it holds the engine's version.
    fn is_named(&self, file: usize, index: usize) -> bool {
        let definition = &self.files[file].definitions[index];
        let (Name::Variable(name) | Name::Input { name, .. } | Name::ChartValue { key: name, .. }) =
            &definition.name
        else {
            return false;
        };
        let Some(last) = name.rsplit('.').next() else { return false };
        if !name::says_dagger_version(last) && !name::says_dagger_version(name) {
            return false;
        }
        // A `tag` that comes from elsewhere may be any tag.
        if definition.follows.is_some() && !name.to_ascii_lowercase().contains("version") {
            return false;
        }
        match &definition.stated {
            // Dagger for Java and Android counts from 2, the engine has not reached it.
            Stated::Version(version) => version.major() < 2,
            Stated::Partial(partial) => {
                matches!(partial.split('.').next(), Some("0" | "1")) && partial.contains('.')
            }
            Stated::Missing => false,
            Stated::Invalid(_) => definition.follows.is_some(),
            _ => true,
        }
    }

    fn site_of(&mut self, file: usize, index: usize, definition: &Definition) -> Option<Site> {
        let scan = &self.files[file];
        let is_followed = self.followed.contains(&(file, index));
        // What only hands another value on is judged where the value stands and where it is used.
        let is_stated = definition.stated != Stated::Missing && definition.follows.is_none();
        let is_site = (is_followed && is_stated) || self.is_named(file, index);
        if !is_site || scan.covers(definition.span) {
            return None;
        }
        let kind = scan.kind_of(definition);
        let (stated, origin, role) = match &definition.follows {
            Some(follow) => {
                let end = self.follow(file, follow, &mut vec![(file, index)]);
                (end.stated, end.origin, Role::Derived)
            }
            None if definition.is_intended => (definition.stated.clone(), None, Role::Intended),
            None => (definition.stated.clone(), None, Role::Mirror),
        };
        Some(Site {
            path: scan.path.to_owned(),
            span: definition.span,
            toolchain: super::DAGGER.to_owned(),
            kind,
            role,
            stated,
            text: definition.text.clone(),
            origin,
            companions: scan.copies(definition.span).collect(),
            declared: None,
            repository: None,
        })
    }
}

fn unresolved(words: String) -> End {
    End { stated: Stated::Unresolved(words), origin: None, route: Vec::new() }
}

fn words_for(name: &Name) -> String {
    match name {
        Name::Variable(name) => format!("`{name}`"),
        Name::Input { file, name } => format!("input `{name}` of `{file}`"),
        Name::ChartValue { key, .. } => format!("chart value `{key}`"),
        Name::Catalog(name) if name.is_empty() => "the catalog's entry".to_owned(),
        Name::Catalog(name) => format!("the entry of catalog `{name}`"),
    }
}

/// Returns whether what one file defines can be seen from another.
///
/// A workflow's environment is its own. A variable whose name says nothing is looked up near by
/// only, where environments are described: `VERSION` means something else in every other directory
/// and every other script.
pub(super) fn is_in_reach(from: &str, to: &str, name: &Name) -> bool {
    let variable = match name {
        Name::Variable(variable) => variable,
        Name::Catalog(_) => return Path::new(parent(from)).starts_with(parent(to)),
        Name::Input { .. } | Name::ChartValue { .. } => return true,
    };
    let (follower, definer) = (Format::of(from), Format::of(to));
    if from == to {
        return true;
    }
    if definer == Some(Format::Workflow) && follower == Some(Format::Workflow) {
        return false;
    }
    let describes_environment =
        matches!(definer, Some(Format::Dotenv | Format::Yaml | Format::Mise | Format::Devbox))
            || to.rsplit('/').next() == Some(".envrc");
    let is_below = |path: &str, other: &str| Path::new(parent(path)).starts_with(parent(other));
    // What includes another file of its kind has its names; Terraform includes its directory.
    let is_included = follower == definer
        && match definer {
            Some(Format::Makefile | Format::Justfile) => is_below(from, to) || is_below(to, from),
            Some(Format::Terraform) => parent(from) == parent(to),
            _ => false,
        };
    name::says_dagger_version(variable) || (describes_environment && is_below(from, to)) || is_included
}

/// How many directories lie between two files.
fn distance(from: &str, to: &str) -> usize {
    let (from, to) = (parent(from), parent(to));
    let parts = |path: &str| path.split('/').filter(|part| !part.is_empty()).count();
    let common = from
        .split('/')
        .zip(to.split('/'))
        .take_while(|(left, right)| left == right && !left.is_empty())
        .count();
    parts(from) + parts(to) - 2 * common
}

pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

pub(super) fn normalise(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn define(scan: &mut Scan<'_>, name: &str, text: &str, follows: Option<Follow>) -> usize {
        scan.define(Definition {
            name: Name::Variable(name.to_owned()),
            span: Span::new(100 * scan.definitions.len(), 100 * scan.definitions.len() + text.len()),
            text: text.to_owned(),
            stated: Stated::of(text),
            follows,
            is_intended: false,
        })
    }

    /// Returns `path text role value` of every site.
    fn check(files: &[Scan<'_>], expect: &[&str]) {
        let found: Vec<String> = resolve(files)
            .iter()
            .map(|site| {
                let value = site.stated.value().unwrap_or_else(|| format!("{:?}", site.stated));
                format!("{} {} {} {value}", site.path, site.text, site.role.as_str())
            })
            .collect();
        assert_eq!(found, expect);
    }

    fn there(name: &str) -> Follow {
        Follow::There(Name::Variable(name.to_owned()))
    }

    #[test]
    fn a_followed_definition_is_a_site() {
        let mut scan = Scan::new("a.sh");
        let tag = define(&mut scan, "TAG", "0.21.8", None);
        define(&mut scan, "OTHER", "0.1.0", None);
        scan.add_derived(Kind::ImageEngine, Span::new(900, 904), "$TAG", Follow::Here(tag));
        check(&[scan], &["a.sh 0.21.8 mirror 0.21.8", "a.sh $TAG derived 0.21.8"]);
    }

    #[test]
    fn a_name_is_looked_up_nearest_first() {
        let mut near = Scan::new("deploy/.env");
        define(&mut near, "DAGGER_VERSION", "0.21.8", None);
        let mut far = Scan::new("other/.env");
        define(&mut far, "DAGGER_VERSION", "0.20.0", None);
        let mut user = Scan::new("deploy/compose.yaml");
        user.add_derived(Kind::ImageEngine, Span::new(1, 2), "$", there("DAGGER_VERSION"));
        let expect = [
            "deploy/.env 0.21.8 mirror 0.21.8",
            "deploy/compose.yaml $ derived 0.21.8",
            "other/.env 0.20.0 mirror 0.20.0",
        ];
        check(&[near, far, user], &expect);
    }

    #[test]
    fn a_name_that_hands_itself_on_is_looked_up_elsewhere() {
        let mut compose = Scan::new("compose.yaml");
        define(&mut compose, "DAGGER_VERSION", "$DAGGER_VERSION", Some(there("DAGGER_VERSION")));
        let mut env = Scan::new("deploy/.env");
        define(&mut env, "DAGGER_VERSION", "0.21.8", None);
        let expect = ["compose.yaml $DAGGER_VERSION derived 0.21.8", "deploy/.env 0.21.8 mirror 0.21.8"];
        check(&[compose, env], &expect);
    }

    #[test]
    fn what_leaves_the_repository_or_goes_in_a_circle_is_said() {
        let mut scan = Scan::new("a.sh");
        define(&mut scan, "A", "$B", Some(Follow::Here(1)));
        define(&mut scan, "B", "$A", Some(Follow::Here(0)));
        scan.add_derived(Kind::EnvVersion, Span::new(900, 901), "x", Follow::Here(0));
        scan.add_derived(Kind::EnvVersion, Span::new(910, 911), "y", there("DAGGER_VERSION"));
        scan.add_derived(
            Kind::EnvVersion,
            Span::new(920, 921),
            "z",
            Follow::Outside("`vars.X` is set outside".to_owned()),
        );
        let sites = resolve(&[scan]);
        let words: Vec<_> = sites
            .iter()
            .filter(|site| site.text.len() == 1)
            .map(|site| format!("{:?}", site.stated))
            .collect();
        assert_eq!(
            words,
            [
                "Unresolved(\"the indirection goes in a circle\")",
                "Unresolved(\"`DAGGER_VERSION` is not set in this repository\")",
                "Unresolved(\"`vars.X` is set outside\")"
            ]
        );
    }

    #[test]
    fn a_reader_of_a_module_file_derives_its_version() {
        let mut module = Scan::new("ci/dagger.json");
        module.add(Kind::ModuleEngineVersion, Span::new(1, 7), "v0.21.8", Stated::of("v0.21.8"));
        let mut user = Scan::new("ci/run.sh");
        user.add_derived(
            Kind::EnvVersion,
            Span::new(1, 2),
            "$",
            Follow::Module(Some("./dagger.json".to_owned())),
        );
        check(&[module, user], &["ci/dagger.json v0.21.8 mirror 0.21.8", "ci/run.sh $ derived 0.21.8"]);
    }

    #[test]
    fn the_java_library_of_the_same_name_is_not_ours() {
        let mut scan = Scan::new("gradle.yaml");
        define(&mut scan, "DAGGER_VERSION", "2.51.1", None);
        define(&mut scan, "DAGGER_VERSION", "2.51", None);
        check(&[scan], &[]);
    }
}
