//! Name servers as a source of sightings.

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::{Sighting, Trouble};
use crate::limits::ASK_AGAIN;
use crate::wide_area::{LookupError, WideArea};

/// Asks about one domain, once or again and again, until the reader is gone.
pub(super) async fn search(area: WideArea, again: bool, out: mpsc::Sender<Sighting>) {
    let mut known = Vec::new();
    loop {
        match round(&area, &out).await {
            Ok(present) => {
                for instance in known.extract_if(.., |name| !present.contains(name)) {
                    let domain = area.domain.with_dot();
                    tell(&out, Sighting::Gone { domain, instance }).await;
                }
                known = present;
            }
            Err(reason) => {
                let domain = area.domain.with_dot();
                let trouble = Trouble::Lookup { domain, reason };
                tell(&out, Sighting::Trouble(trouble)).await;
            }
        }
        if !again || out.is_closed() {
            return;
        }
        sleep(ASK_AGAIN).await;
    }
}

/// Tells of every Gateway as its records come in, and returns the names of all.
async fn round(area: &WideArea, out: &mpsc::Sender<Sighting>) -> Result<Vec<String>, LookupError> {
    let mut present = Vec::new();
    if let Some(mut instances) = area.instances().await? {
        while let Some(beacons) = instances.next().await {
            for beacon in beacons {
                present.push(beacon.instance().to_owned());
                tell(out, Sighting::Found(Box::new(beacon))).await;
            }
        }
    }
    Ok(present)
}

/// A reader that is gone wants no news; the search ends at its next step.
async fn tell(out: &mpsc::Sender<Sighting>, sighting: Sighting) {
    let _ = out.send(sighting).await;
}
