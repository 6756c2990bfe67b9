//! A file that comes with a message.

use serde_json::{Number, Value};

use crate::methods::open_record::open_record;

open_record! {
    /// A file that comes with a message. Unknown members are passed on.
    #[derive(Debug, Clone, Default, PartialEq)]
    pub struct Attachment {
        /// `image`, `audio`, `file`, ….
        may kind: String = "type",
        /// Its media type.
        may mime_type: String = "mimeType",
        /// Its name.
        may file_name: String = "fileName",
        /// `paste` or `file`. Since protocol 4.
        may origin: String = "origin",
        /// The bytes in base64.
        may content: Value = "content",
        /// Its size. Since protocol 4.
        may size_bytes: Number = "sizeBytes",
        /// Its length, for sound and video. Since protocol 4.
        may duration_ms: Number = "durationMs",
        /// Its width, for pictures. Since protocol 4.
        may width: Number = "width",
        /// Its height, for pictures. Since protocol 4.
        may height: Number = "height",
    }
}
