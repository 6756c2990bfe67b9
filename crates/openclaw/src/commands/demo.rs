//! `openclaw demo`: a Gateway and a node at work, in a directory of their own.

mod home;
mod script;

use std::time::Duration;

use openclaw_connect::{Credentials, Endpoint, Trust};
use openclaw_gateway_server::{Gateway, GatewayOptions};
use openclaw_node_client::NodeHandle;
use openclaw_node_host::NodeHost;
use openclaw_policy::AuthGate;
use openclaw_protocol::Method as _;
use openclaw_protocol::id::NodeId;
use openclaw_protocol::method::NoParams;
use openclaw_protocol::methods::node::invoke::{NodeInvoke, NodeInvokeParams};
use openclaw_protocol::methods::node::list::NodeList;
use openclaw_protocol::methods::node::pair::approve::{NodePairApprove, NodePairApproveParams};
use openclaw_protocol::methods::node::pair::list::NodePairList;
use openclaw_remote::{OpenOptions, Target, TargetFlags};
use openclaw_store::{OpenOptions as StoreOptions, Store};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use serde_json::value::to_raw_value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::app::{App, VERSION};
use crate::cli::meta::DemoArgs;
use crate::client::{self, Client};
use crate::error::CliError;
use crate::render::field::{flag, list, text, texts};
use crate::runtime;
use home::Home;
use openclaw_daemon::signals::Stop;
use script::Script;

/// Runs the demo: each step is done for real, over the loopback network, and printed.
pub(crate) fn run(app: &App, args: &DemoArgs) -> Result<(), CliError> {
    runtime::server()?
        .block_on(play(app, args))
        .map_err(|error| error.labelled("Demo failed"))
}

/// How long a step may take. Everything is on this machine.
const PATIENCE: Duration = Duration::from_secs(10);

async fn play(app: &App, args: &DemoArgs) -> Result<(), CliError> {
    let mut stop = Stop::listen()
        .map_err(|error| CliError::failure(format!("signals cannot be received: {error}")))?;
    let script = Script::new(&app.out);
    let home = Home::create()?;
    let gateway = start_gateway(&home).await?;
    let address = *gateway
        .addresses()
        .first()
        .ok_or_else(|| CliError::failure("no address"))?;
    home.write_config(address.port())?;
    script.step(
        "gateway",
        &format!("Gateway listens on ws://{address}, guarded by a random token"),
    )?;

    let mut tasks = JoinSet::new();
    let shutdown = CancellationToken::new();
    let node = start_node(app, &home, address.port(), &mut tasks, shutdown.clone())?;
    let online = timeout(PATIENCE, node.wait_online()).await.ok().flatten();
    let online = online.ok_or_else(|| {
        CliError::failure(format!("the node did not connect: {:?}", node.state()))
    })?;
    script.step(
        "node",
        &format!("Node `{NODE_NAME}` connected and asks to offer its commands"),
    )?;

    let steps = async {
        let client = connect(&home).await?;
        script.step(
            "operator",
            "Operator connected, as every `openclaw` command does",
        )?;
        let request = pending_request(&client, &online.node_id).await?;
        script.step(
            "pending",
            &format!("Pairing request {request} waits for a person"),
        )?;
        let params = NodePairApproveParams {
            request_id: request.as_str().into(),
        };
        client.call::<NodePairApprove>(&params).await?;
        let commands = approved_commands(&client, &online.node_id).await?;
        script.step(
            "approved",
            &format!("Approved: the node offers {}", commands.join(", ")),
        )?;
        let answer = invoke(&client, &online.node_id).await?;
        script.step("invoked", &format!("system.which on the node: {answer}"))?;
        client.close().await;
        Ok::<_, CliError>(())
    };
    tokio::select! {
        done = steps => done?,
        _ = stop.wait() => return leave(gateway, tasks, shutdown).await,
    }
    if !args.once {
        script.next(&home)?;
        stop.wait().await;
    }
    leave(gateway, tasks, shutdown).await?;
    script.step("done", "Stopped; nothing is left behind")
}

