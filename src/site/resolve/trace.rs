use super::{Resolver, words_for};
use crate::site::{Scan, Site};
use crate::text::Span;

/// A place on the way from where a value is used to where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The file.
    pub path: String,
    /// The value's bytes there.
    pub span: Span,
    /// The name that holds the value, in words.
    pub name: String,
}

/// Returns for each site the places that its value was followed over, in their order; none for a site whose value stands
/// there itself. Where the way ends without a version, the places up to that point.
pub fn trace<'s>(files: &[Scan<'_>], sites: impl IntoIterator<Item = &'s Site>) -> Vec<Vec<Hop>> {
    let mut resolver = Resolver::new(files);
    sites.into_iter().map(|site| hops(&mut resolver, site)).collect()
}

fn hops(resolver: &mut Resolver<'_>, site: &Site) -> Vec<Hop> {
    let files = resolver.files;
    let Some(file) = files.iter().position(|scan| scan.path == site.path) else { return Vec::new() };
    let here = files[file].sites.iter().find(|(other, _)| other.span == site.span);
    let end = match here {
        Some((_, Some(follow))) => resolver.follow(file, follow, &mut Vec::new()),
        Some((_, None)) => return Vec::new(),
        None => {
            let defined = files[file].definitions.iter().position(|definition| definition.span == site.span);
            let Some(index) = defined else { return Vec::new() };
            let Some(follow) = &files[file].definitions[index].follows else { return Vec::new() };
            resolver.follow(file, follow, &mut vec![(file, index)])
        }
    };
    let hop = |(file, index): &(usize, usize)| {
        let definition = &files[*file].definitions[*index];
        let (path, name) = (files[*file].path.to_owned(), words_for(&definition.name));
        Hop { path, span: definition.span, name }
    };
    let mut hops: Vec<Hop> = end.route.iter().rev().map(hop).collect();
    let is_known = |(path, span): &&(String, Span)| {
        hops.last().is_some_and(|last| last.path == *path && last.span == *span)
    };
    if let Some((path, span)) = end.origin.filter(|origin| !is_known(&origin)) {
        hops.push(Hop { path, span, name: "`engineVersion`".to_owned() });
    }
    hops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{Definition, Follow, Kind, Name, Stated};

    fn define(scan: &mut Scan<'_>, name: &str, text: &str, follows: Option<Follow>) -> usize {
        let start = 100 * scan.definitions.len();
        scan.define(Definition {
            name: Name::Variable(name.to_owned()),
            span: Span::new(start, start + text.len()),
            text: text.to_owned(),
            stated: Stated::of(text),
            follows,
            is_intended: false,
        })
    }

    /// Returns `path:start name` of each hop from the site that stands at `start`.
    fn check(files: &[Scan<'_>], path: &str, start: usize, expect: &[&str]) {
        let sites = crate::site::resolve(files);
        let site = sites.iter().find(|site| site.path == path && site.span.start == start).unwrap();
        let hops: Vec<String> = trace(files, [site])[0]
            .iter()
            .map(|hop| format!("{}:{} {}", hop.path, hop.span.start, hop.name))
            .collect();
        assert_eq!(hops, expect);
    }

    fn there(name: &str) -> Follow {
        Follow::There(Name::Variable(name.to_owned()))
    }

    #[test]
    fn every_place_on_the_way_is_named() {
        let mut env = Scan::new(".env");
        define(&mut env, "DAGGER_VERSION", "0.21.8", None);
        let mut script = Scan::new("a.sh");
        let version = define(&mut script, "VERSION", "$DAGGER_VERSION", Some(there("DAGGER_VERSION")));
        define(&mut script, "DAGGER_TAG_VERSION", "$VERSION", Some(Follow::Here(version)));
        script.add_derived(Kind::ImageEngine, Span::new(900, 904), "$TAG", Follow::Here(1));
        script.add_derived(Kind::ImageEngine, Span::new(910, 914), "$NO", there("DAGGER_NO_VERSION"));
        let files = [env, script];
        let to_the_end = ["a.sh:100 `DAGGER_TAG_VERSION`", "a.sh:0 `VERSION`", ".env:0 `DAGGER_VERSION`"];
        check(&files, "a.sh", 900, &to_the_end);
        check(&files, "a.sh", 100, &to_the_end[1..]);
        check(&files, "a.sh", 910, &[]);
        check(&files, ".env", 0, &[]);
    }

    #[test]
    fn a_way_that_ends_in_a_module_file_or_nowhere_is_told_as_well() {
        let mut module = Scan::new("dagger.json");
        module.add(Kind::ModuleEngineVersion, Span::new(1, 7), "v0.21.8", Stated::of("v0.21.8"));
        let mut script = Scan::new("a.sh");
        let read = define(&mut script, "V", "$(jq)", Some(Follow::Module(None)));
        define(&mut script, "W", "$X", Some(there("X")));
        script.add_derived(Kind::EnvVersion, Span::new(900, 901), "x", Follow::Here(read));
        script.add_derived(Kind::EnvVersion, Span::new(910, 911), "y", Follow::Here(1));
        let files = [module, script];
        check(&files, "a.sh", 900, &["a.sh:0 `V`", "dagger.json:1 `engineVersion`"]);
        check(&files, "a.sh", 910, &["a.sh:100 `W`"]);
    }
}
