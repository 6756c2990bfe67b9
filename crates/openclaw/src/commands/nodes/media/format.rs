//! What kinds of files are taken from nodes.

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands::nodes) enum Format {
    /// A JPEG picture.
    Jpeg,
    /// A PNG picture.
    Png,
    /// An MPEG-4 video.
    Mp4,
}

/// Pictures.
pub(in crate::commands::nodes) const PICTURES: &[Format] = &[Format::Jpeg, Format::Png];
/// Videos.
pub(in crate::commands::nodes) const VIDEOS: &[Format] = &[Format::Mp4];

impl Format {
    /// The kind with this name on the wire.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "mp4" => Some(Self::Mp4),
            _ => None,
        }
    }

    /// The kind that these bytes begin as.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            return Some(Self::Jpeg);
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        // The first box of ISO media files names their brand, behind its own length.
        (bytes.get(4..8) == Some(b"ftyp")).then_some(Self::Mp4)
    }

    /// How names of its files end.
    pub(in crate::commands::nodes) const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Mp4 => "mp4",
        }
    }

    /// Its name on the wire where it is not the extension: nodes say `jpeg` of a canvas.
    pub(in crate::commands::nodes) const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Mp4 => "mp4",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn the_first_bytes_decide() {
        assert_eq!(Format::of(b"\xff\xd8\xff\xe0rest"), Some(Format::Jpeg));
        assert_eq!(Format::of(b"\x89PNG\r\n\x1a\nrest"), Some(Format::Png));
        assert_eq!(Format::of(b"\0\0\0\x18ftypmp42"), Some(Format::Mp4));
        for other in [
            &b""[..],
            b"\xff\xd8",
            b"#!/bin/sh\n",
            b"ftypmp42",
            b"<html>ftyp",
            b"\x7fELF\x02\x01\x01",
        ] {
            assert_eq!(Format::of(other), None, "{other:?}");
        }
    }
}
