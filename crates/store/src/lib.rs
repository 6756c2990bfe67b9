//! Durable state of the Gateway in one embedded SQLite file: paired devices, their tokens and
//! node surfaces, waiting pairing requests, answers to keyed requests, small settings; sessions
//! with their transcripts and runs, what channels bring and send, scheduled jobs.
//!
//! The store records facts atomically. Who may approve, rotate or remove what is decided
//! elsewhere; the store takes the decision as data.
//!
//! A [`Store`] is a handle on one thread that owns the only connection. The thread runs all
//! waiting operations in one transaction, a savepoint for each, and answers them after one
//! sync to disk: what was acknowledged survives a crash and a power cut, and many writers
//! share the cost. Every operation is an [`Op`]: await it, or [`wait`](Op::wait) for it where
//! there is no async runtime.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use openclaw_store::Store;
//!
//! let store = Store::in_memory()?;
//! store.put_setting("voicewake.triggers", &["openclaw"]).wait()?;
//! let triggers: Option<Vec<String>> = store.setting("voicewake.triggers").wait()?;
//! assert_eq!(triggers.as_deref(), Some(&["openclaw".to_owned()][..]));
//! # Ok(())
//! # }
//! ```
//!
//! | To find | Open |
//! | --- | --- |
//! | opening, closing, numbers | [`Store`], [`OpenOptions`] |
//! | everything at start | [`Snapshot`] |
//! | devices and tokens | [`DeviceRecord`], [`TokenRecord`], [`TokenDigest`] |
//! | pairing requests and their approval | [`PendingRecord`], [`Approval`] |
//! | setup codes | [`SetupCodeRecord`], [`Redemption`] |
//! | answers to keyed requests | [`IdempotencyRecord`] |
//! | sessions and their transcripts | [`SessionRecord`], [`Entry`] |
//! | runs of the agent, from request to reply | [`RunRecord`], [`RunStart`], [`RunEnd`], [`StepRecord`] |
//! | what channels bring, send, and let in | [`UpdateRecord`], [`DeliveryRecord`], [`PeerRecord`] |
//! | calls to nodes, and what waits for nodes that sleep | [`CallMark`], [`CallOutcomeRecord`], [`QueuedWork`], [`NodeActionRecord`] |
//! | scheduled jobs | [`CronJobRecord`], [`CronRunRecord`] |
//!
//! Invariants: no token is stored, only its digest. A damaged or foreign file is reported and
//! never altered. The store reads no clock: times are arguments, in milliseconds since 1970.

mod approval;
mod channel;
mod columns;
mod conversation;
mod devices;
mod error;
mod files;
mod idempotency;
mod job;
mod legacy_nodes;
mod node;
mod op;
mod open;
mod options;
mod pending;
mod record;
mod schedule;
mod schema;
mod settings;
mod setup_codes;
mod snapshot;
mod store;
mod token;
mod tokens;
mod touch;
mod writer;

pub use approval::{Approval, Approved, DeviceGrant};
pub use channel::inbox::{UpdateKey, UpdateRecord};
pub use channel::outbox::{DeliveryEnd, DeliveryRecord, DeliveryState, NewDelivery};
pub use channel::peer::PeerRecord;
pub use conversation::run::{NewRun, Queued, RunEnd, RunRecord, RunStart, RunState};
pub use conversation::session::{SessionHead, SessionRecord};
pub use conversation::step::StepRecord;
pub use conversation::system_event::{MAX_SYSTEM_EVENTS, SystemEventRecord};
pub use conversation::transcript::{Entry, EntryRange, NewEntry};
pub use error::{DatabaseError, OpenError, StoreError};
pub use idempotency::{IdempotencyRecord, MAX_RESULT_BYTES, MAX_RESULTS};
pub use node::mark::{CALL_SLOTS, CallMark};
pub use node::outcome::{CallOutcomeRecord, MAX_CALL_OUTCOMES};
pub use node::queue::{DrainedWork, MAX_NODE_ACTIONS, NodeActionRecord, QueuedWork};
pub use op::{Op, OpFuture};
pub use options::OpenOptions;
pub use record::device::DeviceRecord;
pub use record::facts::ClientFacts;
pub use record::legacy_node::LegacyNodeRecord;
pub use record::pending::{PendingAsk, PendingKind, PendingRecord};
pub use record::setup_code::{SetupCodeRecord, SetupUse};
pub use record::surface::{ApprovedSurface, Surface};
pub use record::tokens::{TokenRecord, Tokens};
pub use schedule::{CronJobRecord, CronRunRecord, MAX_CRON_RUNS};
pub use setup_codes::Redemption;
pub use snapshot::Snapshot;
pub use store::{Store, StoreStats};
pub use token::TokenDigest;
pub use tokens::TokenGrant;
