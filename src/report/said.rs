//! What others say, as it can stand among our own words.

use std::error::Error;

/// Returns at most `max` characters of a foreign text, without what a terminal would obey; line breaks are among that.
pub fn printable(said: &str, max: usize) -> String {
    said.chars().filter(|c| !c.is_control()).take(max).collect()
}

/// Returns an error with what caused it, on one line.
pub fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_left_out() {
        assert_eq!(printable("\u{1b}[2Jno\n\u{9b}é", 10), "[2Jnoé");
        assert_eq!(printable("é\tab", 2), "éa");
    }

    #[test]
    fn causes_stand_behind_what_they_caused() {
        #[derive(Debug, thiserror::Error)]
        #[error("it failed")]
        struct Failed(#[source] std::fmt::Error);
        assert_eq!(with_causes(&Failed(std::fmt::Error)), format!("it failed: {}", std::fmt::Error));
        assert_eq!(with_causes(&std::fmt::Error), std::fmt::Error.to_string());
    }
}
