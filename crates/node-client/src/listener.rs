//! Functions that hear events of the Gateway.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use openclaw_protocol::Raw;
use serde::de::DeserializeOwned;

type Listener = Arc<dyn Fn(Option<&Raw>) + Send + Sync>;

/// The functions of a node that hear events, by the event's name.
#[derive(Clone, Default)]
pub(crate) struct Listeners {
    by_name: Vec<(String, Listener)>,
}

impl Listeners {
    /// Adds a function for one event.
    pub(crate) fn add<P, F>(&mut self, name: String, function: F)
    where
        P: DeserializeOwned,
        F: Fn(P) + Send + Sync + 'static,
    {
        let event = name.clone();
        let listener = move |payload: Option<&Raw>| match serde_json::from_str(
            payload.map_or("null", Raw::get),
        ) {
            Ok(payload) => function(payload),
            Err(error) => tracing::warn!(event, %error, "event with an unexpected payload"),
        };
        self.by_name.push((name, Arc::new(listener)));
    }

    /// The events that somebody hears.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.iter().map(|(name, _)| name.as_str())
    }

    /// Tells everyone who hears this event. A panic of one is logged and ends nothing.
    pub(crate) fn tell(&self, name: &str, payload: Option<&Raw>) {
        for (_, listener) in self.by_name.iter().filter(|(wanted, _)| wanted == name) {
            if catch_unwind(AssertUnwindSafe(|| listener(payload))).is_err() {
                tracing::error!(event = name, "a listener panicked");
            }
        }
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use openclaw_protocol::Raw;

    use super::Listeners;

    #[test]
    fn those_who_listen_are_told_and_panics_end_nothing() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut listeners = Listeners::default();
        listeners.add("a".to_owned(), |_: u8| panic!("on purpose"));
        let sink = Arc::clone(&heard);
        listeners.add("a".to_owned(), move |number: u8| {
            sink.lock().unwrap().push(number)
        });
        let raw = |text: &str| Raw::from_string(text.to_owned()).unwrap();
        listeners.tell("a", Some(&raw("7")));
        listeners.tell("a", Some(&raw("\"not a number\"")));
        listeners.tell("a", None);
        listeners.tell("b", Some(&raw("8")));
        assert_eq!(*heard.lock().unwrap(), [7]);
    }
}
