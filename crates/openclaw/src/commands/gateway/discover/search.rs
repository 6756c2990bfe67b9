//! Where Gateways are searched, out of configuration and environment.

use std::time::Duration;

use openclaw_config::{Env, Loaded, env};
use openclaw_discovery::wide_area::{DomainError, system_name_servers};
use openclaw_discovery::{BrowseOptions, Found, Multicast, WideArea, browse};

/// A search to be made.
#[derive(Debug)]
pub(in crate::commands::gateway) struct Search {
    mdns: bool,
    wide_area: Option<WideArea>,
    /// A domain that was configured and is none.
    pub(in crate::commands::gateway) refused: Option<DomainError>,
}

impl Search {
    /// On the local network, and in the domain of `discovery.wideArea`, else of
    /// `OPENCLAW_WIDE_AREA_DOMAIN`. Reads the system's list of name servers.
    pub(in crate::commands::gateway) fn everywhere(loaded: Option<&Loaded>, env: &Env) -> Self {
        let (wide_area, refused) = match domain(loaded, env).map(str::parse) {
            Some(Ok(domain)) => {
                let name_servers = system_name_servers();
                let area = WideArea {
                    domain,
                    name_servers,
                };
                (Some(area), None)
            }
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        Self {
            mdns: true,
            wide_area,
            refused,
        }
    }

    /// The same for a command whose main business it is not: the local network is left alone
    /// where `OPENCLAW_DISABLE_BONJOUR` is set. Nothing where nothing is left to search.
    pub(in crate::commands::gateway) fn in_passing(loaded: &Loaded) -> Option<Self> {
        let search = Self {
            mdns: !loaded.env.says_yes(env::DISABLE_BONJOUR),
            ..Self::everywhere(Some(loaded), &loaded.env)
        };
        (search.mdns || search.wide_area.is_some()).then_some(search)
    }

    /// Searches for so long. Must be called within a tokio runtime.
    pub(in crate::commands::gateway) async fn run(self, timeout: Duration) -> Found {
        browse(BrowseOptions {
            timeout: Some(timeout),
            mdns: self.mdns.then(Multicast::default),
            wide_area: self.wide_area.into_iter().collect(),
        })
        .await
    }
}

fn domain<'a>(loaded: Option<&'a Loaded>, env: &'a Env) -> Option<&'a str> {
    let configured = loaded.and_then(|loaded| loaded.config.discovery.wide_area.domain.as_deref());
    let env = loaded.map_or(env, |loaded| &loaded.env);
    configured.or_else(|| env.text(env::WIDE_AREA_DOMAIN))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use openclaw_config::check_text;

    use super::*;

    fn loaded(text: &str, env: &Env) -> Loaded {
        check_text(Path::new("/x/openclaw.json"), text.to_owned(), env).unwrap()
    }

    fn domain_of(search: &Search) -> Option<&str> {
        let area = search.wide_area.as_ref()?;
        Some(area.domain.as_str())
    }

    const CONFIGURED: &str = "{discovery: {wideArea: {domain: 'one.internal'}}}";

    #[test]
    fn the_configured_domain_goes_before_the_variable() {
        let env = Env::empty().with(env::WIDE_AREA_DOMAIN, "two.internal");
        for (text, env, domain) in [
            ("{}", Env::empty(), None),
            (CONFIGURED, Env::empty(), Some("one.internal")),
            (CONFIGURED, env.clone(), Some("one.internal")),
            ("{}", env.clone(), Some("two.internal")),
        ] {
            let loaded = loaded(text, &env);
            let search = Search::everywhere(Some(&loaded), &env);
            assert!(search.mdns && search.refused.is_none());
            assert_eq!(domain_of(&search), domain, "{text}");
        }
        let search = Search::everywhere(None, &env);
        assert_eq!(domain_of(&search), Some("two.internal"));
    }

    #[test]
    fn what_is_no_domain_is_named_and_not_searched() {
        let env = Env::empty().with(env::WIDE_AREA_DOMAIN, "../x");
        let search = Search::everywhere(None, &env);
        assert!(search.mdns && search.wide_area.is_none());
        let refused = search.refused.expect("a refusal").to_string();
        assert!(refused.contains("../x"), "{refused}");
    }

    #[test]
    fn a_search_in_passing_respects_the_veto() {
        let veto = Env::empty().with(env::DISABLE_BONJOUR, "1");
        assert!(Search::in_passing(&loaded("{}", &veto)).is_none());
        let search = Search::in_passing(&loaded(CONFIGURED, &veto)).expect("a domain");
        assert!(!search.mdns);
        let search = Search::in_passing(&loaded("{}", &Env::empty())).expect("a network");
        assert!(search.mdns);
        // Who asks for nothing else means it.
        assert!(Search::everywhere(None, &veto).mdns);
    }
}