async fn start_gateway(home: &Home) -> Result<Gateway, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::failure(format!("gateway: {error}"));
    let store = Store::open(home.paths().state_db_file(), &StoreOptions::create())
        .map_err(|error| failed(&error))?;
    let options = GatewayOptions {
        version: VERSION.to_owned(),
        auth: AuthGate::token(home.token().expose_secret()),
        state_dir: Some(home.paths().state_dir().to_owned()),
        ..GatewayOptions::default()
    };
    let address = (std::net::Ipv4Addr::LOCALHOST, 0).into();
    Gateway::builder(options)
        .store(store)
        .bind(address)
        .serve()
        .await
        .map_err(|error| failed(&error))
}

/// The name of the demo's node.
const NODE_NAME: &str = "demo-node";

fn start_node(
    app: &App,
    home: &Home,
    port: u16,
    tasks: &mut JoinSet<()>,
    shutdown: CancellationToken,
) -> Result<NodeHandle, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::failure(format!("node: {error}"));
    let url = format!("ws://127.0.0.1:{port}");
    let endpoint = Endpoint::new(url.parse().map_err(|error| failed(&error))?, Trust::System);
    let host = NodeHost::builder(endpoint, home.node_dir())
        .version(VERSION)
        .display_name(NODE_NAME)
        .environment(app.env.clone())
        .credentials(Credentials::token(home.token().clone()))
        .build()
        .map_err(|error| failed(&error))?;
    let handle = host.handle();
    tasks.spawn(async move {
        if let Err(error) = host.run(shutdown).await {
            tracing::warn!(%error, "node ended");
        }
    });
    Ok(handle)
}

/// Connects as a command in another terminal would: by the configuration in the demo's directory.
async fn connect(home: &Home) -> Result<Client, CliError> {
    let loaded = openclaw_config::load(home.paths().config_file(), home.env())
        .map_err(|error| crate::app::refused_config(&error))?;
    let target = Target::resolve(&TargetFlags::default(), home.paths(), &loaded)
        .map_err(|why| client::refused(&why))?;
    let options = OpenOptions::new(home.paths()).for_method(NodePairList::NAME);
    Client::open_target(&target, options).await
}

/// The node's request, which the Gateway opens when the node connects.
async fn pending_request(client: &Client, node: &NodeId) -> Result<String, CliError> {
    until("the node's pairing request", || async {
        let answer = client.call::<NodePairList>(&NoParams {}).await?;
        let request = list(&answer, "pending")
            .iter()
            .find(|request| text(request, "nodeId") == Some(node.as_str()))
            .and_then(|request| text(request, "requestId").map(str::to_owned));
        Ok(request)
    })
    .await
}

/// The commands of the node, once they may be called.
async fn approved_commands(client: &Client, node: &NodeId) -> Result<Vec<String>, CliError> {
    until("the node's commands", || async {
        let answer = client.call::<NodeList>(&NoParams {}).await?;
        let row = list(&answer, "nodes")
            .iter()
            .find(|row| text(row, "nodeId") == Some(node.as_str()));
        let row = row.filter(|row| flag(row, "connected"));
        let commands: Vec<String> = row
            .map(|row| texts(row, "commands"))
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect();
        Ok((!commands.is_empty()).then_some(commands))
    })
    .await
}

async fn invoke(client: &Client, node: &NodeId) -> Result<Value, CliError> {
    let bins = to_raw_value(&serde_json::json!({ "bins": ["sh", "git", "ssh"] }))
        .map_err(|error| CliError::failure(error.to_string()))?;
    let key = uuid::Uuid::new_v4().to_string();
    let params = NodeInvokeParams {
        params: Some(bins),
        ..NodeInvokeParams::new(node.clone(), "system.which".to_owned(), key)
    };
    let mut answer = client.call::<NodeInvoke>(&params).await?;
    Ok(answer["payload"].take())
}

/// Asks again until there is something, for at most [`PATIENCE`].
async fn until<T, F>(what: &str, mut ask: impl FnMut() -> F) -> Result<T, CliError>
where
    F: Future<Output = Result<Option<T>, CliError>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask().await? {
            return Ok(found);
        }
        if Instant::now() > deadline {
            return Err(CliError::failure(format!("waited for {what} in vain")));
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// Stops the node, then the Gateway.
async fn leave(
    gateway: Gateway,
    mut tasks: JoinSet<()>,
    shutdown: CancellationToken,
) -> Result<(), CliError> {
    shutdown.cancel();
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|error| CliError::failure(format!("node: {error}")))?;
    }
    gateway.shutdown("demo over").await;
    Ok(())
}
