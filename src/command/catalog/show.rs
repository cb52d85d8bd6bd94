use crate::catalog::{self, Catalog};
use crate::command::survey::read_lock;
use crate::command::{Common, Exit, Outcome};
use crate::report::{self, Format, Known};
use crate::value::{Rev, Version};
use crate::world;

/// Fewer digits are no abbreviation of a commit, as git has it.
const SHORTEST: usize = 7;

/// What `pin catalog show` is told.
#[derive(Debug, Clone)]
pub struct CatalogShowOptions {
    /// What every verb is told.
    pub common: Common,
    /// A version, or a commit of the flake that packages the CLI, or at least seven digits of one.
    pub subject: String,
    /// How the answer is printed.
    pub format: Format,
}

/// Returns everything that is known about a release or a commit.
pub fn catalog_show(options: &CatalogShowOptions) -> Outcome {
    show(options).unwrap_or_else(|outcome| outcome)
}

fn show(options: &CatalogShowOptions) -> Result<Outcome, Outcome> {
    let root = world::find_root(&options.common.directory);
    let catalog = read_lock(&root)?;
    let known = match asked(&options.subject, &catalog)? {
        Asked::Release(version) => Known::of_release(&catalog, &version),
        Asked::Revision(rev) => Known::of_revision(&catalog, &rev)
            .ok_or_else(|| unknown(&format!("nothing is known about the commit {rev}")))?,
    };
    let stdout = match options.format {
        Format::Human => report::human_known(&known),
        Format::Json => report::json_known(&known),
    };
    let outcome = match known {
        Known::Release(release) if !release.is_listed => {
            unknown(&format!("neither this pin nor pin.lock names a release {}", release.version))
        }
        Known::Release(_) | Known::Revision(_) => Outcome::default(),
        Known::Inferred(rev, ..) => {
            unknown(&format!("what {rev} packages is only inferred, so it counts as unknown"))
        }
    };
    Ok(Outcome { stdout, ..outcome })
}

enum Asked {
    Release(Version),
    Revision(Rev),
}

fn asked(subject: &str, catalog: &Catalog) -> Result<Asked, Outcome> {
    if let Some(version) = Version::parse(subject) {
        return Ok(Asked::Release(version));
    }
    if let Some(rev) = Rev::parse(subject) {
        return Ok(Asked::Revision(rev));
    }
    let is_hex = subject.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_hex || !(SHORTEST..40).contains(&subject.len()) {
        let message = format!(
            "`{subject}` is neither a version such as 0.21.8 nor a commit, wanted at least {SHORTEST} \
             hexadecimal digits of one"
        );
        return Err(Outcome::usage(&message, None));
    }
    let mut revs = catalog::commits_beginning_with(subject);
    let learnt = catalog.learnt_revisions().map(|learnt| learnt.fact.rev);
    revs.extend(learnt.filter(|rev| rev.to_string().starts_with(subject)));
    match Vec::from_iter(revs).as_slice() {
        [] => Err(unknown(&format!("nothing is known about a commit that begins with {subject}"))),
        [rev] => Ok(Asked::Revision(*rev)),
        several => {
            let several: Vec<String> = several.iter().map(ToString::to_string).collect();
            let message = format!("several commits begin with {subject}: {}", several.join(", "));
            Err(Outcome::usage(&message, Some("write more digits")))
        }
    }
}

fn unknown(message: &str) -> Outcome {
    let hint = "run `pin catalog update`, which asks what the commits are that this repository names";
    Outcome::error(Exit::Failure, message, Some(hint))
}
