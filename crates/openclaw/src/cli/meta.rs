//! `openclaw demo`, `openclaw completion` and `openclaw docs`

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

// Options of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// End after the last step instead of waiting for Ctrl-C
    #[arg(long)]
    pub(crate) once: bool,
}

// Options of `completion`.
#[derive(Debug, Args)]
pub(crate) struct CompletionArgs {
    /// Which shell
    #[arg(short, long, value_enum, value_name = "SHELL")]
    pub(crate) shell: Shell,
}

// Options of `docs`.
#[derive(Debug, Args)]
pub(crate) struct DocsArgs {
    /// Write man pages into this directory instead of printing Markdown
    #[arg(long, value_name = "DIR")]
    pub(crate) man: Option<PathBuf>,
}
