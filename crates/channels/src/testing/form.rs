//! Parameters in all the ways that the Bot API takes them.

use serde_json::{Map, Value};

use super::Upload;
use super::http::Request;

/// The parameters of a call, and its files. Text of a form that is JSON is read as such by those
/// who need it: [`member`](super::Call::member).
pub(super) fn params(request: &Request) -> (Map<String, Value>, Vec<Upload>) {
    let mut params = Map::new();
    if let Some((_, query)) = request.target.split_once('?') {
        pairs(&mut params, query.as_bytes());
    }
    let mut files = Vec::new();
    let content_type = request.content_type.as_str();
    if content_type.starts_with("application/json") {
        if let Ok(Value::Object(body)) = serde_json::from_slice(&request.body) {
            params.extend(body);
        }
    } else if content_type.starts_with("application/x-www-form-urlencoded") {
        pairs(&mut params, &request.body);
    } else if let Some((_, boundary)) = content_type.split_once("boundary=") {
        multipart(
            &mut params,
            &mut files,
            boundary.trim_matches('"'),
            &request.body,
        );
    }
    (params, files)
}

fn pairs(params: &mut Map<String, Value>, text: &[u8]) {
    for (name, value) in url::form_urlencoded::parse(text) {
        params.insert(name.into_owned(), Value::String(value.into_owned()));
    }
}

fn multipart(
    params: &mut Map<String, Value>,
    files: &mut Vec<Upload>,
    boundary: &str,
    body: &[u8],
) {
    let mark = format!("--{boundary}");
    let mut rest = body;
    while let Some(at) = find(rest, mark.as_bytes()) {
        rest = &rest[at + mark.len()..];
        if rest.starts_with(b"--") {
            return;
        }
        let Some(end_of_head) = find(rest, b"\r\n\r\n") else {
            return;
        };
        let head = String::from_utf8_lossy(&rest[..end_of_head]).into_owned();
        let content = &rest[end_of_head + 4..];
        let Some(end) = find(content, format!("\r\n{mark}").as_bytes()) else {
            return;
        };
        let (content, after) = content.split_at(end);
        rest = &after[2..];
        let Some(name) = quoted(&head, " name=\"") else {
            continue;
        };
        match quoted(&head, "filename=\"") {
            Some(file_name) => files.push(Upload {
                member: name,
                file_name,
                mime_type: head
                    .lines()
                    .find_map(|line| {
                        let (name, value) = line.split_once(':')?;
                        let is_type = name.eq_ignore_ascii_case("content-type");
                        is_type.then(|| value.trim().to_owned())
                    })
                    .unwrap_or_default(),
                bytes: content.to_vec(),
            }),
            None => {
                let text = String::from_utf8_lossy(content).into_owned();
                params.insert(name, Value::String(text));
            }
        }
    }
}

fn quoted(head: &str, mark: &str) -> Option<String> {
    let rest = &head[head.find(mark)? + mark.len()..];
    Some(rest[..rest.find('"')?].to_owned())
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
