//! Asks a real Nix what the text of a repository alone cannot tell.
