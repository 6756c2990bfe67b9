//! The `openclaw` command: arguments, output, exit codes and signals. What it does is in the
//! libraries below it.

mod app;
mod cli;
mod client;
mod clock;
mod commands;
mod error;
mod exit;
mod first_contact;
mod logging;
mod render;
mod runtime;
mod secret_command;

use std::ffi::OsString;
use std::process::ExitCode;

use cli::parse::{Early, Parsed};
use exit::Exit;
use openclaw_config::{Env, env};
use render::{Output, failure};

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let early = Early::scan(&args);
    let out = Output::new(early.json, early.no_color, None);
    let result = match cli::parse::parse(args) {
        Ok(Parsed::Run(cli)) => {
            let cli::Cli { global, command } = *cli;
            app::App::new(global).and_then(|app| commands::run(&app, command))
        }
        Ok(Parsed::Print(text)) => out.styled(&text),
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => Exit::Ok.into(),
        Err(error) => {
            failure::print(&out, &error, Env::from_process().says_yes(env::DEBUG));
            error.exit().into()
        }
    }
}
