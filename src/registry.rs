//! Asks OCI registries (distribution-spec) what a tag is.
