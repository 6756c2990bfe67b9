//! Setup codes in the book: made, used once, and remembered for a while.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openclaw_policy::setup_code::{HandOver, LIFETIME_MS, MAX_OUTSTANDING, SetupGrant, is_alive};
use openclaw_protocol::Role;
use openclaw_protocol::events::device::pair::setup::completed::SetupAccess;
use openclaw_protocol::id::DeviceId;
use openclaw_store::{
    ClientFacts, DeviceGrant, Redemption, SetupCodeRecord, StoreError, Surface, TokenDigest,
};
use secrecy::SecretString;
use tokio::time::Instant;

use super::book::{Book, IssuedToken};

/// How long a used code is remembered, in milliseconds: `device.pair.setupStatus` asks about it.
const REMEMBERED_MS: u64 = 24 * 3_600_000;
/// Most used codes that are remembered.
const MAX_REMEMBERED: usize = 64;

/// A code in memory.
#[derive(Debug)]
pub(crate) struct LiveCode {
    pub(super) record: SetupCodeRecord,
    /// When it ends, whatever the wall clock does.
    deadline: Instant,
}

/// A code that was just made.
#[derive(Debug)]
pub(crate) struct MadeCode {
    pub(crate) setup_id: String,
    pub(crate) token: SecretString,
    pub(crate) expires_at_ms: u64,
}

/// Why no code was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeError {
    #[error(
        "{MAX_OUTSTANDING} setup codes wait for a device already; use one, or wait until one ends"
    )]
    TooMany { retry_after_ms: u64 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A code that a device presents, and what it carries.
#[derive(Debug, Clone)]
pub(crate) struct Presented {
    pub(crate) setup_id: String,
    pub(crate) grant: SetupGrant,
}

/// Who uses a code, and for what.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) setup_id: String,
    pub(crate) given: HandOver,
    pub(crate) device_id: DeviceId,
    pub(crate) public_key: String,
    pub(crate) facts: ClientFacts,
    /// A node surface that is approved together with the device.
    pub(crate) surface: Option<Surface>,
}

/// A code that was used.
#[derive(Debug)]
pub(crate) struct Used {
    pub(crate) record: SetupCodeRecord,
    /// A token for each role.
    pub(crate) tokens: Vec<(Role, IssuedToken)>,
}

impl LiveCode {
    pub(super) fn new(record: SetupCodeRecord, now_ms: u64) -> Self {
        let left = record.expires_at_ms.saturating_sub(now_ms).min(LIFETIME_MS);
        Self {
            record,
            deadline: Instant::now() + Duration::from_millis(left),
        }
    }

    /// Whether a device may still use it.
    fn is_open(&self, now_ms: u64) -> bool {
        let record = &self.record;
        record.used.is_none()
            && is_alive(record.created_at_ms, record.expires_at_ms, now_ms)
            && Instant::now() < self.deadline
    }

    /// Whether there is any reason to keep it.
    fn is_kept(&self, now_ms: u64) -> bool {
        match &self.record.used {
            Some(used) => used.at_ms.abs_diff(now_ms) <= REMEMBERED_MS,
            None => self.is_open(now_ms),
        }
    }
}

impl Book {
    /// Makes a code that carries this.
    pub(crate) async fn make_setup_code(
        &self,
        grant: SetupGrant,
        access: SetupAccess,
        made_by: Option<DeviceId>,
        now_ms: u64,
    ) -> Result<MadeCode, CodeError> {
        self.prune_setup_codes(now_ms).await?;
        let _change = self.begin().await;
        let open = self.read(|live| {
            let open = live.setup_codes.iter().filter(|code| code.is_open(now_ms));
            open.map(|code| code.record.expires_at_ms)
                .collect::<Vec<_>>()
        });
        if open.len() >= MAX_OUTSTANDING {
            let first = open.into_iter().min().unwrap_or(now_ms);
            let retry_after_ms = first.saturating_sub(now_ms).max(1_000);
            return Err(CodeError::TooMany { retry_after_ms });
        }
        let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let record = SetupCodeRecord {
            setup_id: uuid::Uuid::new_v4().to_string(),
            digest: TokenDigest::of(&token),
            access,
            roles: grant.roles,
            scopes: grant.scopes,
            maker: grant.maker,
            made_by,
            created_at_ms: now_ms,
            expires_at_ms: now_ms.saturating_add(LIFETIME_MS),
            used: None,
        };
        self.store().put_setup_code(record.clone()).await?;
        let made = MadeCode {
            setup_id: record.setup_id.clone(),
            token: token.into(),
            expires_at_ms: record.expires_at_ms,
        };
        self.write(|live| live.setup_codes.push(LiveCode::new(record, now_ms)));
        Ok(made)
    }

