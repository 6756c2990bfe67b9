//! Services and the port: whether they are ours, and fit this program and its configuration.

use openclaw_config::{Config, LoadError, Loaded, Port, StateLock, env, resolve_port};

use super::check::{Check, Status};
use crate::app::{App, VERSION};
use crate::commands::gateway::listeners;
use crate::commands::service::installed::Installed;
use crate::commands::service::{Kind, Manager, Service};

/// The checks.
pub(super) fn checks(
    app: &App,
    loaded: &Result<Loaded, LoadError>,
    flag: Option<Port>,
) -> Vec<Check> {
    let defaults = Config::default();
    let (config, env) = match loaded {
        Ok(loaded) => (&loaded.config, &loaded.env),
        Err(_) => (&defaults, &app.env),
    };
    let profile = app.paths.profile().map(|profile| &profile.value);
    let port = resolve_port(flag, env, config.gateway.port, profile)
        .port
        .value;
    let mut checks = vec![owner(app, port)];
    for kind in [Kind::Gateway, Kind::Node] {
        checks.extend(service(app, kind, port));
    }
    // Few have one; nobody misses it.
    if Service::find(app, Kind::Tunnel).file.is_some() {
        checks.extend(service(app, Kind::Tunnel, port));
    }
    checks
}

/// Who has the port.
fn owner(app: &App, port: Port) -> Check {
    const ID: &str = "port.owner";
    let found = listeners::on_port(port.get());
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    let held = StateLock::record(app.paths.state_dir()).ok().flatten();
    let ours = held
        .filter(|record| record.is_held)
        .map(|record| record.pid);
    if found.is_empty() {
        return match ours {
            Some(pid) => Check::new(
                ID,
                Status::Warn,
                format!(
                    "The Gateway of this state (pid {pid}) listens on another port than {port}"
                ),
            )
            .remedy(
                "openclaw gateway status --port PORT, or set gateway.port to what it listens on",
            ),
            None if cfg!(target_os = "linux") => {
                Check::new(ID, Status::Ok, format!("Port {port} is free"))
            }
            None => Check::new(
                ID,
                Status::Skipped,
                format!("Who has port {port} is not known here"),
            ),
        };
    }
    if found
        .iter()
        .all(|listener| listener.pid.is_some() && listener.pid == ours)
    {
        return Check::new(
            ID,
            Status::Ok,
            format!("Port {port} belongs to the Gateway of this state"),
        );
    }
    Check::new(
        ID,
        Status::Warn,
        format!("Port {port} belongs to somebody else"),
    )
    .detail(lines.join("\n"))
    .remedy("choose another port: openclaw config set gateway.port PORT")
}

/// Whether an installed service runs, and runs what it should.
fn service(app: &App, kind: Kind, port: Port) -> Vec<Check> {
    let (id, fits_id) = match kind {
        Kind::Gateway => ("service.gateway", "service.gateway.fits"),
        Kind::Node => ("service.node", "service.node.fits"),
        Kind::Tunnel => ("service.tunnel", "service.tunnel.fits"),
    };
    let (title, word) = (kind.title(), kind.word());
    let service = Service::find(app, kind);
    let Some(file) = &service.file else {
        return vec![Check::new(
            id,
            Status::Skipped,
            format!("{title} service: not installed"),
        )];
    };
    let runtime = service.runtime(app, kind);
    let shown = format!("{title} service: {}, {}", service.state(), runtime.status);
    let mut checks = vec![if runtime.is_running() && service.enabled {
        Check::new(id, Status::Ok, shown)
    } else if runtime.status == "unknown" {
        Check::new(id, Status::Warn, shown)
            .detail("the service manager does not answer here")
            .remedy("log in as this user (not by su or sudo), and look again")
    } else {
        let code = runtime.exit_code.filter(|code| *code != 0);
        let mut check = Check::new(id, Status::Warn, shown).remedy(format!(
            "{}; {} shows why it ends",
            kind.again(),
            kind.in_foreground()
        ));
        check.detail = code.map(|code| format!("it ended with code {code}"));
        check
    }];
    let Some(installed) = Installed::read(Manager::of_host(), file) else {
        checks.push(
            Check::new(
                fits_id,
                Status::Warn,
                format!("{} runs nothing", app.out.path(file)),
            )
            .remedy(format!("openclaw {word} install --force")),
        );
        return checks;
    };
    let odd = unfit(&installed, kind, port);
    checks.push(if odd.is_empty() {
        Check::new(
            fits_id,
            Status::Ok,
            format!("{title} service runs this program"),
        )
    } else {
        Check::new(
            fits_id,
            Status::Warn,
            format!("{title} service does not fit"),
        )
        .detail(odd.join("\n"))
        .remedy(format!("openclaw {word} install --force"))
    });
    checks
}

/// What a service has that it should not, a line each.
fn unfit(installed: &Installed, kind: Kind, port: Port) -> Vec<String> {
    let mut odd = Vec::new();
    let program = installed.program();
    if std::env::current_exe().is_ok_and(|own| own != program) {
        odd.push(format!("it runs another program: {}", program.display()));
    }
    if let Some(version) = installed.variable(env::SERVICE_VERSION)
        && version != VERSION
    {
        odd.push(format!(
            "it was installed by version {version}, this is {VERSION}"
        ));
    }
    for secret in [env::GATEWAY_TOKEN, env::GATEWAY_PASSWORD] {
        if installed.variable(secret).is_some() {
            odd.push(format!("its file holds a secret: {secret}"));
        }
    }
    if kind == Kind::Gateway
        && let Some(own) = installed.option("--port")
        && own != port.to_string()
    {
        odd.push(format!(
            "it listens on port {own}, and commands ask on port {port}"
        ));
    }
    odd
}
