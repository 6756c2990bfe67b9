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
    let is_ours = move |event: &Event| {
        !matches!(event.kind, EventKind::Access(_))
            && event
                .paths
                .iter()
                .any(|path| path.file_name().is_some_and(|name| names.contains(name)))
    };
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // Events may have been lost: better to look once more than once less.
        if event.as_ref().map_or(true, &is_ours) {
            touched.notify_one();
        }
    })?;
    for folder in folders {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::ConfigWatch;

    #[tokio::test]
    async fn a_file_that_is_replaced_is_noticed_and_its_neighbours_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("openclaw.json");
        let mut watch = ConfigWatch::start(std::slice::from_ref(&file));
        let quiet = Duration::from_millis(1);
        std::fs::write(dir.path().join("neighbour"), "x").unwrap();
        std::fs::write(dir.path().join("openclaw.json.tmp"), "{}").unwrap();
        assert!(
            tokio::time::timeout(Duration::from_millis(50), watch.changed(quiet))
                .await
                .is_err()
        );
        std::fs::rename(dir.path().join("openclaw.json.tmp"), &file).unwrap();
        watch.changed(quiet).await;
        // Reading is no change.
        std::fs::read(&file).unwrap();
        assert!(
            tokio::time::timeout(Duration::from_millis(50), watch.changed(quiet))
                .await
                .is_err()
        );
    }
}
