//! Notices that the configuration changed: its files, or SIGHUP.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;
use tokio::time::timeout;

use openclaw_daemon::signals::Hangup;

/// Watches some files. Where the system cannot watch, SIGHUP still works.
pub(crate) struct ConfigWatch {
    touched: Arc<Notify>,
    hangup: Option<Hangup>,
    /// Watches as long as it is kept.
    _watcher: Option<RecommendedWatcher>,
}

impl ConfigWatch {
    /// Begins to watch these files. They need not exist.
    pub(crate) fn start(files: &[PathBuf]) -> Self {
        let touched = Arc::new(Notify::new());
        let watcher = watch(files, Arc::clone(&touched))
            .inspect_err(|error| {
                tracing::warn!(
                    %error,
                    "changes of the configuration are not noticed by themselves: send SIGHUP after one"
                );
            })
            .ok();
        let hangup = Hangup::listen()
            .inspect_err(|error| tracing::warn!(%error, "SIGHUP is not listened for"))
            .ok();
        Self {
            touched,
            hangup,
            _watcher: watcher,
        }
    }

    /// Takes it that something changed.
    pub(crate) fn look(&self) {
        self.touched.notify_one();
    }

    /// Waits for a change, and then until the files are quiet for this long. May be dropped and
    /// called again.
    pub(crate) async fn changed(&mut self, quiet: Duration) {
        let told = async {
            match &mut self.hangup {
                Some(hangup) => hangup.wait().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = told => {}
            () = self.touched.notified() => {
                while timeout(quiet, self.touched.notified()).await.is_ok() {}
            }
        }
    }
}

/// Watches the folders of the files: a file that is replaced by rename is another file.
fn watch(files: &[PathBuf], touched: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let names: BTreeSet<OsString> = files
        .iter()
        .filter_map(|file| file.file_name().map(ToOwned::to_owned))
        .collect();
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // Events may have been lost: better to look once more than once less.
        if event.as_ref().map_or(true, |event| is_ours(event, &names)) {
            touched.notify_one();
        }
    })?;
    for folder in folders {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

/// Whether something other than reading happened to a file of one of these names.
fn is_ours(event: &Event, names: &BTreeSet<OsString>) -> bool {
    let is_named = |path: &PathBuf| path.file_name().is_some_and(|name| names.contains(name));
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(is_named)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use notify::event::{AccessKind, CreateKind, ModifyKind};
    use notify::{Event, EventKind};

    use super::{ConfigWatch, is_ours};

    #[tokio::test]
    async fn a_file_that_is_replaced_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("openclaw.json");
        let mut watch = ConfigWatch::start(std::slice::from_ref(&file));
        std::fs::write(dir.path().join("openclaw.json.tmp"), "{}").unwrap();
        std::fs::rename(dir.path().join("openclaw.json.tmp"), &file).unwrap();
        watch.changed(Duration::from_millis(1)).await;
    }

    #[test]
    fn neighbours_and_readers_are_no_change() {
        let names = BTreeSet::from(["openclaw.json".into()]);
        let of = |kind, path: &str| is_ours(&Event::new(kind).add_path(path.into()), &names);
        let create = EventKind::Create(CreateKind::File);
        assert!(of(create, "/x/openclaw.json"));
        assert!(of(EventKind::Modify(ModifyKind::Any), "/x/openclaw.json"));
        assert!(!of(EventKind::Access(AccessKind::Read), "/x/openclaw.json"));
        assert!(!of(create, "/x/neighbour"));
        assert!(!of(create, "/x/openclaw.json.tmp"));
    }
}
