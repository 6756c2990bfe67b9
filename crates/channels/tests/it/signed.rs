//! Programs that sign.

mod inward;
mod outward;

use openclaw_channels::webhook::{Webhook, WebhookOptions};

use crate::receiver::{Receiver, SECRET};

fn options(receiver: Option<&Receiver>) -> WebhookOptions {
    let mut options = WebhookOptions::new("default", SECRET.to_owned().into(), "/hooks/kitchen");
    options.deliver_to = receiver.map(|receiver| receiver.url.parse().unwrap());
    options
}

fn webhook(receiver: Option<&Receiver>) -> Webhook {
    Webhook::new(options(receiver))
}
