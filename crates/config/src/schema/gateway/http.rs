//! `gateway.http`: HTTP endpoints beside the WebSocket.

use std::time::Duration;

use serde_json::Value;

use crate::decode::{Codec, Count, Decoder, Flag, Kind, Line, List, Millis, Size, section};
use crate::defaults;

/// Any number of bytes that JSON keeps exact.
type AnySize = Size<1, 9_007_199_254_740_991>;

section! {
    /// HTTP endpoints beside the WebSocket.
    pub struct Http {
        /// Endpoints that other programs know.
        "endpoints": Endpoints => endpoints: Endpoints;
        /// Headers of every answer.
        #[latest]
        "securityHeaders": SecurityHeaders => security_headers: SecurityHeaders;
    }
}

section! {
    /// Endpoints that other programs know.
    pub struct Endpoints {
        /// `POST /v1/chat/completions`.
        "chatCompletions": ChatCompletions => chat_completions: ChatCompletions;
        /// `POST /v1/responses`.
        "responses": Responses => responses: Responses;
    }
}

section! {
    /// `POST /v1/chat/completions`.
    pub struct ChatCompletions {
        /// Whether it is served.
        "enabled": Flag => enabled: bool = defaults::HTTP_ENDPOINT;
        /// Pictures in requests.
        #[latest]
        "images": Fetch => images: Fetch;
    }
    retired {
        "maxBodyBytes": "requests are limited by the server; remove it";
        "maxImageParts": "requests are limited by the server; remove it";
        "maxTotalImageBytes": "requests are limited by the server; remove it";
    }
}

section! {
    /// `POST /v1/responses`.
    pub struct Responses {
        /// Whether it is served.
        "enabled": Flag => enabled: bool = defaults::HTTP_ENDPOINT;
        /// Largest request, in bytes.
        #[february("not carried out by this version; the newest release has a fixed limit")]
        "maxBodyBytes": AnySize => max_body_bytes: Option<u64>;
        /// Most parts of a request that are fetched from elsewhere.
        #[latest]
        "maxUrlParts": Count<0> => max_url_parts: Option<u32>;
        /// Files in requests.
        "files": FetchFiles => files: FetchFiles;
        /// Pictures in requests.
        "images": Fetch => images: Fetch;
    }
}

section! {
    /// Pictures in requests.
    pub struct Fetch {
        /// Whether they may be fetched from an address.
        "allowUrl": Flag => allow_url: Option<bool>;
        /// Hosts from which they may be fetched; empty means any public one.
        #[latest]
        "urlAllowlist": List<Line> => url_allowlist: Vec<String>;
        /// Types that are taken.
        "allowedMimes": List<Line> => allowed_mimes: Vec<String>;
        /// Largest one, in bytes.
        "maxBytes": AnySize => max_bytes: Option<u64>;
        /// Redirects to follow.
        "maxRedirects": Count<0> => max_redirects: Option<u32>;
        /// How long fetching may take, in milliseconds.
        "timeoutMs": Millis<1> => timeout: Option<Duration>;
    }
}

section! {
    /// Files in requests.
    pub struct FetchFiles {
        /// Whether they may be fetched from an address.
        "allowUrl": Flag => allow_url: Option<bool>;
        /// Hosts from which they may be fetched; empty means any public one.
        #[latest]
        "urlAllowlist": List<Line> => url_allowlist: Vec<String>;
        /// Types that are taken.
        "allowedMimes": List<Line> => allowed_mimes: Vec<String>;
        /// Largest one, in bytes.
        "maxBytes": AnySize => max_bytes: Option<u64>;
        /// Most characters that the model gets to see.
        "maxChars": Count<1> => max_chars: Option<u32>;
        /// Redirects to follow.
        "maxRedirects": Count<0> => max_redirects: Option<u32>;
        /// How long fetching may take, in milliseconds.
        "timeoutMs": Millis<1> => timeout: Option<Duration>;
        /// PDF files.
        "pdf": Pdf => pdf: Pdf;
    }
}

section! {
    /// PDF files in requests.
    pub struct Pdf {
        /// Most pages that are read.
        "maxPages": Count<1> => max_pages: Option<u32>;
        /// Most pixels of a page that is drawn.
        "maxPixels": Count<1> => max_pixels: Option<u32>;
        /// Fewest characters of text for which no page is drawn.
        "minTextChars": Count<0> => min_text_chars: Option<u32>;
    }
}

section! {
    /// Headers of every answer.
    pub struct SecurityHeaders {
        /// `Strict-Transport-Security`: its value, or `false` for none.
        #[latest]
        "strictTransportSecurity": TransportSecurity => strict_transport_security: Option<Hsts>;
    }
}

/// `Strict-Transport-Security`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hsts {
    /// Not sent.
    Off,
    /// Sent with this value.
    Value(String),
}

/// The value of a header, or `false`.
#[derive(Debug)]
pub(crate) struct TransportSecurity;

impl Codec for TransportSecurity {
    type Out = Hsts;
    const KIND: Kind = Kind::OneOf(&[Kind::Text(""), Kind::Exactly(false)]);

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<Hsts> {
        match value {
            Value::Bool(false) => Some(Hsts::Off),
            Value::String(_) => {
                let text = at.text(value)?.trim();
                if text.is_empty() || !text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                    at.refuse(
                        "Invalid input: expected the value of a header, such as max-age=31536000",
                    );
                    return None;
                }
                Some(Hsts::Value(text.to_owned()))
            }
            other => {
                at.mismatch("string or false", other);
                None
            }
        }
    }
}
