//! Whether a claim may be made among the routes that are there. Pure.

use super::trouble::{Conflict, RouteOwner};
use super::{ClaimOptions, HTTPS_PORT, Mode};
use crate::excerpt;
use crate::routes::{Route, Target};

/// What stands in the way of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Preflight {
    /// Nothing.
    Clear,
    /// What an earlier release of the Gateway left: it may be taken down.
    Leftover,
    /// A Funnel that was asked to stay.
    FunnelKept(String),
    /// A Funnel that would put Serve on the internet.
    FunnelOpen(String),
    /// A route of somebody else.
    Taken(Conflict),
}

/// Looks at the routes of the machine with this name.
pub(super) fn examine(
    routes: &[Route],
    name: Option<&str>,
    mode: Mode,
    options: &ClaimOptions,
) -> Preflight {
    let ours = |route: &&Route| {
        let leads_to = |port| route.leads_to(port);
        route.session.is_none() && options.gateway_port.is_some_and(leads_to)
    };
    if mode == Mode::Serve
        && options.preserve_funnel
        && let Some(funnel) = routes.iter().filter(ours).find(|route| route.funnel)
    {
        return Preflight::FunnelKept(excerpt::head(&funnel.to_string()));
    }
    let (open, on_port): (Vec<_>, Vec<_>) = routes
        .iter()
        .filter(|route| route.port == HTTPS_PORT)
        .partition(|route| route.target == Target::Nothing);
    if mode == Mode::Serve
        && let Some(funnel) = open.first()
    {
        return Preflight::FunnelOpen(excerpt::head(&funnel.to_string()));
    }
    let here = |route: &Route| name.is_some_and(|name| route.host.eq_ignore_ascii_case(name));
    match *on_port.as_slice() {
        [] => Preflight::Clear,
        [only] if ours(&only) && only.https && only.mount == "/" && here(only) => {
            Preflight::Leftover
        }
        [first, ..] => Preflight::Taken(conflict(first, here(first))),
    }
}

/// The Funnel that puts what is on the HTTPS port on the internet.
pub(super) fn open_funnel(routes: &[Route]) -> Option<&Route> {
    routes
        .iter()
        .find(|route| route.port == HTTPS_PORT && route.funnel)
}

