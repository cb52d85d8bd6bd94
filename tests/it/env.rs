//! `pin env`.
