//! The user of the operating system, whom the audit trail names for what is done at the command line.

/// The name and number of the user whose rights this process has.
#[cfg(unix)]
pub(crate) fn current() -> String {
    let uid = nix::unistd::geteuid();
    // Containers often run as a number without a name.
    let name = nix::unistd::User::from_uid(uid).ok().flatten().map(|user| user.name);
    name.map_or_else(|| format!("uid {uid}"), |name| format!("{name} (uid {uid})"))
}

/// Not known on this system.
#[cfg(not(unix))]
pub(crate) fn current() -> String {
    "not known".to_owned()
}