fn conflict(route: &Route, here: bool) -> Conflict {
    let owner = route
        .session
        .as_ref()
        .map_or(RouteOwner::Background, |session| RouteOwner::Foreground {
            session: excerpt::head(session),
        });
    // The program takes down routes of the present name only.
    let removable = owner == RouteOwner::Background && here && route.mount == "/";
    Conflict {
        port: route.port,
        owner,
        route: excerpt::head(&route.to_string()),
        removal: removable.then(|| {
            let port = route.port;
            format!("tailscale serve --yes --https={port} --set-path=/ off")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes;

    const NAME: &str = "home.ts.net";

    fn options() -> ClaimOptions {
        ClaimOptions {
            gateway_port: Some(18789),
            ..ClaimOptions::default()
        }
    }

    fn examine_json(text: &str, options: &ClaimOptions) -> Preflight {
        let routes = routes::read("x", text).unwrap();
        examine(&routes, Some(NAME), Mode::Serve, options)
    }

    /// One background route from the root path.
    fn background(name_and_port: &str, proxy: &str, funnel: bool) -> String {
        let port = name_and_port.rsplit_once(':').unwrap().1;
        format!(
            r#"{{"TCP":{{"{port}":{{"HTTPS":true}}}},
                "Web":{{"{name_and_port}":{{"Handlers":{{"/":{{"Proxy":"{proxy}"}}}}}}}},
                "AllowFunnel":{{"{name_and_port}":{funnel}}}}}"#
        )
    }

    #[test]
    fn routes_elsewhere_do_not_matter() {
        let other_port = background("home.ts.net:8443", "http://127.0.0.1:7317", true);
        for text in ["{}", &other_port] {
            assert_eq!(examine_json(text, &options()), Preflight::Clear);
        }
    }

    #[test]
    fn the_leftover_of_an_earlier_release_is_recognised() {
        for funnel in [false, true] {
            for proxy in ["http://127.0.0.1:18789", "http://localhost:18789/"] {
                let text = background("Home.ts.net:443", proxy, funnel);
                assert_eq!(examine_json(&text, &options()), Preflight::Leftover);
            }
        }
    }

    #[test]
    fn whatever_else_has_the_port_belongs_to_somebody() {
        let ours = "http://127.0.0.1:18789";
        let two_paths = r#"{"TCP":{"443":{"HTTPS":true}},"Web":{"home.ts.net:443":{"Handlers":{
            "/":{"Proxy":"http://127.0.0.1:18789"},"/app":{"Proxy":"http://127.0.0.1:3000"}}}}}"#;
        let two_names = r#"{"TCP":{"443":{"HTTPS":true}},"Web":{
            "home.ts.net:443":{"Handlers":{"/":{"Proxy":"http://127.0.0.1:18789"}}},
            "old.ts.net:443":{"Handlers":{"/":{"Proxy":"http://127.0.0.1:18789"}}}}}"#;
        let not_https = r#"{"TCP":{"443":{"HTTP":true}},
            "Web":{"home.ts.net:443":{"Handlers":{"/":{"Proxy":"http://127.0.0.1:18789"}}}}}"#;
        let other_path = r#"{"TCP":{"443":{"HTTPS":true}},
            "Web":{"home.ts.net:443":{"Handlers":{"/gw":{"Proxy":"http://127.0.0.1:18789"}}}}}"#;
        let forward = r#"{"TCP":{"443":{"TCPForward":"127.0.0.1:18789"}}}"#;
        for text in [
            background("home.ts.net:443", "http://127.0.0.1:3000", false),
            background("old.ts.net:443", ours, false),
            two_paths.to_owned(),
            two_names.to_owned(),
            not_https.to_owned(),
            other_path.to_owned(),
            forward.to_owned(),
        ] {
            let Preflight::Taken(conflict) = examine_json(&text, &options()) else {
                panic!("taken: {text}");
            };
            assert_eq!(
                (conflict.port, conflict.owner),
                (443, RouteOwner::Background)
            );
        }
        // Without the Gateway's own port nothing is the Gateway's.
        let text = background("home.ts.net:443", ours, false);
        let found = examine_json(&text, &ClaimOptions::default());
        assert!(matches!(found, Preflight::Taken(_)));
    }

    #[test]
    fn a_conflict_names_the_route_and_what_takes_it_down() {
        let text = background("home.ts.net:443", "http://127.0.0.1:3000", false);
        let Preflight::Taken(conflict) = examine_json(&text, &options()) else {
            panic!("taken");
        };
        assert_eq!(
            conflict.to_string(),
            "HTTPS port 443 is taken and was left alone: background route https://home.ts.net/ -> http://127.0.0.1:3000"
        );
        let removal = "tailscale serve --yes --https=443 --set-path=/ off";
        assert_eq!(conflict.removal.as_deref(), Some(removal));
        // The program could not take down the route of a name that this machine no longer has.
        let text = background("old.ts.net:443", "http://127.0.0.1:3000", false);
        let Preflight::Taken(conflict) = examine_json(&text, &options()) else {
            panic!("taken");
        };
        assert_eq!(conflict.removal, None);
    }

    #[test]
    fn a_foreground_route_is_never_ours_to_take_down() {
        let inner = background("home.ts.net:443", "http://127.0.0.1:18789", false);
        let text = format!(r#"{{"Foreground":{{"0123":{inner}}}}}"#);
        let Preflight::Taken(conflict) = examine_json(&text, &options()) else {
            panic!("taken");
        };
        let session = "0123".to_owned();
        assert_eq!(conflict.owner, RouteOwner::Foreground { session });
        assert_eq!(conflict.removal, None);
    }

    #[test]
    fn serve_does_not_become_a_funnel() {
        let text = r#"{"AllowFunnel":{"home.ts.net:443":true}}"#;
        let route = "https://home.ts.net/ -> nothing, open to the internet".to_owned();
        assert_eq!(examine_json(text, &options()), Preflight::FunnelOpen(route));
        let routes = routes::read("x", text).unwrap();
        assert!(open_funnel(&routes).is_some());
        let found = examine(&routes, Some(NAME), Mode::Funnel, &options());
        assert_eq!(found, Preflight::Clear);
        for text in [
            r#"{"AllowFunnel":{"home.ts.net:443":false}}"#,
            r#"{"AllowFunnel":{"home.ts.net:8443":true}}"#,
        ] {
            assert_eq!(examine_json(text, &options()), Preflight::Clear);
            assert_eq!(open_funnel(&routes::read("x", text).unwrap()), None);
        }
    }

    #[test]
    fn a_funnel_stays_where_that_was_asked_for() {
        let keep = ClaimOptions {
            preserve_funnel: true,
            ..options()
        };
        let ours = "http://127.0.0.1:18789";
        let text = background("home.ts.net:443", ours, true);
        let route = "https://home.ts.net/ -> http://127.0.0.1:18789".to_owned();
        assert_eq!(examine_json(&text, &keep), Preflight::FunnelKept(route));
        // It is about Funnels to the Gateway, and about Serve.
        let text = background("home.ts.net:443", ours, false);
        assert_eq!(examine_json(&text, &keep), Preflight::Leftover);
        let text = background("home.ts.net:8443", "http://127.0.0.1:1", true);
        assert_eq!(examine_json(&text, &keep), Preflight::Clear);
        let text = background("home.ts.net:443", ours, true);
        let routes = routes::read("x", &text).unwrap();
        let found = examine(&routes, Some(NAME), Mode::Funnel, &keep);
        assert_eq!(found, Preflight::Leftover);
    }
}
