use super::Site;
use crate::text::Edit;
use crate::value::Version;

/// Why a site cannot be given another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is in the way, as a lowercase fragment.
    pub reason: String,
    /// What a person can do.
    pub hint: String,
}

/// Returns the edits that make the site state `version`, companions included, or why that cannot
/// be done without leaving something wrong beside it.
pub fn write(site: &Site, version: &Version) -> Result<Vec<Edit>, Refusal> {
    let _ = (site, version);
    Ok(Vec::new())
}
