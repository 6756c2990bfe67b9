//! Programs that this machine lacks, or that must not be let loose on it. Each does as much of the
//! real one's work as the pages need, and fails at anything else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Name and script. `%STATE%` in a script is the folder where the stand-ins keep what they know.
const SCRIPTS: &[(&str, &str)] = &[
    ("systemctl", include_str!("stand_ins/systemctl.sh")),
    ("journalctl", include_str!("stand_ins/journalctl.sh")),
    ("sudo", "#!/bin/sh\nexec \"$@\"\n"),
    (
        "loginctl",
        "#!/bin/sh\n[ \"$1\" = enable-linger ] && [ -n \"$2\" ]\n",
    ),
    ("ufw", include_str!("stand_ins/ufw.sh")),
    // Somebody who confirms the host key at the first login.
    ("askpass", "#!/bin/sh\necho yes\n"),
];

/// Writes them into this folder; what they know is kept in the other.
pub(crate) fn write(folder: &Path, state: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::create_dir_all(state).unwrap();
    for (name, script) in SCRIPTS {
        let file = folder.join(name);
        fs::write(&file, script.replace("%STATE%", state.to_str().unwrap())).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
}
