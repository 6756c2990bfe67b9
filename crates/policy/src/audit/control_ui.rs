//! The control page: origins, device keys.

use super::Finding;
use super::catalogue::{
    UI_ANY_ORIGIN, UI_HOST_FALLBACK, UI_INSECURE_AUTH, UI_NO_DEVICE, UI_NO_ORIGINS,
};
use super::facts::GatewayFacts;
use super::gateway::beyond;

pub(super) fn check(gateway: &GatewayFacts, findings: &mut Vec<Finding>) {
    let page = &gateway.control_ui;
    if page.insecure_auth {
        findings.push(
            Finding::of(
                &UI_INSECURE_AUTH,
                "gateway.controlUi.allowInsecureAuth=true. This version does not honour it; \
                 February's Gateway on the same file does.",
            )
            .mend("openclaw config unset gateway.controlUi.allowInsecureAuth"),
        );
    }
    if page.no_device_auth {
        findings.push(
            Finding::of(
                &UI_NO_DEVICE,
                "gateway.controlUi.dangerouslyDisableDeviceAuth=true. This version does not \
                 honour it; others on the same file do.",
            )
            .mend("openclaw config unset gateway.controlUi.dangerouslyDisableDeviceAuth"),
        );
    }
    if !gateway.runs_here {
        return;
    }
    let is_any = page.allowed_origins.iter().any(|origin| origin == "*");
    if gateway.is_exposed && page.enabled && page.allowed_origins.is_empty() && !page.host_fallback
    {
        findings.push(
            Finding::of(
                &UI_NO_ORIGINS,
                "gateway.bind goes beyond loopback and gateway.controlUi.allowedOrigins is empty: \
                 no page from elsewhere can connect, and releases that guess let too many in.",
            )
            .mend(
                "openclaw config set gateway.controlUi.allowedOrigins '[\"https://HOST\"]', or set \
                 gateway.controlUi.enabled false",
            ),
        );
    }
    if is_any {
        findings.push(
            Finding::of(
                &UI_ANY_ORIGIN,
                "gateway.controlUi.allowedOrigins holds `*`: any page that somebody opens here \
                 may speak to the Gateway.",
            )
            .at(beyond(gateway))
            .mend("openclaw config set gateway.controlUi.allowedOrigins '[\"https://HOST\"]'"),
        );
    }
    if page.host_fallback {
        findings.push(
            Finding::of(
                &UI_HOST_FALLBACK,
                "gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback=true: a name that a \
                 stranger points at this machine passes as its own.",
            )
            .at(beyond(gateway))
            .mend(
                "openclaw config unset \
                 gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback",
            ),
        );
    }
}
