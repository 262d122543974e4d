//! User of the operating system, which the audit trail records for commands.

/// Name and id of the effective user of this process.
#[cfg(unix)]
pub(crate) fn current() -> String {
    let uid = nix::unistd::geteuid();
    // Containers often run under an id that has no name.
    let name = nix::unistd::User::from_uid(uid).ok().flatten().map(|user| user.name);
    name.map_or_else(|| format!("uid {uid}"), |name| format!("{name} (uid {uid})"))
}

/// Unknown on this system.
#[cfg(not(unix))]
pub(crate) fn current() -> String {
    "not known".to_owned()
}
