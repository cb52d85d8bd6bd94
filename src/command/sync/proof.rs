use crate::command::survey::{Stock, find_sites};
use crate::command::{Exit, Outcome, Survey};
use crate::config;
use crate::finding::Location;
use crate::lockstep::Repository;
use crate::plan::Plan;
use crate::site::Site;
use crate::text::Source;

/// Finds the sites of what would be written: each must state what it should, and nothing else may
/// have changed.
pub(super) fn prove(plan: &Plan, survey: &Survey) -> Result<(), Outcome> {
    if plan.changes.is_empty() {
        return Ok(());
    }
    let mut after = Repository { flakes: survey.repository.flakes.clone(), ..Repository::default() };
    after.catalog.clone_from(&survey.repository.catalog);
    after.sources.clone_from(&survey.repository.sources);
    for change in &plan.changes {
        after.sources.insert(change.path.clone(), Source::new(change.after.clone()));
    }
    // The truth itself may stand in pin.toml, and is then one of the sites.
    let own = after
        .sources
        .get(&survey.config.path)
        .map(|source| config::parse(&survey.config.path, source.text()));
    let own = own.and_then(Result::ok);
    let Stock { sites, problems, .. } = find_sites(&after, own.as_ref().unwrap_or(&survey.config));
    let before = &survey.repository.sites;
    let is_same_place = |(old, new): (&Site, &Site)| {
        let is_written = plan.writes(old);
        (&old.path, old.kind, old.role) == (&new.path, new.kind, new.role)
            && if is_written { plan.reads_as_wanted(new, &survey.config) } else { old.text == new.text }
    };
    let is_proved =
        problems.is_empty() && before.len() == sites.len() && before.iter().zip(&sites).all(is_same_place);
    if is_proved {
        return Ok(());
    }
    let first = before.iter().zip(&sites).find(|pair| !is_same_place(*pair));
    let place = first.map(|(site, _)| survey.repository.file_line(&Location::of(site)));
    let message = format!(
        "the edited text would not read back as wanted{}",
        place.map(|place| format!(" at {place}")).unwrap_or_default()
    );
    let is_declared = first.is_some_and(|(site, _)| site.declared.is_some());
    let hint = if is_declared {
        "nothing was written; what pin.toml says of this place does not find the new version there"
    } else {
        "nothing was written; please report this file"
    };
    Err(Outcome::error(Exit::Failure, &message, Some(hint)))
}
