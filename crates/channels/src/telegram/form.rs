//! `multipart/form-data`.

use rand::Rng as _;

/// A form that is being written.
pub(super) struct Form {
    boundary: String,
    body: Vec<u8>,
}

impl Form {
    pub(super) fn new() -> Self {
        let number: u128 = rand::rng().random();
        Self {
            boundary: format!("openclaw-{number:032x}"),
            body: Vec::new(),
        }
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.begin(&format!("name=\"{name}\""), None);
        self.body.extend_from_slice(value.as_bytes());
        self.body.extend_from_slice(b"\r\n");
    }

    pub(super) fn file(&mut self, name: &str, file_name: &str, mime_type: &str, bytes: &[u8]) {
        let plain = |text: &str| -> String {
            text.chars()
                .filter(|c| !c.is_control() && !matches!(c, '"' | '\\'))
                .take(120)
                .collect()
        };
        let about = format!("name=\"{name}\"; filename=\"{}\"", plain(file_name));
        self.begin(&about, Some(&plain(mime_type)));
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
    }

    fn begin(&mut self, about: &str, mime_type: Option<&str>) {
        let mut head = format!(
            "--{}\r\ncontent-disposition: form-data; {about}\r\n",
            self.boundary
        );
        if let Some(mime_type) = mime_type {
            head.push_str(&format!("content-type: {mime_type}\r\n"));
        }
        head.push_str("\r\n");
        self.body.extend_from_slice(head.as_bytes());
    }

    /// The content type, and the body.
    pub(super) fn finish(mut self) -> (String, Vec<u8>) {
        let end = format!("--{}--\r\n", self.boundary);
        self.body.extend_from_slice(end.as_bytes());
        let content_type = format!("multipart/form-data; boundary={}", self.boundary);
        (content_type, self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn names_of_files_cannot_break_the_form() {
        let mut form = Form::new();
        form.text("chat_id", "42");
        form.file("photo", "a\"\r\nx: y\\.png", "image/png", b"\x01\x02");
        let (content_type, body) = form.finish();
        let boundary = content_type.split_once("boundary=").unwrap().1;
        let text = String::from_utf8(body).unwrap();
        assert_eq!(text.matches(boundary).count(), 3);
        assert!(
            text.contains("name=\"photo\"; filename=\"ax: y.png\"\r\n"),
            "{text}"
        );
        assert!(text.contains("name=\"chat_id\"\r\n\r\n42\r\n"));
        assert!(text.ends_with("--\r\n"));
    }
}
