//! What was probably meant.

use super::{Kind, Section};
use crate::config_path::{ConfigPath, Segment};
use crate::schema;

/// The known word most like the one found, if any is like it at all.
pub(crate) fn similar<'k>(
    found: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let found = plain(found);
    if found.is_empty() {
        return None;
    }
    // A third of the word may be wrong, and at least one letter.
    let limit = (found.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&found, &plain(word)), word))
        .filter(|(distance, word)| *distance <= limit && *distance < word.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// A key of this very name in another section.
pub(crate) fn elsewhere(key: &str) -> Option<ConfigPath> {
    fn search(section: &Section, key: &str, at: &ConfigPath, found: &mut Vec<ConfigPath>) {
        for field in section.fields {
            let path = at.join(Segment::Key(field.key.to_owned()));
            if field.key == key {
                found.push(path.clone());
            }
            if let Kind::Section(below) = field.kind {
                search(below, key, &path, found);
            }
        }
    }
    let mut found = Vec::new();
    search(schema::ROOT, key, &ConfigPath::root(), &mut found);
    // Common names such as `enabled` say nothing about what was meant.
    (found.len() == 1).then(|| found.remove(0))
}

/// The path of a known key most like an unknown path: its known part, then the nearest key.
pub(crate) fn nearest(path: &ConfigPath) -> Option<ConfigPath> {
    let mut section = schema::ROOT;
    let mut known = ConfigPath::root();
    for segment in path.segments() {
        let Segment::Key(key) = segment else {
            return None;
        };
        match section.field(key) {
            Some(field) => {
                known.push(segment.clone());
                let Kind::Section(below) = field.kind else {
                    return None;
                };
                section = below;
            }
            None => {
                let near = similar(key, section.fields.iter().map(|field| field.key));
                return match near {
                    Some(near) => Some(known.join(Segment::Key(near.to_owned()))),
                    None => elsewhere(key),
                };
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{elsewhere, nearest, similar};

    #[test]
    fn only_what_is_like_it_is_offered() {
        let known = ["bind", "port", "trustedProxies", "tls", "auth"];
        for (found, expected) in [
            ("bnd", Some("bind")),
            ("trusted_proxies", Some("trustedProxies")),
            ("trustedProxy", Some("trustedProxies")),
            ("Port", Some("port")),
            ("ssl", Some("tls")),
            ("verylongandwrong", None),
            ("x", None),
            ("", None),
        ] {
            let near = similar(found, known);
            if found == "ssl" {
                // Two of three letters differ.
                assert_eq!(near, None);
            } else {
                assert_eq!(near, expected, "{found}");
            }
        }
    }

    #[test]
    fn a_key_in_the_wrong_place_is_found_in_its_own() {
        assert_eq!(
            elsewhere("tlsFingerprint").unwrap().to_string(),
            "gateway.remote.tlsFingerprint"
        );
        assert_eq!(elsewhere("enabled"), None);
        assert_eq!(elsewhere("nonsense"), None);
    }

    #[test]
    fn paths_are_mended_at_their_first_unknown_key() {
        for (path, expected) in [
            ("gateway.bnd", Some("gateway.bind")),
            ("gatway.port", Some("gateway")),
            ("gateway.auth.tokn", Some("gateway.auth.token")),
            ("gateway.port", None),
            ("channels.telegram.x", None),
        ] {
            let near = nearest(&path.parse().unwrap()).map(|path| path.to_string());
            assert_eq!(near.as_deref(), expected, "{path}");
        }
    }
}
