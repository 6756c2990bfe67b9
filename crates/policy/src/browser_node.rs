//! Whose browser is used.

/// `gateway.nodes.browser`: how the browser is chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum BrowserRule {
    /// The node that is named, or the one node that offers a browser.
    #[default]
    Auto,
    /// A node by id, name or address.
    Named(String),
    /// The one that is named, and none is.
    Nobody,
    /// No node's browser is used.
    Off,
}

/// A connected node that may be asked for its browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserNode<'a> {
    /// Its id.
    pub id: &'a str,
    /// What people call it.
    pub name: Option<&'a str>,
    /// Where it connects from.
    pub address: Option<&'a str>,
    /// Whether a person approved it, or what it offers: a node of this host may be let in without
    /// one. Its browser is used only where the configuration names it.
    pub is_deliberate: bool,
}

/// Why no browser is used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoBrowser {
    /// Switched off.
    #[error("browser control is disabled (gateway.nodes.browser.mode is `off`)")]
    Off,
    /// One is to be named.
    #[error(
        "no browser node is named: set gateway.nodes.browser.node, or gateway.nodes.browser.mode to `auto`"
    )]
    NotNamed,
    /// None is there.
    #[error(
        "No connected browser-capable nodes: set nodeHost.browserProxy.enabled on the node's \
         machine, restart the node, and approve its commands (openclaw nodes pending)"
    )]
    NoneThere,
    /// The one that is named is not there.
    #[error("Configured browser node not connected: {0}")]
    NotThere(String),
    /// Several are there.
    #[error("several nodes offer a browser ({0}): name one in gateway.nodes.browser.node")]
    Several(String),
}

/// Chooses among the nodes that may be asked for their browser.
///
/// # Errors
/// [`NoBrowser`]. Nothing is chosen where there is a choice and nobody made it.
pub fn choose<'a, 'n>(
    rule: &BrowserRule,
    nodes: &'n [BrowserNode<'a>],
) -> Result<&'n BrowserNode<'a>, NoBrowser> {
    let matching: Vec<&BrowserNode<'_>> = match rule {
        BrowserRule::Off => return Err(NoBrowser::Off),
        BrowserRule::Nobody => return Err(NoBrowser::NotNamed),
        BrowserRule::Auto => nodes.iter().filter(|node| node.is_deliberate).collect(),
        BrowserRule::Named(_) if nodes.is_empty() => return Err(NoBrowser::NoneThere),
        BrowserRule::Named(wanted) => {
            let exact: Vec<_> = nodes.iter().filter(|node| node.id == wanted).collect();
            if exact.is_empty() {
                nodes.iter().filter(|node| node.is_called(wanted)).collect()
            } else {
                exact
            }
        }
    };
    match (matching.as_slice(), rule) {
        ([one], _) => Ok(one),
        ([], BrowserRule::Named(wanted)) => Err(NoBrowser::NotThere(wanted.clone())),
        ([], _) => Err(NoBrowser::NoneThere),
        (several, _) => {
            let names = several.iter().map(|node| node.name.unwrap_or(node.id));
            Err(NoBrowser::Several(names.collect::<Vec<_>>().join(", ")))
        }
    }
}

impl BrowserNode<'_> {
    /// Whether a name, an address or the beginning of an id means this node.
    fn is_called(&self, wanted: &str) -> bool {
        let plain = |text: &str| -> String {
            let letters = text.chars().filter(char::is_ascii_alphanumeric);
            letters.map(|letter| letter.to_ascii_lowercase()).collect()
        };
        self.address == Some(wanted)
            || self
                .name
                .is_some_and(|name| !plain(name).is_empty() && plain(name) == plain(wanted))
            || (wanted.len() >= SHORTEST_ID && self.id.starts_with(wanted))
    }
}

/// Characters of an id that mean it.
const SHORTEST_ID: usize = 6;

#[cfg(test)]
mod tests {
    use super::{BrowserNode, BrowserRule, NoBrowser, choose};

    fn node<'a>(id: &'a str, name: &'a str, address: &'a str) -> BrowserNode<'a> {
        BrowserNode {
            id,
            name: Some(name),
            address: Some(address),
            is_deliberate: true,
        }
    }

    #[test]
    fn the_only_one_is_taken_and_several_are_not_guessed_among() {
        let desk = node("aaaaaaaa", "Desk", "10.0.0.1");
        let lab = node("bbbbbbbb", "Lab", "10.0.0.2");
        let one = [desk.clone()];
        assert_eq!(choose(&BrowserRule::Auto, &one), Ok(&desk));
        let both = [desk, lab];
        assert_eq!(
            choose(&BrowserRule::Auto, &both),
            Err(NoBrowser::Several("Desk, Lab".into()))
        );
        assert_eq!(choose(&BrowserRule::Auto, &[]), Err(NoBrowser::NoneThere));
        assert_eq!(choose(&BrowserRule::Off, &both), Err(NoBrowser::Off));
        assert_eq!(
            choose(&BrowserRule::Nobody, &both),
            Err(NoBrowser::NotNamed)
        );
    }

    #[test]
    fn a_node_that_nobody_approved_is_used_only_by_its_name() {
        let mut silent = node("aaaaaaaa", "Desk", "10.0.0.1");
        silent.is_deliberate = false;
        let nodes = [silent];
        assert_eq!(
            choose(&BrowserRule::Auto, &nodes),
            Err(NoBrowser::NoneThere)
        );
        let named = BrowserRule::Named("desk".into());
        assert_eq!(choose(&named, &nodes), Ok(&nodes[0]));
    }

    #[test]
    fn a_name_means_one_node_or_none() {
        let nodes = [
            node("aaaaaaaa", "Desk-1", "10.0.0.1"),
            node("aaaaaabb", "Lab", "10.0.0.2"),
            node("Lab", "!!", "10.0.0.3"),
        ];
        let named = |name: &str| choose(&BrowserRule::Named(name.into()), &nodes);
        assert_eq!(named("desk 1").unwrap().id, "aaaaaaaa");
        assert_eq!(named("10.0.0.2").unwrap().id, "aaaaaabb");
        assert_eq!(named("aaaaaabb").unwrap().id, "aaaaaabb");
        assert_eq!(named("aaaaaaa").unwrap().id, "aaaaaaaa");
        // An id is never taken for the name of another node.
        assert_eq!(named("Lab").unwrap().id, "Lab");
        assert!(matches!(named("aaaaaa"), Err(NoBrowser::Several(_))));
        for nobody in ["attic", "aaaaa", "??"] {
            assert_eq!(named(nobody), Err(NoBrowser::NotThere(nobody.into())));
        }
        let none = choose(&BrowserRule::Named("x".into()), &[]);
        assert_eq!(none, Err(NoBrowser::NoneThere));
    }

    #[test]
    fn refusals_say_what_to_do() {
        for (refusal, words) in [
            (NoBrowser::Off, "gateway.nodes.browser.mode"),
            (NoBrowser::NotNamed, "gateway.nodes.browser.node"),
            (NoBrowser::NoneThere, "nodeHost.browserProxy.enabled"),
            (NoBrowser::NotThere("x".into()), "not connected: x"),
            (
                NoBrowser::Several("a, b".into()),
                "gateway.nodes.browser.node",
            ),
        ] {
            assert!(refusal.to_string().contains(words), "{refusal}");
        }
    }
}
