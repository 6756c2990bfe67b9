//! The bus: events from wherever they arise to every process that holds connections.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use openclaw_protocol::frame::EventText;
use openclaw_protocol::{Audience, Generation};

pub use crate::conversations::watch::Topic;

/// An event, serialised once.
#[derive(Debug)]
pub struct Published {
    /// Its name.
    pub name: &'static str,
    /// Who receives it.
    pub audience: Audience,
    /// The first generation that has it.
    pub since: Generation,
    /// The last generation that has it in this form; `None`: all later ones too.
    pub until: Option<Generation>,
    /// Only connections that declared this capability receive it.
    pub cap: Option<&'static str>,
    /// Only connections that asked for this receive it, without a number.
    pub topic: Option<Topic>,
    /// Whether a slow receiver may miss it.
    pub drop_if_slow: bool,
    /// The frame.
    pub text: Arc<EventText>,
}

/// Takes events from the bus. Must not block.
pub trait EventSink: Send + Sync {
    /// Takes one event.
    fn deliver(&self, event: &Published);
}

/// Carries events. Every sink sees the events of one publisher in the order in which they were
/// published, and sees each once.
pub trait Bus: Send + Sync + fmt::Debug {
    /// Publishes an event to every sink.
    fn publish(&self, event: Arc<Published>);
    /// Adds a sink for all events from now on.
    fn subscribe(&self, sink: Arc<dyn EventSink>);
}

/// A bus within one process: publishing calls the sinks.
#[derive(Default)]
pub struct LocalBus {
    sinks: RwLock<Vec<Arc<dyn EventSink>>>,
}

impl Bus for LocalBus {
    fn publish(&self, event: Arc<Published>) {
        for sink in self
            .sinks
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            sink.deliver(&event);
        }
    }

    fn subscribe(&self, sink: Arc<dyn EventSink>) {
        self.sinks
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sink);
    }
}

impl fmt::Debug for LocalBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sinks = self
            .sinks
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len();
        f.debug_struct("LocalBus").field("sinks", &sinks).finish()
    }
}

#[cfg(test)]
pub(crate) mod contract {
    //! What every bus must do.

    use std::sync::{Arc, Mutex};

    use openclaw_protocol::frame::EventText;
    use openclaw_protocol::{Audience, Generation};

    use super::{Bus, EventSink, LocalBus, Published};

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl EventSink for Heard {
        fn deliver(&self, event: &Published) {
            self.0
                .lock()
                .unwrap()
                .push(event.text.without_seq().to_owned());
        }
    }

    fn event(n: u64) -> Arc<Published> {
        Arc::new(Published {
            name: "tick",
            audience: Audience::Everyone,
            since: Generation::V3,
            until: None,
            cap: None,
            topic: None,
            drop_if_slow: false,
            text: Arc::new(EventText::from_raw("tick", &n.to_string(), None)),
        })
    }

    /// Every sink hears every event once, in order, from the moment it subscribed.
    pub(crate) fn hears_all_in_order(bus: &dyn Bus) {
        let early = Arc::new(Heard::default());
        let late = Arc::new(Heard::default());
        bus.subscribe(early.clone());
        (0..10).for_each(|n| bus.publish(event(n)));
        bus.subscribe(late.clone());
        (10..20).for_each(|n| bus.publish(event(n)));
        let heard = early.0.lock().unwrap().clone();
        assert_eq!(heard.len(), 20);
        assert!(
            heard
                .iter()
                .enumerate()
                .all(|(n, text)| text.contains(&format!("\"payload\":{n}")))
        );
        assert_eq!(late.0.lock().unwrap().as_slice(), &heard[10..]);
    }

    #[test]
    fn local_bus_keeps_the_contract() {
        hears_all_in_order(&LocalBus::default());
    }
}
