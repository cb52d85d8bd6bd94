//! The tables of our own files, declared once: what they hold, what each key means and what stands
//! there. Readers and JSON Schemas come from the same lines, so that neither knows a key that the
//! other does not.

/// Declares tables. Of each comes
///
/// * a struct with the node of every key, whose `read` refuses every other key with its nearest
///   neighbour and misses what is `[required]`; a key that no reader looks at is a warning of the
///   compiler;
/// * in tests, a struct of the same name in `shape`, from whose types and words the JSON Schema is
///   made. A module `shapes` beside the declaring one says what the types are; `where (…)` adds to
///   the schema what a table of types cannot say.
///
/// A key that is no Rust name is written behind its name: `nar_hash as "nar-hash": NarHash`. What
/// stands behind `=` is an example in JSON.
macro_rules! tables {
    ($(
        $(#[doc = $about:expr])*
        $name:ident $what:literal $(where ($($rule:tt)*))? {
            $($(#[doc = $doc:expr])* $([$required:ident])? $key:ident $(as $word:literal)?: $shape:ty = $example:tt;)*
        }
    )*) => {
        $(
            $(#[doc = $about])*
            pub(super) struct $name<'n, 'a> {
                $(
                    $(#[doc = $doc])*
                    pub(super) $key: $crate::document::tables::held!([$($required)?] &'n $crate::document::Node<'a>),
                )*
            }

            impl<'n, 'a> $name<'n, 'a> {
                /// Every key.
                pub(super) const KEYS: &'static [&'static str] =
                    &[$($crate::document::tables::word!($key $($word)?)),*];

                /// Returns the nodes of a table that has what it needs, and no other keys.
                pub(super) fn read(
                    node: &'n $crate::document::Node<'a>,
                ) -> Result<Self, $crate::document::Mistake> {
                    $(let mut $key = None;)*
                    for (key, value) in $crate::document::strict::entries(node, $what)? {
                        match key.text() {
                            $($crate::document::tables::word!($key $($word)?) => $key = Some(value),)*
                            _ => return Err($crate::document::strict::unknown(key, Self::KEYS)),
                        }
                    }
                    Ok(Self {
                        $($key: $crate::document::tables::hold!(
                            [$($required)?] node, $what, $crate::document::tables::word!($key $($word)?), $key
                        ),)*
                    })
                }
            }
        )*

        /// The same tables as types that know their JSON Schema.
        #[cfg(test)]
        pub(super) mod shape {
            use super::super::shapes::*;
            $(
                $(#[doc = $about])*
                #[derive(schemars::JsonSchema)]
                #[schemars(deny_unknown_fields $(, extend($($rule)*))?)]
                #[expect(dead_code, reason = "only its schema matters")]
                pub(in super::super) struct $name {
                    $(
                        $(#[doc = $doc])*
                        $(#[schemars(rename = $word)])?
                        #[schemars(extend("examples" = [$example]))]
                        $key: $crate::document::tables::held!([$($required)?] $shape),
                    )*
                }
            )*
        }
    };
}

/// What a key holds: something, or perhaps something.
macro_rules! held {
    ([required] $type:ty) => { $type };
    ([] $type:ty) => { Option<$type> };
}

/// Makes what [`held`] says of what was found.
macro_rules! hold {
    ([required] $table:expr, $what:expr, $key:expr, $found:expr) => {
        $crate::document::strict::required($table, $what, $key, $found)?
    };
    ([] $table:expr, $what:expr, $key:expr, $found:expr) => {
        $found
    };
}

/// A key as it is written.
macro_rules! word {
    ($key:ident) => {
        stringify!($key)
    };
    ($key:ident $word:literal) => {
        $word
    };
}

pub(crate) use {held, hold, tables, word};
