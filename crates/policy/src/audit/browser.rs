//! Browsers that agents drive from afar.

use super::Finding;
use super::catalogue::REMOTE_CDP;
use super::facts::BrowserFacts;

pub(super) fn check(browsers: &[BrowserFacts], findings: &mut Vec<Finding>) {
    for browser in browsers.iter().filter(|browser| browser.is_plain_remote) {
        findings.push(
            Finding::of(
                &REMOTE_CDP,
                format!(
                    "browser profile `{}` is driven at {}: whoever is on the way drives it too.",
                    browser.profile, browser.url
                ),
            )
            .mend("use https or wss, or an SSH tunnel to the browser's machine"),
        );
    }
}
