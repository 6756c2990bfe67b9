//! A camera that serves one JPEG file as `camera.snap`, in the shape that agents know.
//!
//! ```sh
//! cargo run --example camera -- ws://127.0.0.1:18789 /var/lib/camera /run/camera/latest.jpg
//! ```
//!
//! Two seconds of another program make a picture of a real camera out of it: have it write the
//! file, and rename it into place. The Gateway must allow the command: `camera.snap` in
//! `gateway.nodes.allowCommands`.

#![expect(clippy::print_stdout, reason = "a program talks to its terminal")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use openclaw_node_client::{CommandLimits, InvokeContext, Node, NodeError};
use serde::{Deserialize, Serialize};

/// What a caller may ask for. There is one camera here, so `facing` decides nothing; members
/// that we do not know are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Snap {
    #[serde(default)]
    max_width: Option<u32>,
}

#[derive(Serialize)]
struct Picture {
    format: &'static str,
    width: u32,
    height: u32,
    base64: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |name: &str| {
        args.next()
            .ok_or_else(|| format!("usage: {name} is missing"))
    };
    let (url, dir, file) = (next("URL")?, next("DIR")?, PathBuf::from(next("FILE")?));
    let file: Arc<Path> = file.into();
    let node = Node::builder(url)
        .identity_dir(&dir)
        .token(std::fs::read_to_string(format!("{dir}/token"))?.trim())
        .display_name("Door camera")
        .cap("camera")
        .permission("camera", true)
        .command("camera.snap", move |snap, call| {
            shoot(Arc::clone(&file), snap, call)
        })
        .limits(CommandLimits::one_at_a_time())
        .build()?;
    println!("this is node {}", node.node_id());
    Ok(node.run().await?)
}

async fn shoot(file: Arc<Path>, snap: Snap, call: InvokeContext) -> Result<Picture, NodeError> {
    let jpeg = tokio::fs::read(file).await?;
    let (width, height) = size(&jpeg)
        .ok_or_else(|| NodeError::new("CAMERA_UNAVAILABLE", "the picture is no JPEG file"))?;
    if snap.max_width.is_some_and(|most| width > most) {
        let message = format!("pictures are {width} wide; this camera does not scale");
        return Err(NodeError::invalid_request(message));
    }
    // Say so early: Base64 takes four bytes for three.
    if jpeg.len() / 3 * 4 > call.max_result_bytes() {
        return Err(NodeError::new(
            NodeError::TOO_LARGE,
            format!("a picture of {} bytes", jpeg.len()),
        ));
    }
    Ok(Picture {
        format: "jpg",
        width,
        height,
        base64: BASE64_STANDARD.encode(jpeg),
    })
}

/// Width and height of a JPEG file: they stand in the segment that starts a frame.
fn size(jpeg: &[u8]) -> Option<(u32, u32)> {
    let mut rest = jpeg.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let [0xff, marker, high, low, body @ ..] = rest else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(2)?;
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame && let [_, h1, h2, w1, w2, ..] = body {
            let number = |high, low| u32::from(u16::from_be_bytes([high, low]));
            return Some((number(*w1, *w2), number(*h1, *h2)));
        }
        rest = body.get(length..)?;
    }
}
