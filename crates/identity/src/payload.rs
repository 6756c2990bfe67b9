//! The texts that a device signs to answer a challenge.

use openclaw_protocol::Scope;
use openclaw_protocol::connect::ConnectAuth;

/// The form of a challenge payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PayloadVersion {
    /// Without nonce: from local clients of the February release only.
    V1,
    /// With the nonce: the one form that both generations accept.
    V2,
    /// With nonce, platform and device family. Since protocol 4.
    V3,
}

impl PayloadVersion {
    /// The first field of the payload.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }
}

/// The fields of a challenge payload. `Debug` leaves the token out.
///
/// Shape: joined with `|` and not escaped: version, device id, client id, client mode, role,
/// scopes joined with `,`, time, token; then from `v2` on the nonce; then in `v3` platform and
/// device family.
#[derive(Clone, Copy)]
pub struct ChallengePayload<'a> {
    /// The device id.
    pub device_id: &'a str,
    /// `client.id`.
    pub client_id: &'a str,
    /// `client.mode`.
    pub client_mode: &'a str,
    /// The effective role: `operator` where `connect` has none.
    pub role: &'a str,
    /// The scopes as sent, in their order, before any defaults.
    pub scopes: &'a [Scope],
    /// `device.signedAt`, milliseconds since the epoch.
    pub signed_at_ms: u64,
    /// The token that goes with the proof, see [`signed_token`]; empty where there is none.
    pub token: Option<&'a str>,
    /// The nonce of the challenge. Not part of `v1`.
    pub nonce: Option<&'a str>,
    /// `client.platform`. Part of `v3` only.
    pub platform: Option<&'a str>,
    /// `client.deviceFamily`. Part of `v3` only.
    pub device_family: Option<&'a str>,
}

impl ChallengePayload<'_> {
    /// The text to sign.
    #[must_use]
    pub fn render(&self, version: PayloadVersion) -> String {
        let mut text = String::with_capacity(512);
        text.push_str(version.as_str());
        for field in [self.device_id, self.client_id, self.client_mode, self.role] {
            push(&mut text, field);
        }
        text.push('|');
        for (index, scope) in self.scopes.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(scope.as_str());
        }
        push(&mut text, &self.signed_at_ms.to_string());
        push(&mut text, self.token.unwrap_or_default());
        if version >= PayloadVersion::V2 {
            push(&mut text, self.nonce.unwrap_or_default());
        }
        if version >= PayloadVersion::V3 {
            for field in [self.platform, self.device_family] {
                push(
                    &mut text,
                    &trim(field.unwrap_or_default()).to_ascii_lowercase(),
                );
            }
        }
        text
    }

    /// Whether a separator hides in a field that never has one, so that two different sets of
    /// fields would render to one text.
    pub(crate) fn is_ambiguous(&self) -> bool {
        [self.device_id, self.client_id, self.client_mode, self.role]
            .into_iter()
            .chain(self.scopes.iter().map(Scope::as_str))
            .any(|field| field.contains('|'))
    }
}

impl std::fmt::Debug for ChallengePayload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChallengePayload")
            .field("device_id", &self.device_id)
            .field("client_id", &self.client_id)
            .field("client_mode", &self.client_mode)
            .field("role", &self.role)
            .field("scopes", &self.scopes)
            .field("signed_at_ms", &self.signed_at_ms)
            .finish_non_exhaustive()
    }
}

/// The token that a signature covers: the first that is there of `token`, `deviceToken` and
/// `bootstrapToken`. A password is never signed.
#[must_use]
pub fn signed_token(auth: &ConnectAuth) -> Option<&str> {
    auth.token
        .as_deref()
        .or(auth.device_token.as_deref())
        .or(auth.bootstrap_token.as_deref())
}

/// Trims what the originals trim: white space as JavaScript has it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}'))
}

fn push(text: &mut String, field: &str) {
    text.push('|');
    text.push_str(field);
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: ChallengePayload<'static> = ChallengePayload {
        device_id: "id",
        client_id: "cli",
        client_mode: "ui",
        role: "operator",
        scopes: &[Scope::Write, Scope::Read, Scope::Write],
        signed_at_ms: 7,
        token: Some("t|o"),
        nonce: Some("n"),
        platform: Some("\u{feff}\u{a0}Mac ÖS\t"),
        device_family: None,
    };

    #[test]
    fn fields_stand_in_order_and_scopes_as_sent() {
        let common = "id|cli|ui|operator|operator.write,operator.read,operator.write|7|t|o";
        assert_eq!(PAYLOAD.render(PayloadVersion::V1), format!("v1|{common}"));
        assert_eq!(PAYLOAD.render(PayloadVersion::V2), format!("v2|{common}|n"));
        assert_eq!(
            PAYLOAD.render(PayloadVersion::V3),
            format!("v3|{common}|n|mac Ös|")
        );
    }

    #[test]
    fn absent_fields_are_empty() {
        let bare = ChallengePayload {
            scopes: &[],
            token: None,
            nonce: None,
            platform: None,
            ..PAYLOAD
        };
        assert_eq!(
            bare.render(PayloadVersion::V3),
            "v3|id|cli|ui|operator||7||||"
        );
    }

    #[test]
    fn trimming_is_that_of_javascript() {
        assert_eq!(trim("\u{feff} a\u{2003}\u{2029}"), "a");
        assert_eq!(trim("\u{85}a\u{85}"), "\u{85}a\u{85}");
        assert_eq!(trim("\u{200b}a"), "\u{200b}a");
    }

    #[test]
    fn hidden_separators_are_seen_where_they_matter() {
        assert!(!PAYLOAD.is_ambiguous(), "a token may hold anything");
        let scopes = [Scope::from("a|b")];
        assert!(
            ChallengePayload {
                scopes: &scopes,
                ..PAYLOAD
            }
            .is_ambiguous()
        );
        assert!(
            ChallengePayload {
                role: "node|",
                ..PAYLOAD
            }
            .is_ambiguous()
        );
    }

    #[test]
    fn the_first_token_that_is_there_is_signed() {
        let mut auth = ConnectAuth {
            password: Some("p".into()),
            ..ConnectAuth::default()
        };
        assert_eq!(signed_token(&auth), None);
        auth.bootstrap_token = Some("b".into());
        assert_eq!(signed_token(&auth), Some("b"));
        auth.device_token = Some("d".into());
        assert_eq!(signed_token(&auth), Some("d"));
        auth.token = Some(String::new());
        assert_eq!(signed_token(&auth), Some(""));
    }

    #[test]
    fn debug_has_no_token() {
        let payload = ChallengePayload {
            token: Some("hush-hush"),
            ..PAYLOAD
        };
        assert!(!format!("{payload:?}").contains("hush"));
    }
}
