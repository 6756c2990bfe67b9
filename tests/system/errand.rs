//! The program that the node runs: it writes down that it began, waits for the gate, and says the
//! temperature.

use std::fs;
use std::path::{Path, PathBuf};

use crate::world::patiently;

/// The program, its gate and its ledger.
pub(crate) struct Errand {
    script: PathBuf,
    gate: PathBuf,
    ledger: PathBuf,
}

impl Errand {
    /// One whose files are in this folder. The gate is open.
    pub(crate) fn new(dir: &Path) -> Self {
        let at = |name: &str| dir.join(name);
        let errand = Self {
            script: at("thermometer.sh"),
            gate: at("gate"),
            ledger: at("ledger"),
        };
        let (gate, ledger) = (errand.gate.display(), errand.ledger.display());
        let text = format!(
            "echo \"began $1\" >> '{ledger}'\n\
             while [ ! -e '{gate}' ]; do sleep 0.02; done\n\
             echo \"ended $1\" >> '{ledger}'\n\
             echo '21.5 degrees'\n"
        );
        fs::write(&errand.script, text).unwrap();
        errand.open();
        errand
    }

    /// The command for this question.
    pub(crate) fn command(&self, question: &str) -> Vec<String> {
        let script = self.script.display().to_string();
        ["/bin/sh".to_owned(), script, question.to_owned()].into()
    }

    /// Lets the program end.
    pub(crate) fn open(&self) {
        fs::write(&self.gate, "").unwrap();
    }

    /// Makes the program wait.
    pub(crate) fn close(&self) {
        fs::remove_file(&self.gate).unwrap();
    }

    /// How often the program did this for this question: `began`, `ended`.
    pub(crate) fn count(&self, what: &str, question: &str) -> usize {
        let ledger = fs::read_to_string(&self.ledger).unwrap_or_default();
        let line = format!("{what} {question}");
        ledger.lines().filter(|one| *one == line).count()
    }

    /// Waits until it did.
    pub(crate) async fn did(&self, what: &str, question: &str) {
        patiently(what, || (self.count(what, question) > 0).then_some(())).await;
    }
}
