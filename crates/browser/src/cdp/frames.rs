//! Messages on the pipe.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// Bytes of one message at most: a picture of a long page is large.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// Reads the message under way into `buffer`; says whether there was one before the end.
///
/// May be dropped at any await: what was read so far stays in `buffer`.
pub(super) async fn read<R: AsyncBufRead + Unpin>(
    pipe: &mut R,
    buffer: &mut Vec<u8>,
) -> io::Result<bool> {
    loop {
        let chunk = pipe.fill_buf().await?;
        if chunk.is_empty() {
            return Ok(false);
        }
        let end = chunk.iter().position(|byte| *byte == 0);
        let part = &chunk[..end.unwrap_or(chunk.len())];
        if buffer.len() + part.len() > MAX_MESSAGE {
            return Err(io::Error::other("the browser sent too much at once"));
        }
        buffer.extend_from_slice(part);
        let used = part.len() + usize::from(end.is_some());
        pipe.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::BufReader;

    use super::read;

    #[tokio::test]
    async fn messages_end_at_zero_bytes_and_a_torn_one_is_none() {
        let mut pipe = BufReader::with_capacity(2, &b"{\"a\":1}\0\0{\"b"[..]);
        let mut buffer = Vec::new();
        assert!(read(&mut pipe, &mut buffer).await.unwrap());
        assert_eq!(buffer, b"{\"a\":1}");
        buffer.clear();
        assert!(read(&mut pipe, &mut buffer).await.unwrap());
        assert!(buffer.is_empty());
        assert!(!read(&mut pipe, &mut buffer).await.unwrap());
    }

    #[tokio::test]
    async fn a_message_without_end_is_refused() {
        let mut pipe = BufReader::with_capacity(1 << 20, tokio::io::repeat(b'x'));
        assert!(read(&mut pipe, &mut Vec::new()).await.is_err());
    }
}
