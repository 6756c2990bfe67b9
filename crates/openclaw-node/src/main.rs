//! The OpenClaw node host as a program of its own: arguments, signals, exit codes, and nothing
//! else. What it does is in `openclaw-node-host`, as for `openclaw node run`.

mod args;
mod end;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use openclaw_config::{Env, PathFlags, Paths};
use openclaw_daemon::signals::Stop;
use openclaw_node_host::launch::{Launch, News, Said, Surroundings};
use tracing_subscriber::filter::LevelFilter;

use args::Args;
use end::End;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(text) => {
            // Whoever reads it may be gone already; the exit code still says it.
            let _ = text.print();
            return End::of_arguments(&text);
        }
    };
    let json = args.json;
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(end) => end.tell(json),
    }
}

fn run(args: Args) -> Result<(), End> {
    let level = if args.verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::WARN
    };
    // Somebody may log already; then there is nothing to begin.
    let _ = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(false)
        .try_init();
    let commands = Env::from_process();
    let flags = PathFlags {
        profile: args.profile.clone(),
        dev: false,
    };
    let paths = Paths::resolve(&commands, &flags).map_err(End::config)?;
    let env = commands
        .clone()
        .completed_by_file(&paths.dotenv_file())
        .map_err(End::config)?;
    let loaded = openclaw_config::load(paths.config_file(), &env).map_err(End::config)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(End::failure)?;
    runtime.block_on(async {
        let mut stop = Stop::listen().map_err(End::failure)?;
        let around = Surroundings {
            commands: &commands,
            paths: &paths,
            loaded: &loaded,
            version: env!("CARGO_PKG_VERSION"),
        };
        let json = args.json;
        let launch = Launch::prepare(args.into(), around).await?;
        let mut said = Said::default();
        launch
            .run(async move { stop.wait().await }, |news| {
                say(json, news, &mut said).map_err(End::failure)
            })
            .await
    })
}

/// Says it, unless it was just said: for people on stderr, for programs a line each on stdout.
fn say(json: bool, news: &News<'_>, said: &mut Said) -> io::Result<()> {
    if json {
        let Some(event) = news.to_json() else {
            return Ok(());
        };
        return writeln!(io::stdout().lock(), "{event}");
    }
    if let Some(text) = said.text(news) {
        // That nobody reads it is no failure.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
    Ok(())
}
