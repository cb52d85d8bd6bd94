//! Asks package managers, as the repository uses them, which versions they can have.
