//! The zone file on disk.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::day::ZoneDay;
use super::zone::{Zone, serial_in};
use crate::limits::MAX_ZONE_BYTES;

/// What [`write_zone`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneWritten {
    /// The file.
    pub path: PathBuf,
    /// The serial number in it.
    pub serial: u32,
    /// Whether it was written, rather than found as it should be.
    pub is_changed: bool,
}

/// Writes a zone to `STATE/dns/DOMAIN.db`, if it says anything new, and returns the file.
///
/// The folder is made if it is missing (0700). The file is replaced as a whole (0600), and its
/// serial number grows: today's first, or one more than it was. Blocks on the disk.
pub fn write_zone(state: &Path, zone: &Zone, today: ZoneDay) -> Result<ZoneWritten, ZoneError> {
    let folder = state.join("dns");
    let path = folder.join(zone.domain().file_name());
    let fail = |doing| {
        let path = path.clone();
        move |source| ZoneError {
            doing,
            path,
            source,
        }
    };
    make_folder(&folder).map_err(fail("make the folder of"))?;
    let present = read(&path).map_err(fail("read"))?;
    let serial = present.as_deref().and_then(serial_in);
    if let (Some(text), Some(serial)) = (&present, serial)
        && *text == zone.render(serial)
    {
        return Ok(ZoneWritten {
            path,
            serial,
            is_changed: false,
        });
    }
    let serial = today.serial_after(serial);
    replace(&folder, &path, &zone.render(serial)).map_err(fail("write"))?;
    Ok(ZoneWritten {
        path,
        serial,
        is_changed: true,
    })
}

/// Why a zone file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing} the zone file `{}`; check the permissions of the state directory, or remove `discovery.wideArea.domain`", path.display())]
pub struct ZoneError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The file's text; nothing if it is missing, too large or no text, and so none of ours.
fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX_ZONE_BYTES + 1).read_to_end(&mut bytes)?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|len| len <= MAX_ZONE_BYTES);
    Ok(String::from_utf8(bytes).ok().filter(|_| fits))
}

fn replace(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    // Made with 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wide_area::zone::{ZoneFacts, sample};

    fn day(seconds: u64) -> ZoneDay {
        ZoneDay::of_unix_seconds(seconds)
    }

    const FIRST: u64 = 1_767_225_600;
    const NEXT: u64 = FIRST + 86_400;

    #[test]
    fn a_zone_is_rewritten_only_when_it_says_something_new() {
        let state = tempfile::tempdir().unwrap();
        let zone = Zone::new(&sample());
        let first = write_zone(state.path(), &zone, day(FIRST)).unwrap();
        assert_eq!(first.path, state.path().join("dns/openclaw.internal.db"));
        assert_eq!((first.serial, first.is_changed), (2026010101, true));
        assert_eq!(
            fs::read_to_string(&first.path).unwrap(),
            zone.render(2026010101)
        );

        let again = write_zone(state.path(), &zone, day(NEXT)).unwrap();
        assert_eq!((again.serial, again.is_changed), (2026010101, false));

        let other = Zone::new(&ZoneFacts {
            gateway_port: 1,
            ..sample()
        });
        let same_day = write_zone(state.path(), &other, day(FIRST)).unwrap();
        assert_eq!((same_day.serial, same_day.is_changed), (2026010102, true));
        let next_day = write_zone(state.path(), &zone, day(NEXT)).unwrap();
        assert_eq!((next_day.serial, next_day.is_changed), (2026010201, true));
        let back = write_zone(state.path(), &other, day(FIRST)).unwrap();
        assert_eq!(
            (back.serial, back.is_changed),
            (2026010202, true),
            "never backwards"
        );
    }

    #[test]
    fn a_broken_file_is_replaced_and_its_serial_kept() {
        let state = tempfile::tempdir().unwrap();
        let zone = Zone::new(&sample());
        let written = write_zone(state.path(), &zone, day(NEXT)).unwrap();
        let text = fs::read_to_string(&written.path).unwrap();
        fs::write(&written.path, text.replace("18789 studio", "6666 evil")).unwrap();
        let mended = write_zone(state.path(), &zone, day(FIRST)).unwrap();
        assert_eq!((mended.serial, mended.is_changed), (2026010202, true));
        for junk in [Vec::new(), vec![0xff; 10], vec![b'x'; 100_000]] {
            fs::write(&written.path, junk).unwrap();
            assert!(
                write_zone(state.path(), &zone, day(FIRST))
                    .unwrap()
                    .is_changed
            );
            assert_eq!(
                fs::read_to_string(&written.path).unwrap(),
                zone.render(2026010101)
            );
        }
        assert_eq!(
            fs::read_dir(state.path().join("dns")).unwrap().count(),
            1,
            "nothing left over"
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_look() {
        use std::os::unix::fs::PermissionsExt as _;

        let state = tempfile::tempdir().unwrap();
        let written = write_zone(state.path(), &Zone::new(&sample()), day(FIRST)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&written.path), 0o600);
        assert_eq!(mode(&state.path().join("dns")), 0o700);
    }

    #[test]
    fn a_failure_names_the_file_and_a_way_out() {
        let state = tempfile::tempdir().unwrap();
        fs::write(state.path().join("dns"), "no folder").unwrap();
        let error = write_zone(state.path(), &Zone::new(&sample()), day(FIRST)).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("openclaw.internal.db") && text.contains("discovery.wideArea.domain"),
            "{text}"
        );
    }
}
