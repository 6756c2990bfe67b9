//! Reading the body of a request, within a bound of bytes and of time.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::fault::ApiFault;

/// Bytes of a request to `/v1/chat/completions` and `/v1/responses`.
pub(super) const MAX_RUN: usize = 20 * 1024 * 1024;
/// Bytes of a request to `/tools/invoke`.
pub(super) const MAX_TOOL: usize = 2 * 1024 * 1024;
/// Bytes of a request to `/hooks/*`.
pub(super) const MAX_HOOK: usize = 256 * 1024;
/// How long the whole body may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The unit in which room is counted.
const BLOCK: usize = 64 * 1024;
/// Blocks of all bodies that are read at a time: 160 MiB.
const ROOM: usize = 2560;

/// Room for bodies that are being read. One per Gateway.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ROOM)))
    }
}

/// A body, and the room that it takes until this is dropped.
pub(super) struct Read {
    pub(super) bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl Read {
    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// 400 with the place of the mistake.
    pub(super) fn json(&self) -> Result<Value, ApiFault> {
        serde_json::from_slice(&self.bytes)
            .map_err(|error| ApiFault::invalid(format!("the body is no JSON: {error}")))
    }
}

/// Reads the body of a service that calls a channel: the bytes, and the room that they take until
/// it is dropped.
///
/// # Errors
///
/// The status to answer with: 413, 408, 503, or 400 for a body that broke off.
pub(crate) async fn read_hook(
    room: &Room,
    headers: &HeaderMap,
    body: Incoming,
    limit: usize,
) -> Result<(Bytes, OwnedSemaphorePermit), StatusCode> {
    match read(room, headers, body, limit).await {
        Ok(Read { bytes, _room: room }) => Ok((bytes, room)),
        Err(fault) => Err(fault.status),
    }
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
///
/// 413 before anything is read, where the length is told; 408; 503 when too much is read at once.
pub(super) async fn read(
    room: &Room,
    headers: &HeaderMap,
    body: Incoming,
    limit: usize,
) -> Result<Read, ApiFault> {
    let told = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    if told.is_some_and(|bytes| bytes > limit) {
        return Err(too_large(limit));
    }
    let blocks = told.unwrap_or(limit).div_ceil(BLOCK).max(1);
    let blocks = u32::try_from(blocks).unwrap_or(u32::MAX);
    let permit = Arc::clone(&room.0)
        .try_acquire_many_owned(blocks)
        .map_err(|_| ApiFault::unavailable("too many large requests at once; try again"))?;
    let collected = tokio::time::timeout(PATIENCE, Limited::new(body, limit).collect()).await;
    let bytes = match collected {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large(limit)),
        Ok(Err(error)) => {
            return Err(ApiFault::invalid(format!("the body broke off: {error}")));
        }
        Err(_late) => {
            return Err(ApiFault::new(
                StatusCode::REQUEST_TIMEOUT,
                "invalid_request_error",
                format!("the body took longer than {} s", PATIENCE.as_secs()),
            ));
        }
    };
    Ok(Read {
        bytes,
        _room: permit,
    })
}

fn too_large(limit: usize) -> ApiFault {
    ApiFault::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "invalid_request_error",
        format!("the body is larger than {limit} bytes"),
    )
}
