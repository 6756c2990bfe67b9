//! `device.pair.setupCode`, `device.pair.setupStatus`

use openclaw_policy::AuthMode;
use openclaw_policy::setup_code::{Profile, SetupGrant};
use openclaw_protocol::ErrorShape;
use openclaw_protocol::methods::device::pair::setup_code::{
    DevicePairSetupCode, DevicePairSetupCodeParams, DevicePairSetupCodeResult, SetupAuth,
};
use openclaw_protocol::methods::device::pair::setup_status::{
    DevicePairSetupStatus, DevicePairSetupStatusResult,
};
use openclaw_protocol::setup_code::SetupCode;
use secrecy::ExposeSecret as _;

use super::{broken, refused};
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::devices::desk::DeskError;
use crate::devices::setup_codes::CodeError;
use crate::fault::Fault;
use crate::router::Router;
use crate::view;

pub(super) fn register(router: &mut Router) {
    router.later::<DevicePairSetupCode, _>(|ctx, params| async move { make(&ctx, params).await });
    router.now::<DevicePairSetupStatus>(|ctx, params| {
        let code = ctx.core().book.setup_code(&params.setup_id);
        let used = code.as_ref().and_then(view::device::setup_use);
        let is_delivered = code
            .and_then(|code| code.used)
            .is_some_and(|used| used.delivered_at_ms.is_some());
        Ok(if is_delivered {
            DevicePairSetupStatusResult {
                completion: used,
                delivery_uncertain: None,
            }
        } else {
            DevicePairSetupStatusResult {
                completion: None,
                delivery_uncertain: used,
            }
        })
    });
}

async fn make(
    ctx: &Ctx,
    params: DevicePairSetupCodeParams,
) -> Result<DevicePairSetupCodeResult, Fault> {
    let core = ctx.core();
    let auth = match core.rules().auth.mode {
        AuthMode::Token => SetupAuth::Token,
        AuthMode::Password => SetupAuth::Password,
        mode @ (AuthMode::None | AuthMode::TrustedProxy) => {
            return Err(Fault::invalid(format!(
                "a setup code needs a gateway that asks for a secret, and gateway.auth.mode is \
                 `{mode}`: set it to token or password"
            )));
        }
    };
    let prefer_remote = params.prefer_remote_url == Some(true);
    let way = core
        .ways()
        .choose(params.public_url.as_deref(), prefer_remote)
        .map_err(|refused| Fault::invalid(refused.to_string()))?;
    let is_link = params.join_url == Some(true);
    let (profile, is_downgraded) =
        Profile::choose(params.bootstrap_profile, is_link, way.url.is_encrypted());
    let grant = SetupGrant::issue(&ctx.conn().caller, profile)
        .map_err(|denied| refused(DeskError::Denied(denied)))?;
    let made = core
        .book
        .make_setup_code(grant, profile.access(), ctx.conn().device.clone(), now_ms())
        .await
        .map_err(|error| match error {
            CodeError::TooMany { retry_after_ms } => Fault::from(
                ErrorShape::unavailable(error.to_string()).with_retry_after_ms(retry_after_ms),
            ),
            CodeError::Store(error) => broken(error),
        })?;
    tracing::info!(
        setup = %made.setup_id, access = %profile.access(), source = way.url.source,
        "setup code made"
    );
    let code = SetupCode {
        urls: way.url.urls.clone(),
        tls_fingerprint: way.tls_fingerprint,
        ..SetupCode::new(
            way.url.url.clone(),
            made.token.expose_secret().into(),
            made.expires_at_ms,
        )
    };
    Ok(DevicePairSetupCodeResult {
        setup_id: Some(made.setup_id),
        expires_at_ms: Some(made.expires_at_ms),
        gateway_urls: (!way.url.urls.is_empty()).then_some(way.url.urls),
        access: Some(profile.access()),
        access_downgraded: is_downgraded.then_some(true),
        ..DevicePairSetupCodeResult::new(code.encode().into(), way.url.url, auth, way.url.source)
    })
}
