//! Addresses: `telegram:4242`.

use crate::channel::BadTarget;

/// The one spelling of an address: of `4242`, `tg:4242`, `telegram:group:-100`, `@channel`,
/// `https://t.me/channel`.
pub(super) fn canonical(given: &str) -> Result<String, BadTarget> {
    let bad = || BadTarget {
        channel: "Telegram",
        given: given.to_owned(),
        wanted: "give the number of a chat, such as `4242` or `-1001234`, or the @name of a public \
                 channel or group",
    };
    let mut rest = given.trim();
    for prefix in ["telegram:", "tg:", "group:", "direct:", "dm:"] {
        rest = strip(rest, prefix).unwrap_or(rest);
    }
    for prefix in ["https://t.me/", "http://t.me/", "t.me/"] {
        if let Some(name) = strip(rest, prefix) {
            return public(name).map(|name| of_chat(&name)).ok_or_else(bad);
        }
    }
    if let Some(name) = rest.strip_prefix('@') {
        return public(name).map(|name| of_chat(&name)).ok_or_else(bad);
    }
    rest.parse::<i64>()
        .ok()
        .filter(|id| *id != 0)
        .map(|id| of_chat(&id.to_string()))
        .ok_or_else(bad)
}

fn strip<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

/// The name of a public chat, with `@`.
fn public(name: &str) -> Option<String> {
    let is_name = (4..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| format!("@{name}"))
}

/// The address of a chat.
pub(super) fn of_chat(id: &str) -> String {
    format!("telegram:{id}")
}

/// The chat of an address.
pub(super) fn chat_id(address: &str) -> &str {
    strip(address, "telegram:").unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_are_one() {
        for given in [
            "4242",
            " tg:4242 ",
            "telegram:4242",
            "TELEGRAM:direct:4242",
            "+4242",
        ] {
            assert_eq!(canonical(given).unwrap(), "telegram:4242", "{given}");
        }
        assert_eq!(canonical("telegram:group:-1001").unwrap(), "telegram:-1001");
        for given in [
            "@news_room",
            "https://t.me/news_room",
            "telegram:@news_room",
        ] {
            assert_eq!(canonical(given).unwrap(), "telegram:@news_room", "{given}");
        }
        assert_eq!(chat_id("telegram:-1001"), "-1001");
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_is() {
        for given in [
            "",
            "0",
            "bob",
            "@x",
            "@a/b?c",
            "https://t.me/../x",
            "42 43",
            "99999999999999999999",
        ] {
            let error = canonical(given).unwrap_err().to_string();
            assert!(error.contains("is no Telegram address"), "{given}: {error}");
        }
    }
}