    /// The open code with this token.
    pub(crate) fn presented(&self, token: &str, now_ms: u64) -> Option<Presented> {
        let digest = TokenDigest::of(token);
        self.read(|live| {
            let mut open = live.setup_codes.iter().filter(|code| code.is_open(now_ms));
            let code = open.find(|code| code.record.digest == digest)?;
            Some(Presented {
                setup_id: code.record.setup_id.clone(),
                grant: SetupGrant {
                    roles: code.record.roles.clone(),
                    scopes: code.record.scopes.clone(),
                    maker: code.record.maker.clone(),
                },
            })
        })
    }

    /// Spends a code: its device is approved with a token for each role. The tokens that it had
    /// for them are good for nothing from then on.
    ///
    /// Errors: [`StoreError::SetupCodeSpent`] where another connection was faster.
    pub(crate) async fn use_setup_code(&self, used: Use, now_ms: u64) -> Result<Used, StoreError> {
        let _change = self.begin().await;
        let is_open = self.read(|live| {
            let mut codes = live.setup_codes.iter();
            codes.any(|code| code.record.setup_id == used.setup_id && code.is_open(now_ms))
        });
        if !is_open {
            return Err(StoreError::SetupCodeSpent);
        }
        let at_ms = self.next_moment(&used.device_id, &used.given.roles, now_ms);
        let (mut tokens, mut grants) = (Vec::new(), Vec::new());
        for role in &used.given.roles {
            let scopes = used.given.token_scopes(role);
            let (issued, grant) = self.make_token(&used.device_id, role, scopes, at_ms);
            tokens.push((role.clone(), issued));
            grants.push(grant);
        }
        let redemption = Redemption {
            device_id: used.device_id,
            public_key: used.public_key,
            facts: used.facts,
            grant: DeviceGrant {
                roles: used.given.roles,
                scopes: used.given.scopes,
                tokens: grants,
                surface: used.surface,
                approved_via: Some("bootstrap".to_owned()),
            },
        };
        let (record, device) = self
            .store()
            .redeem_setup_code(&used.setup_id, redemption, at_ms)
            .await?;
        self.keep(device);
        self.replace_code(&record);
        Ok(Used { record, tokens })
    }

    /// Notes that the device that used a code was answered.
    pub(crate) async fn setup_code_delivered(
        &self,
        setup_id: &str,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let _change = self.begin().await;
        let record = self.store().deliver_setup_code(setup_id, now_ms).await?;
        self.replace_code(&record);
        Ok(())
    }

    /// The code with this id, if it is still known.
    pub(crate) fn setup_code(&self, setup_id: &str) -> Option<SetupCodeRecord> {
        self.read(|live| {
            let mut codes = live.setup_codes.iter();
            let code = codes.find(|code| code.record.setup_id == setup_id)?;
            Some(code.record.clone())
        })
    }

    /// Drops codes that ended, and used ones that nobody asks about any more.
    pub(crate) async fn prune_setup_codes(&self, now_ms: u64) -> Result<(), StoreError> {
        if self.read(|live| live.setup_codes.is_empty()) {
            return Ok(());
        }
        let _change = self.begin().await;
        let gone: Vec<String> = self.read(|live| {
            let used = live
                .setup_codes
                .iter()
                .filter(|code| code.record.used.is_some());
            let mut excess = used.count().saturating_sub(MAX_REMEMBERED);
            let is_gone = |code: &&LiveCode| {
                let is_excess = excess > 0 && code.record.used.is_some();
                excess -= usize::from(is_excess);
                is_excess || !code.is_kept(now_ms)
            };
            let gone = live.setup_codes.iter().filter(is_gone);
            gone.map(|code| code.record.setup_id.clone()).collect()
        });
        if gone.is_empty() {
            return Ok(());
        }
        self.store().remove_setup_codes(gone.clone()).await?;
        self.write(|live| {
            live.setup_codes
                .retain(|code| !gone.contains(&code.record.setup_id));
        });
        Ok(())
    }

    fn replace_code(&self, record: &SetupCodeRecord) {
        self.write(|live| {
            let mut codes = live.setup_codes.iter_mut();
            if let Some(code) = codes.find(|code| code.record.setup_id == record.setup_id) {
                code.record = record.clone();
            }
        });
    }
}

#[cfg(test)]
mod tests;
