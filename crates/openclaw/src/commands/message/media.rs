//! Files that go with a message: on the web, or on this machine.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::CliError;

/// What goes with the text.
#[derive(Debug)]
pub(super) enum Media {
    /// Nothing.
    None,
    /// Files on the web; the Gateway fetches them.
    Urls(Vec<String>),
    /// A file of this machine, whose bytes go along.
    File(File),
}

/// A file of this machine.
#[derive(Debug)]
pub(super) struct File {
    /// Its name without folders.
    pub(super) name: String,
    /// Its bytes in base64.
    pub(super) base64: String,
}

/// The largest file that is sent along: its base64 fits into a frame of protocol 4.
const LARGEST: u64 = 16 * 1024 * 1024;

impl Media {
    /// Reads what `--media` names.
    pub(super) fn of(named: &[String]) -> Result<Self, CliError> {
        match named {
            [] => Ok(Self::None),
            all if all.iter().all(|name| is_url(name)) => Ok(Self::Urls(all.to_vec())),
            [file] => read(Path::new(file)).map(Self::File),
            _ => Err(CliError::usage(
                "one file of this machine can be sent at a time; several must be URLs",
            )),
        }
    }

    /// Whether there is none.
    pub(super) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether its bytes go along.
    pub(super) const fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// The first address.
    pub(super) fn url(&self) -> Option<&str> {
        match self {
            Self::Urls(urls) => urls.first().map(String::as_str),
            Self::None | Self::File(_) => None,
        }
    }
}

fn is_url(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("https://") || name.starts_with("http://")
}

fn read(path: &Path) -> Result<File, CliError> {
    let unreadable = |why: String| CliError::failure(format!("{} not read: {why}", path.display()));
    let size = std::fs::metadata(path)
        .map_err(|error| unreadable(error.to_string()))?
        .len();
    if size > LARGEST {
        return Err(unreadable(format!(
            "it has {size} bytes, and at most {LARGEST} can be sent along; give a URL instead"
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let name = path.file_name().and_then(|name| name.to_str());
    Ok(File {
        name: name.unwrap_or("file").to_owned(),
        base64: STANDARD.encode(bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::Media;

    fn of(named: &[&str]) -> Result<Media, crate::error::CliError> {
        let named: Vec<String> = named.iter().map(|&name| name.to_owned()).collect();
        Media::of(&named)
    }

    #[test]
    fn addresses_stay_addresses_and_a_file_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.txt");
        std::fs::write(&file, "tea").unwrap();
        let Media::File(read) = of(&[file.to_str().unwrap()]).unwrap() else {
            panic!("a file")
        };
        assert_eq!(
            (read.name.as_str(), read.base64.as_str()),
            ("a.txt", "dGVh")
        );
        let urls = of(&["https://e.org/a", "HTTP://e.org/b"]).unwrap();
        assert_eq!(urls.url(), Some("https://e.org/a"));
        assert!(of(&[]).unwrap().is_none());
    }

    #[test]
    fn missing_files_and_mixtures_are_refused() {
        assert!(of(&["/nonexistent/a"]).is_err());
        assert!(of(&["/nonexistent/a", "https://e.org/b"]).is_err());
    }
}
