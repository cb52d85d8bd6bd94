//! Who may use a daemon's socket, by what the file system says about it.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::address::Address;
use super::miss::Miss;
use crate::world;

/// A socket, as far as it says who may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// Its path.
    pub path: PathBuf,
    /// The number of its owner.
    pub owner: u32,
    /// The number of its group.
    pub group: u32,
    /// The name of its group, if it has one here.
    pub group_name: Option<String>,
    /// Who may do what, as in `0660`.
    pub mode: u32,
    /// Whether this process is in the group.
    pub is_in_group: bool,
    /// Whether the user is in the group by the machine's list, so that they would be after they have logged in again.
    pub is_listed: bool,
}

impl Socket {
    /// Returns what the file system says about the socket behind a path.
    pub fn look(path: &Path, user: Option<&str>) -> Option<Self> {
        let metadata = fs::metadata(path).ok().filter(|metadata| metadata.file_type().is_socket())?;
        let entry = group(&read("/etc/group"), metadata.gid());
        let groups = rustix::process::getgroups().unwrap_or_default();
        let own = rustix::process::getegid().as_raw();
        Some(Self {
            path: path.to_owned(),
            owner: metadata.uid(),
            group: metadata.gid(),
            mode: metadata.mode() & 0o7777,
            is_in_group: own == metadata.gid() || groups.iter().any(|group| group.as_raw() == metadata.gid()),
            is_listed: entry.as_ref().is_some_and(|(_, members)| {
                user.is_some_and(|user| members.iter().any(|member| member == user))
            }),
            group_name: entry.map(|(name, _)| name),
        })
    }

    /// Returns its group by name, or by number where it has none here.
    pub fn group(&self) -> String {
        self.group_name.clone().unwrap_or_else(|| self.group.to_string())
    }

    /// Returns whether its group may use it, and is not just root's.
    pub const fn is_for_group(&self) -> bool {
        self.mode & 0o060 == 0o060 && self.group != 0
    }

    /// Returns whether everybody on the machine may use it, and so become root.
    pub const fn is_for_everybody(&self) -> bool {
        self.mode & 0o002 != 0
    }
}

/// Returns the address by which one daemon is known, whatever links lead to its socket.
pub(super) fn settled(address: &Address) -> Result<Address, Miss> {
    let Address::Unix(path) = address else { return Ok(address.clone()) };
    match fs::metadata(path) {
        Ok(metadata) if is_socket(&metadata) => {
            Ok(Address::Unix(fs::canonicalize(path).unwrap_or_else(|_| path.clone())))
        }
        Ok(_) => Err(Miss::Dead("it is no socket".to_owned())),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(Miss::Forbidden(None)),
        // A link to nowhere is what a Docker Desktop leaves that does not run.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(Miss::Absent)
        }
        Err(error) => Err(Miss::Dead(error.to_string())),
    }
}

fn is_socket(metadata: &Metadata) -> bool {
    metadata.file_type().is_socket()
}

fn read(path: &str) -> String {
    let bytes = world::read(Path::new(path)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns name and members of a group (group(5)).
fn group(text: &str, number: u32) -> Option<(String, Vec<String>)> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _password, own, members) =
            (fields.next()?, fields.next()?, fields.next()?, fields.next().unwrap_or_default());
        let members = members.split(',').filter(|member| !member.is_empty()).map(str::to_owned).collect();
        (own.parse() == Ok(number) && is_name(name)).then(|| (name.to_owned(), members))
    })
}

/// A name goes into a command that is printed.
fn is_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !name.is_empty() && name.bytes().all(is_inner) && !name.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn groups_are_read_as_the_system_does() {
        let text = "root:x:0:\ndocker:x:998:ann,bob\nodd\n-x:x:5:\n:x:6:\nlast:x:7";
        let check = |number: u32, expect: Option<(&str, &[&str])>| {
            let found = group(text, number);
            let expect = expect.map(|(name, members)| {
                (name.to_owned(), members.iter().map(|member| (*member).to_owned()).collect())
            });
            assert_eq!(found, expect, "{number}");
        };
        check(0, Some(("root", &[])));
        check(998, Some(("docker", &["ann", "bob"])));
        check(7, Some(("last", &[])));
        for absent in [1, 5, 6] {
            check(absent, None);
        }
    }

    proptest! {
        #[test]
        fn no_list_of_groups_is_too_much(text in "([a-z]?:?x?:?[0-9]{0,2}:?[a-z,:é]{0,4}\n?){0,6}") {
            if let Some((name, _)) = group(&text, 5) {
                prop_assert!(is_name(&name));
            }
        }
    }

    #[test]
    fn a_path_that_leads_to_no_socket_is_told_apart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let look = |path: &Path| settled(&Address::Unix(path.to_owned()));
        assert!(matches!(look(&path), Err(Miss::Absent)));
        std::os::unix::fs::symlink("nowhere", directory.path().join("link")).unwrap();
        assert!(matches!(look(&directory.path().join("link")), Err(Miss::Absent)));
        assert!(matches!(look(directory.path()), Err(Miss::Dead(why)) if why == "it is no socket"));
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert_eq!(look(&path).ok(), Some(Address::Unix(fs::canonicalize(&path).unwrap())));
        let socket = Socket::look(&path, None).unwrap();
        assert!(socket.is_in_group && !socket.is_listed, "{socket:?}");
    }
}
