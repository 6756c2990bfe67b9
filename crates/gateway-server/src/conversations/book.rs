//! The sessions of this Gateway.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use openclaw_store::{Entry, EntryRange, NewEntry, Store, StoreError};
use tokio::sync::{Mutex, MutexGuard};

use super::Conversation;

/// Locks of sessions; several sessions share one.
const LOCKS: usize = 32;

/// The sessions of this Gateway. One per [`Core`](crate::core::Core).
#[derive(Debug)]
pub(crate) struct Conversations {
    store: Store,
    locks: [Mutex<()>; LOCKS],
}

/// What a change of a session came to.
#[derive(Debug)]
pub(crate) struct Changed {
    /// The session afterwards.
    pub(crate) conversation: Conversation,
    /// It was made by this change.
    pub(crate) is_new: bool,
}

impl Conversations {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            locks: std::array::from_fn(|_| Mutex::new(())),
        }
    }

    /// Held from reading a session's settings to writing them. Nothing long is done meanwhile.
    pub(crate) async fn lock(&self, key: &str) -> MutexGuard<'_, ()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
        let at = usize::try_from(hash % LOCKS as u64).unwrap_or(0);
        self.locks[at].lock().await
    }

    /// The session of a canonical key, if there is one.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Conversation>, StoreError> {
        Ok(self.store.session(key).await?.map(Into::into))
    }

    /// All sessions, the one that changed last in front.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(crate) async fn all(&self) -> Result<Vec<Conversation>, StoreError> {
        let records = self.store.sessions().await?;
        Ok(records.into_iter().map(Into::into).collect())
    }

    /// Changes the session of a canonical key, made where there is none. The change is told
    /// whether it was. Nothing is kept where the change fails; an untouched session that is there
    /// already is not written.
    ///
    /// # Errors
    ///
    /// Those of the change and of the store.
    pub(crate) async fn edit<E: From<StoreError>>(
        &self,
        key: &str,
        now_ms: u64,
        change: impl FnOnce(&mut Conversation, bool) -> Result<(), E>,
    ) -> Result<Changed, E> {
        let _held = self.lock(key).await;
        let found = self.get(key).await.map_err(E::from)?;
        let is_new = found.is_none();
        let mut conversation = found.unwrap_or_else(|| Conversation::new(key, now_ms));
        let before = conversation.entry.clone();
        change(&mut conversation, is_new)?;
        if is_new || before != conversation.entry {
            let record = conversation.record();
            self.store.put_session(record).await.map_err(E::from)?;
        }
        Ok(Changed {
            conversation,
            is_new,
        })
    }

    /// Adds to the transcript under way; answers the number of its last entry. The session must
    /// be there.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub(crate) async fn append(
        &self,
        key: &str,
        entries: Vec<NewEntry>,
        now_ms: u64,
    ) -> Result<Option<u64>, StoreError> {
        let _held = self.lock(key).await;
        let Some(mut conversation) = self.get(key).await? else {
            return Ok(None);
        };
        let added = self.store.append_entries(&conversation.session_id, entries);
        let last = added.await?;
        conversation.updated_at_ms = now_ms;
        self.store.put_session(conversation.record()).await?;
        Ok(Some(last))
    }

    /// Entries of a transcript.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(crate) async fn entries(
        &self,
        session_id: &str,
        range: EntryRange,
    ) -> Result<Vec<Entry>, StoreError> {
        self.store.entries(session_id, range).await
    }

    /// How many entries a transcript has.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(crate) async fn count(&self, session_id: &str) -> Result<u64, StoreError> {
        self.store.entry_count(session_id).await
    }

    /// Leaves the last entries of a transcript and takes out those before; answers how many
    /// went.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub(crate) async fn keep_last(
        &self,
        session_id: &str,
        keep: usize,
    ) -> Result<usize, StoreError> {
        let kept = self.entries(session_id, EntryRange::Last(keep)).await?;
        let Some(first) = kept.first() else {
            return Ok(0);
        };
        self.store
            .compact_entries(session_id, first.seq, None)
            .await
    }

    /// Removes a session, with its transcript if asked to; says whether there was one.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub(crate) async fn remove(
        &self,
        key: &str,
        with_transcript: bool,
    ) -> Result<bool, StoreError> {
        self.store.remove_session(key, with_transcript).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Conversations {
        Conversations::new(Store::in_memory().unwrap())
    }

    #[tokio::test]
    async fn a_session_is_made_once_and_changed_in_place() {
        let book = book();
        let resolve = |now| book.edit("agent:main:main", now, |_, _| Ok::<_, StoreError>(()));
        let first = resolve(5).await.unwrap();
        let again = resolve(9).await.unwrap();
        assert!(first.is_new && !again.is_new);
        let (first, again) = (first.conversation, again.conversation);
        assert_eq!(
            (first.session_id, 5),
            (again.session_id, again.created_at_ms)
        );
        let changed = book
            .edit("agent:main:main", 9, |one, is_new| {
                one.set("label", "x".into());
                assert!(!is_new);
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        assert!(!changed.is_new);
        let kept = book.get("agent:main:main").await.unwrap().unwrap();
        assert_eq!(kept.text("label"), Some("x"));
    }

    #[tokio::test]
    async fn a_change_that_fails_keeps_nothing() {
        #[derive(Debug)]
        struct No;
        impl From<StoreError> for No {
            fn from(_: StoreError) -> Self {
                Self
            }
        }
        let book = book();
        let change = book.edit("k", 1, |one, _| {
            one.set("label", "x".into());
            Err(No)
        });
        assert!(change.await.is_err());
        assert!(book.get("k").await.unwrap().is_none());
        let none = book.append("k", Vec::new(), 1).await.unwrap();
        assert_eq!(none, None, "a transcript needs its session");
    }

    #[tokio::test]
    async fn changes_at_the_same_time_lose_nothing() {
        let book = book();
        let add = |n: usize| {
            let book = &book;
            async move {
                let name = format!("n{n}");
                let change = book.edit("k", 1, |one, _| {
                    one.set(&name, 1.into());
                    Ok::<_, StoreError>(())
                });
                change.await.unwrap();
            }
        };
        futures_util::future::join_all((0..20).map(add)).await;
        let kept = book.get("k").await.unwrap().unwrap();
        assert_eq!(
            (0..20)
                .filter(|n| kept.number(&format!("n{n}")) == Some(1))
                .count(),
            20
        );
    }
}
