//! What a setup code gives, from the code to the device.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use openclaw_identity::Verified;
use openclaw_policy::admission::ConnectFacts;
use openclaw_policy::setup_code;
use openclaw_protocol::Role;
use openclaw_protocol::close::Close;
use openclaw_protocol::events::device::pair::setup::completed::{
    DevicePairSetupCompleted, DevicePairSetupCompletedPayload,
};
use openclaw_protocol::events::device::pair::setup::delivery_uncertain::DevicePairSetupDeliveryUncertain;
use openclaw_protocol::hello::HandedOverToken;
use openclaw_store::StoreError;

use crate::clock::now_ms;
use crate::core::Core;
use crate::devices::book::IssuedToken;
use crate::devices::setup_codes::{Presented, Use};
use crate::nodes::surface;
use crate::session::admit::client_facts;
use crate::state::hub::publish;
use crate::view;

/// A code that was spent for a device.
pub(crate) struct Done {
    /// The token for the role of the connection.
    pub(crate) token: Option<IssuedToken>,
    /// The tokens for other roles.
    pub(crate) others: Vec<HandedOverToken>,
    pub(crate) notice: HandedOver,
}

/// Spends the code and approves the device for what it gives.
///
/// It is done to its end even where the client goes: nothing is half given.
pub(crate) async fn hand_over(
    core: &Arc<Core>,
    facts: &ConnectFacts<'_>,
    given: &setup_code::HandOver,
    verified: &Verified,
    code: &Presented,
    role: &Role,
) -> Result<Done, StoreError> {
    let declared = (*role == Role::Node)
        .then(|| surface::declared(facts.params, None, &core.rules().node_commands))
        .filter(|declared| code.grant.approves_surface(&declared.commands));
    let has_surface = declared.is_some();
    let device_id = verified.device_id().clone();
    let wanted = Use {
        setup_id: code.setup_id.clone(),
        given: given.clone(),
        device_id: device_id.clone(),
        public_key: verified.public_key().to_base64url(),
        facts: client_facts(facts),
        surface: declared,
    };
    let shared = Arc::clone(core);
    let work = core.tasks.spawn(async move {
        let used = shared.book.use_setup_code(wanted, now_ms()).await?;
        let payload = view::device::setup_use(&used.record).ok_or(StoreError::SetupCodeSpent)?;
        tracing::info!(
            device = device_id.short(), setup = %used.record.setup_id,
            access = %used.record.access, "device approved by a setup code"
        );
        // What it was connected as before is no longer what it is.
        shared
            .hub
            .close_device(&device_id, None, &Close::device_removed(), None);
        shared.announce_silent_approval(&device_id);
        if has_surface {
            shared.announce_surface_approval(&device_id);
        }
        Ok((used.tokens, HandedOver::new(&shared, payload)))
    });
    let (tokens, notice) = work.await.unwrap_or(Err(StoreError::Closed))?;
    let (mut token, mut others) = (None, Vec::new());
    for (of, issued) in tokens {
        if of == *role {
            token = Some(issued);
        } else {
            others.push(HandedOverToken {
                device_token: issued.token,
                role: of,
                scopes: issued.scopes,
                issued_at_ms: issued.issued_at_ms,
            });
        }
    }
    Ok(Done {
        token,
        others,
        notice,
    })
}

/// The code is spent and the device approved; whether the device hears of it is not known yet.
///
/// Dropped before [`delivered`](Self::delivered), it tells operators that nobody can say.
pub(crate) struct HandedOver {
    core: Weak<Core>,
    payload: DevicePairSetupCompletedPayload,
    is_told: AtomicBool,
}

impl HandedOver {
    fn new(core: &Arc<Core>, payload: DevicePairSetupCompletedPayload) -> Self {
        Self {
            core: Arc::downgrade(core),
            payload,
            is_told: AtomicBool::new(false),
        }
    }

    /// The answer is on its way to the device: records it and tells operators.
    pub(crate) fn delivered(&self) {
        if self.is_told.swap(true, Ordering::Relaxed) {
            return;
        }
        let Some(core) = self.core.upgrade() else {
            return;
        };
        let payload = self.payload.clone();
        let tasks = core.tasks.clone();
        tasks.spawn(async move {
            let noted = core
                .book
                .setup_code_delivered(&payload.setup_id, now_ms())
                .await;
            if let Err(error) = noted {
                tracing::warn!(%error, "use of a setup code not noted as answered");
            }
            publish::<DevicePairSetupCompleted>(&*core.bus, &payload, None);
        });
    }
}

impl Drop for HandedOver {
    fn drop(&mut self) {
        if !*self.is_told.get_mut()
            && let Some(core) = self.core.upgrade()
        {
            publish::<DevicePairSetupDeliveryUncertain>(&*core.bus, &self.payload, None);
        }
    }
}

impl fmt::Debug for HandedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandedOver")
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use openclaw_protocol::events::device::pair::setup::completed::{
        DevicePairSetupCompletedPayload, SetupAccess,
    };
    use openclaw_protocol::id::DeviceId;

    use super::HandedOver;
    use crate::options::GatewayOptions;
    use crate::seam::bus::{EventSink, Published};

    #[derive(Debug, Default)]
    struct Heard(Mutex<Vec<&'static str>>);

    impl EventSink for Heard {
        fn deliver(&self, event: &Published) {
            if event.name.starts_with("device.pair.setup.") {
                self.0.lock().unwrap().push(event.name);
            }
        }
    }

    #[tokio::test]
    async fn operators_hear_once_whether_the_device_was_answered() {
        let gateway = crate::Gateway::builder(GatewayOptions::default())
            .start()
            .await
            .unwrap();
        let core = &gateway.core;
        let heard = Arc::new(Heard::default());
        core.bus.subscribe(Arc::clone(&heard) as Arc<dyn EventSink>);
        let notice = || {
            let device = DeviceId::from_digest([1; 32]);
            let payload =
                DevicePairSetupCompletedPayload::new("s".to_owned(), device, SetupAccess::Node, 1);
            HandedOver::new(core, payload)
        };
        drop(notice());
        assert_eq!(
            *heard.0.lock().unwrap(),
            ["device.pair.setup.deliveryUncertain"]
        );
        heard.0.lock().unwrap().clear();
        let told = notice();
        told.delivered();
        told.delivered();
        drop(told);
        core.tasks.close();
        core.tasks.wait().await;
        assert_eq!(*heard.0.lock().unwrap(), ["device.pair.setup.completed"]);
    }
}
