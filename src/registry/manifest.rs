//! What stands behind a tag: an index with one manifest for each platform, or one manifest.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::value::Digest;

/// The four types that a tag can have today (image-spec, "Media types"; Docker's "schema 2").
pub(super) const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.docker.distribution.manifest.v2+json";

const INDICES: [&str; 2] =
    ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

const MANIFESTS: [&str; 2] =
    ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: u64,
    media_type: Option<String>,
    manifests: Option<Vec<Entry>>,
    config: Option<IgnoredAny>,
    layers: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Entry {
    digest: String,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

/// Returns the digest of each platform's manifest (`linux/amd64`), none when there is only one manifest.
/// `kind` is the type that the registry says.
pub(super) fn platforms(body: &[u8], kind: Option<&str>) -> Result<BTreeMap<String, Digest>, String> {
    let document: Document = super::parse(body)?;
    if document.schema_version != 2 {
        return Err(format!("it has version {} of the format, wanted 2", document.schema_version));
    }
    // What could be read both ways is two images with one digest (OCI image-spec GHSA-77vh-xpmg-72qh).
    let is_index = document.manifests.is_some();
    if is_index == (document.config.is_some() || document.layers.is_some()) {
        return Err("it is neither an index nor a manifest".to_owned());
    }
    let said = kind.map(|kind| kind.split(';').next().unwrap_or(kind).trim());
    for kind in [said, document.media_type.as_deref()].into_iter().flatten() {
        let is_other = if is_index { MANIFESTS.contains(&kind) } else { INDICES.contains(&kind) };
        if is_other {
            return Err(format!("it is not what its type says, `{}`", super::cleaned(kind)));
        }
    }
    let mut platforms = BTreeMap::new();
    for Entry { digest, platform } in document.manifests.unwrap_or_default() {
        let Some(platform) = platform.map(Platform::name).transpose()?.flatten() else {
            continue;
        };
        let digest = Digest::parse(&digest);
        let digest = digest.ok_or_else(|| format!("the digest of {platform} is no SHA-256"))?;
        // Windows has several that differ in what is no part of the name; clients take the first.
        let _ = platforms.entry(platform).or_insert(digest);
    }
    Ok(platforms)
}

impl Platform {
    /// Returns the platform by the one name that container engines give it (containerd, package
    /// `platforms`, "Normalization"), or `None` for what runs nowhere: signatures, attestations.
    fn name(self) -> Result<Option<String>, String> {
        let (os, architecture) = (self.os.to_ascii_lowercase(), self.architecture.to_ascii_lowercase());
        let variant = self.variant.unwrap_or_default().to_ascii_lowercase();
        if os == "unknown" || architecture == "unknown" {
            return Ok(None);
        }
        let os = if os == "macos" { "darwin" } else { &os };
        let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
            ("i386", _) => ("386", ""),
            ("x86_64" | "x86-64" | "amd64", "v1" | "") => ("amd64", ""),
            ("x86_64" | "x86-64" | "amd64", variant) => ("amd64", variant),
            ("aarch64" | "arm64", "8" | "v8" | "") => ("arm64", ""),
            ("aarch64" | "arm64", variant) => ("arm64", variant),
            ("armhf", _) => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", "" | "7") => ("arm", "v7"),
            ("arm", "5") => ("arm", "v5"),
            ("arm", "6") => ("arm", "v6"),
            ("arm", "8") => ("arm", "v8"),
            other => other,
        };
        let is_word = |word: &str| {
            let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            word.len() <= 32 && word.bytes().all(is_inner)
        };
        if os.is_empty() || architecture.is_empty() || ![os, architecture, variant].into_iter().all(is_word) {
            return Err("it names a platform that is none".to_owned());
        }
        let variant = if variant.is_empty() { String::new() } else { format!("/{variant}") };
        Ok(Some(format!("{os}/{architecture}{variant}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index(platforms: &[&str]) -> String {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let entries =
            platforms.iter().map(|platform| format!(r#"{{"digest":"{digest}","platform":{platform}}}"#));
        format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.collect::<Vec<_>>().join(","))
    }

    #[test]
    fn a_platform_has_one_name() {
        for (platform, expect) in [
            (r#"{"os":"linux","architecture":"amd64"}"#, &["linux/amd64"][..]),
            (r#"{"os":"Linux","architecture":"x86_64"}"#, &["linux/amd64"]),
            (r#"{"os":"linux","architecture":"amd64","variant":"v3"}"#, &["linux/amd64/v3"]),
            (r#"{"os":"linux","architecture":"arm64","variant":"v8"}"#, &["linux/arm64"]),
            (r#"{"os":"linux","architecture":"arm64","variant":"v9"}"#, &["linux/arm64/v9"]),
            (r#"{"os":"linux","architecture":"arm"}"#, &["linux/arm/v7"]),
            (r#"{"os":"linux","architecture":"arm","variant":"v6"}"#, &["linux/arm/v6"]),
            (r#"{"os":"windows","architecture":"amd64","os.version":"10.0"}"#, &["windows/amd64"]),
            (r#"{"os":"unknown","architecture":"unknown"}"#, &[]),
            ("null", &[]),
        ] {
            let found = platforms(index(&[platform]).as_bytes(), None).unwrap();
            assert_eq!(found.into_keys().collect::<Vec<_>>(), expect, "{platform}");
        }
        for platform in [
            r#"{"os":"","architecture":"amd64"}"#,
            r#"{"os":"linux","architecture":""}"#,
            r#"{"os":"li nux","architecture":"amd64"}"#,
            r#"{"os":"linux","architecture":"a/b"}"#,
            r#"{"os":"linux","architecture":"amd64","variant":"\"\n"}"#,
            r#"{"architecture":"amd64"}"#,
            "1",
        ] {
            assert!(platforms(index(&[platform]).as_bytes(), None).is_err(), "{platform}");
        }
    }

    #[test]
    fn what_is_neither_index_nor_manifest_is_refused() {
        let manifest = r#"{"schemaVersion":2,"config":{},"layers":[]}"#;
        let index = index(&[]);
        for (body, kind, expect) in [
            (manifest, None, ""),
            (manifest, Some(MANIFESTS[0]), ""),
            (manifest, Some("application/vnd.docker.distribution.manifest.v2+json; charset=utf-8"), ""),
            (manifest, Some("text/plain"), ""),
            (manifest, Some(INDICES[1]), "it is not what its type says"),
            (&index, Some(INDICES[0]), ""),
            (&index, Some(MANIFESTS[0]), "it is not what its type says"),
            ("", None, "no JSON at line 1"),
            ("<html>", None, "no JSON at line 1"),
            ("{}", None, "unexpected JSON at line 1"),
            ("\"secret\"", None, "unexpected JSON at line 1, column 8"),
            (r#"{"schemaVersion":1,"fsLayers":[]}"#, None, "it has version 1 of the format"),
            (r#"{"schemaVersion":2}"#, None, "it is neither"),
            (r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#, None, "it is neither"),
            (r#"{"schemaVersion":2,"manifests":[],"config":{}}"#, None, "it is neither"),
            (
                r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","layers":[]}"#,
                None,
                "it is not",
            ),
            (
                r#"{"schemaVersion":2,"manifests":[{"digest":"sha512:0a","platform":{"os":"a","architecture":"b"}}]}"#,
                None,
                "the digest of a/b",
            ),
        ] {
            let found = platforms(body.as_bytes(), kind).map_or_else(|why| why, |_| String::new());
            assert!(found.starts_with(expect) && found.is_empty() == expect.is_empty(), "{body}: {found}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in r#"\{"schemaVersion":2,"(manifests|config)":[\[\]{}":,a-z0-9\\ ]{0,40}\}"#) {
            drop(platforms(body.as_bytes(), None));
        }
    }
}
