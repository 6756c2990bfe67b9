//! One tab.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::cdp::Cdp;
use crate::refusal::Refusal;

/// A tab that is looked at.
#[derive(Debug)]
pub(crate) struct Tab {
    cdp: Arc<Cdp>,
    pub(crate) target_id: String,
    pub(crate) session: String,
    /// What the references of the last snapshot stand for.
    refs: Mutex<HashMap<String, i64>>,
    said: Mutex<VecDeque<Said>>,
}

/// Something that a page said.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// `log`, `warning`, `error`, …
    pub(crate) level: String,
    pub(crate) text: String,
    /// Whether it is a fault of the page and no message of it.
    pub(crate) is_fault: bool,
}

impl Tab {
    pub(crate) fn new(cdp: Arc<Cdp>, target_id: &str, session: &str) -> Self {
        Self {
            cdp,
            target_id: target_id.to_owned(),
            session: session.to_owned(),
            refs: Mutex::default(),
            said: Mutex::default(),
        }
    }

    /// Asks the page.
    pub(crate) async fn call(&self, method: &'static str, params: Value) -> Result<Value, Refusal> {
        self.cdp.call(Some(&self.session), method, params).await
    }

    /// Replaces what references stand for.
    pub(crate) fn set_refs(&self, refs: HashMap<String, i64>) {
        *self.refs.lock().unwrap_or_else(PoisonError::into_inner) = refs;
    }

    /// The node of the page that a reference stands for.
    pub(crate) fn node(&self, reference: &str) -> Result<i64, Refusal> {
        let wanted = reference.trim_start_matches('@');
        let refs = self.refs.lock().unwrap_or_else(PoisonError::into_inner);
        refs.get(wanted).copied().ok_or_else(|| {
            Refusal::missing(format!(
                "no element `{wanted}`: take a new snapshot and use a reference from it"
            ))
        })
    }

    /// Keeps what the page said; the oldest goes when there is too much.
    pub(crate) fn said(&self, mut said: Said) {
        crop(&mut said.text, MAX_SAID_BYTES);
        let mut all = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() == MAX_SAID {
            all.pop_front();
        }
        all.push_back(said);
    }

    /// What the page said, the oldest in front.
    pub(crate) fn all_said(&self) -> Vec<Said> {
        let all = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().cloned().collect()
    }
}

/// Leaves at most so many bytes, whole characters.
pub(crate) fn crop(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
    }
}

/// Messages of one page that are kept.
const MAX_SAID: usize = 200;
/// Bytes of one message.
const MAX_SAID_BYTES: usize = 4096;
