//! Writing what was found.

use std::collections::HashMap;

use openclaw_config::{LockError, StateLock};
use openclaw_store::{OpenOptions, SessionRecord, Store, StoreError};
use serde_json::value::to_raw_value;

use super::index::{self, Found, Index};
use super::transcript::{self, Transcript};
use super::{MigrateError, Migration, Outcome, Report, SessionReport};

/// Entries that are written at once.
const CHUNK: usize = 200;

/// Takes the sessions of a source over.
///
/// With [`Migration::dry_run`] nothing is written, and nothing is made: the database is looked at
/// if there is one.
///
/// # Errors
///
/// [`MigrateError`]: nothing was taken, or the database failed on the way; to do it again takes
/// the rest.
pub async fn import(wish: &Migration) -> Result<Report, MigrateError> {
    let reading = wish.clone();
    let index = blocking(move || index::read(&reading)).await??;
    let _lock = match wish.dry_run {
        true => None,
        false => Some(own(wish)?),
    };
    let store = open(wish).await?;
    let done = take(wish, store.as_ref(), index).await;
    if let Some(store) = store {
        store.close().await?;
    }
    done
}

fn own(wish: &Migration) -> Result<StateLock, MigrateError> {
    StateLock::acquire(&wish.state_dir).map_err(|error| match error {
        LockError::Held { pid, path } => MigrateError::Running { pid, path },
        error => MigrateError::Lock(error),
    })
}

async fn open(wish: &Migration) -> Result<Option<Store>, MigrateError> {
    let path = wish.database.clone();
    let options = match (wish.dry_run, path.exists()) {
        (true, false) => return Ok(None),
        (true, true) => OpenOptions::existing(),
        (false, _) => OpenOptions::create(),
    };
    Ok(Some(blocking(move || Store::open(path, &options)).await??))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    // It ends early only if it panicked, or if the runtime goes.
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| StoreError::Closed)
}

async fn take(
    wish: &Migration,
    store: Option<&Store>,
    index: Index,
) -> Result<Report, MigrateError> {
    // Keys that another session of this source has taken.
    let mut taken: HashMap<String, String> = HashMap::new();
    let mut sessions = Vec::new();
    for found in index.sessions {
        let standing = match store {
            Some(store) => store.session(&found.key).await?,
            None => None,
        };
        let standing = standing
            .map(|session| session.session_id)
            .filter(|_| !taken.contains_key(&found.key));
        let mut report = SessionReport {
            key: found.key.clone(),
            source_key: found.source_key.clone(),
            agent_id: found.agent_id.clone(),
            session_id: found.session_id.clone(),
            outcome: Outcome::Taken,
            messages: 0,
            records_left: 0,
            settings_left: found.settings_left.clone(),
            problem: None,
        };
        if let Some(by) = taken.get(&found.key) {
            report.outcome = Outcome::Conflict;
            report.problem = Some(format!("`{by}` of the source has the same key here"));
        } else if standing.as_deref() == Some(found.session_id.as_str()) {
            report.outcome = Outcome::Present;
        } else if standing.is_some() {
            report.outcome = Outcome::Conflict;
            report.problem = Some(
                "another conversation has this key here; to take this one, delete that one first"
                    .to_owned(),
            );
        } else {
            match read(&found).await? {
                Err(why) => {
                    report.outcome = Outcome::Unreadable;
                    report.problem = Some(why);
                }
                Ok(transcript) => {
                    taken.insert(found.key.clone(), found.source_key.clone());
                    report.messages = transcript.entries.len() as u64;
                    report.records_left = transcript.left;
                    report.problem.clone_from(&transcript.problem);
                    if let Some(store) = store.filter(|_| !wish.dry_run) {
                        put(store, found, transcript).await?;
                    }
                }
            }
        }
        sessions.push(report);
    }
    Ok(Report {
        from: wish.from.clone(),
        dry_run: wish.dry_run,
        sessions,
        left: index.left,
    })
}

async fn read(found: &Found) -> Result<Result<Transcript, String>, MigrateError> {
    match found.file.clone() {
        Err(why) => Ok(Err(why)),
        Ok(file) => {
            let at = found.updated_at_ms;
            Ok(blocking(move || transcript::read(&file, at)).await?)
        }
    }
}

/// The transcript first: a session is there only with all that was said in it.
async fn put(store: &Store, found: Found, transcript: Transcript) -> Result<(), StoreError> {
    let first = transcript.entries.first().map(|entry| entry.at_ms);
    let mut entries = transcript.entries.into_iter().peekable();
    while entries.peek().is_some() {
        let chunk = entries.by_ref().take(CHUNK).collect();
        store.append_entries(&found.session_id, chunk).await?;
    }
    let mut entry = found.entry;
    entry.insert("sessionId".to_owned(), found.session_id.as_str().into());
    entry.insert("createdVia".to_owned(), "migrate".into());
    let record = SessionRecord {
        key: found.key,
        session_id: found.session_id,
        created_at_ms: first
            .unwrap_or(found.updated_at_ms)
            .min(found.updated_at_ms.max(1)),
        updated_at_ms: found.updated_at_ms,
        entry: to_raw_value(&entry).expect("a map of JSON values is JSON"),
    };
    store.put_session(record).await
}
