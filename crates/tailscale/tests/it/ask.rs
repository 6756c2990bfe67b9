use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use openclaw_tailscale::stand_in::{Answer, Command, StandIn};
use openclaw_tailscale::{BackendState, Limits, Search, Tailscale, TailscaleError};

use crate::machine::{Machine, limits};

const DENIED: &str = "Access denied: watch IPN bus access denied";

#[tokio::test]
async fn a_machine_on_its_tailnet() {
    let machine = Machine::new();
    let status = machine.tailscale.status().await.unwrap();
    assert_eq!(status.state, BackendState::Running);
    assert_eq!(status.host().as_deref(), Some(StandIn::HOST));
    assert_eq!(status.ips[0].to_string(), StandIn::IP);
    assert_eq!(status.peer_ips.len(), 2);
    assert_eq!(machine.tailscale.routes().await, Ok(Vec::new()));
    assert_eq!(machine.calls(), ["status --json", "serve status --json"]);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_found_once_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("tailscale");
    let tailscale = Tailscale::find(Search::exactly(&program));
    let missing = TailscaleError::NotInstalled {
        looked_for: vec![program.clone()],
    };
    assert_eq!(tailscale.status().await, Err(missing.clone()));
    assert_eq!(tailscale.routes().await, Err(missing.clone()));
    assert_eq!(tailscale.program(), Err(missing));
    StandIn::write(folder.path()).unwrap();
    assert_eq!(tailscale.program(), Ok(program));
    assert!(tailscale.status().await.is_ok());
}

#[tokio::test]
async fn noise_around_the_answer_does_not_matter() {
    let machine = Machine::new();
    let noisy = "Warning: client version \"1\" != tailscaled server version \"2\"\n{\"BackendState\":\"Running\"}\n# bye\n";
    machine
        .stand_in
        .answer(Command::Status, &[Answer::printing(noisy)])
        .unwrap();
    assert_eq!(
        machine.tailscale.status().await.unwrap().state,
        BackendState::Running
    );
}

#[tokio::test]
async fn garbage_is_shown_in_part() {
    let machine = Machine::new();
    let garbage = format!("<html>\n{}", "x".repeat(10_000));
    for garbage in [
        garbage.as_str(),
        "",
        "{\"BackendState\":",
        "{\"Backend\":1}",
    ] {
        machine
            .stand_in
            .answer(Command::Status, &[Answer::printing(garbage)])
            .unwrap();
        let error = machine.tailscale.status().await.unwrap_err();
        let TailscaleError::BadOutput { command, excerpt } = error else {
            panic!("{error}");
        };
        assert_eq!(command, "tailscale status --json");
        assert!(excerpt.chars().count() <= 401 && !excerpt.contains('\n'));
    }
}

#[tokio::test]
async fn a_user_who_is_logged_out_is_a_state() {
    let machine = Machine::new();
    machine.stand_in.set_state("NeedsLogin").unwrap();
    let status = machine.tailscale.status().await.unwrap();
    let error = status.connected().unwrap_err();
    let state = BackendState::NeedsLogin;
    assert_eq!(error, TailscaleError::NotLoggedIn { state });
}

#[tokio::test]
async fn a_daemon_that_does_not_run_is_told_apart() {
    let machine = Machine::new();
    let down = "failed to connect to local tailscaled; it doesn't appear to be running";
    machine
        .stand_in
        .answer(Command::Status, &[Answer::failing(down)])
        .unwrap();
    let detail = down.to_owned();
    let error = machine.tailscale.status().await.unwrap_err();
    assert_eq!(error, TailscaleError::DaemonUnreachable { detail });
}

#[tokio::test]
async fn a_program_that_hangs_is_killed() {
    let after = Duration::from_millis(200);
    let machine = Machine::with_limits(Limits {
        query: after,
        ..limits()
    });
    machine
        .stand_in
        .answer(Command::Status, &[Answer::hang()])
        .unwrap();
    let error = machine.tailscale.status().await.unwrap_err();
    let command = "tailscale status --json".to_owned();
    assert_eq!(error, TailscaleError::TimedOut { command, after });
    machine.assert_none_runs();
}

#[tokio::test]
async fn a_flood_is_cut_off() {
    let machine = Machine::with_limits(Limits {
        output_bytes: 50_000,
        status_bytes: 100_000,
        ..limits()
    });
    for command in [Command::Status, Command::Routes] {
        machine
            .stand_in
            .answer(command, &[Answer::flood()])
            .unwrap();
    }
    let too_much = |command: &str, limit| TailscaleError::TooMuchOutput {
        command: command.into(),
        limit,
    };
    assert_eq!(
        machine.tailscale.status().await,
        Err(too_much("tailscale status --json", 100_000))
    );
    assert_eq!(
        machine.tailscale.routes().await,
        Err(too_much("tailscale serve status --json", 50_000))
    );
    machine.assert_none_runs();
}

#[tokio::test]
async fn what_is_denied_is_asked_once_more_through_sudo() {
    let machine = Machine::new();
    let answers = [Answer::failing(DENIED), Answer::usual()];
    machine.stand_in.answer(Command::Status, &answers).unwrap();
    machine.stand_in.allow_sudo(true).unwrap();
    assert!(machine.tailscale.status().await.is_ok());
    assert_eq!(
        machine.calls(),
        [
            "status --json",
            "sudo -n tailscale status --json",
            "status --json"
        ]
    );
}

#[tokio::test]
async fn a_sudo_that_does_not_help_is_part_of_the_story() {
    let machine = Machine::new();
    let denied = |sudo: Option<&str>| TailscaleError::Denied {
        command: "tailscale status --json".into(),
        detail: DENIED.into(),
        sudo: sudo.map(str::to_owned),
    };
    machine
        .stand_in
        .answer(Command::Status, &[Answer::failing(DENIED)])
        .unwrap();
    assert_eq!(
        machine.tailscale.status().await,
        Err(denied(Some("sudo: a password is required")))
    );
    machine.stand_in.allow_sudo(true).unwrap();
    assert_eq!(machine.tailscale.status().await, Err(denied(Some(DENIED))));
    let search = Search {
        sudo: Vec::new(),
        ..machine.stand_in.search()
    };
    let without = Tailscale::with_limits(search, limits());
    assert_eq!(without.status().await, Err(denied(None)));
}

#[tokio::test]
async fn a_program_that_may_not_be_executed_is_a_denial() {
    let machine = Machine::new();
    let interpreter = machine.folder.path().join("interpreter");
    std::fs::write(&interpreter, "").unwrap();
    let program = machine.folder.path().join("tailscale");
    std::fs::write(&program, format!("#!{}\n", interpreter.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let search = Search {
        explicit: Some(program.clone()),
        ..machine.stand_in.search()
    };
    let error = Tailscale::with_limits(search, limits())
        .status()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), "denied", "{error}");
    assert_eq!(machine.calls(), ["sudo -n tailscale status --json"]);
    std::fs::write(&program, "#!/nowhere/sh\n").unwrap();
    let search = Search::exactly(&program);
    let error = Tailscale::find(search).status().await.unwrap_err();
    assert_eq!(error.kind(), "notStarted", "{error}");
}
