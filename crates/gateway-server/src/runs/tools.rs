//! The tools of a run, over this Gateway.

pub(super) mod exec;
pub(super) mod nodes;
pub(super) mod sessions;

use std::path::Path;
use std::sync::Arc;

use openclaw_agent::prompt::PromptFile;
use openclaw_agent::tool::{Pattern, Tool, ToolPolicy, Toolbox};
use openclaw_agent::tools::exec::ExecTool;
use openclaw_agent::tools::files::{EditTool, ReadTool, Workspace, WriteTool};
use openclaw_agent::tools::nodes::{NodesRules, NodesTool};
use openclaw_agent::tools::sessions::SessionsTool;
use openclaw_agent::tools::web_fetch::{WebFetchRules, WebFetchTool};

use super::{Origin, RunAsk};
use crate::agents::{AgentOptions, AgentProfile};
use crate::core::Core;

/// Files of the workspace that are about the owner: guests are answered without them.
const PRIVATE_FILES: &[&str] = &["USER.md", "MEMORY.md", "HEARTBEAT.md"];

/// The tools that a run may use, and the files of its workspace that stand in its prompt.
pub(super) async fn toolbox(
    core: &Arc<Core>,
    options: &AgentOptions,
    agent: &AgentProfile,
    ask: &RunAsk,
) -> (Toolbox, Vec<PromptFile>) {
    let mut tools: Vec<Arc<dyn Tool>> = vec![
        Arc::new(NodesTool::new(
            Arc::new(nodes::CoreNodes::new(core)),
            NodesRules::default(),
        )),
        Arc::new(ExecTool::new(
            Arc::new(exec::CoreExec::new(core, options, agent)),
            options.exec.timeout,
        )),
        Arc::new(SessionsTool::new(Arc::new(sessions::CoreSessions::new(
            core,
        )))),
        Arc::new(WebFetchTool::new(WebFetchRules::default())),
    ];
    let mut files = Vec::new();
    if let Some(root) = &agent.workspace {
        match workspace(root.clone()).await {
            Ok((workspace, found)) => {
                files = found;
                tools.push(Arc::new(ReadTool::new(workspace.clone())));
                tools.push(Arc::new(WriteTool::new(workspace.clone())));
                tools.push(Arc::new(EditTool::new(workspace)));
            }
            Err(error) => tracing::warn!(
                agent = agent.id, workspace = %root.display(), %error,
                "an agent runs without its workspace"
            ),
        }
    }
    tools.extend(core.runs.tools());
    #[cfg(feature = "mcp")]
    tools.extend(core.runs.mcp.tools(&options.mcp).await);
    let mut all = Toolbox::new();
    for tool in tools {
        if let Err(error) = all.add(tool) {
            tracing::warn!(%error, "a tool is left out");
        }
    }
    for policy in &agent.tools {
        all = all.within(policy);
    }
    if let Origin::Channel {
        channel, sender, ..
    } = &ask.origin
    {
        all = all.within(&agent.senders.policy(channel, sender, ask.is_guest));
    }
    if ask.is_guest {
        files.retain(|file| !PRIVATE_FILES.contains(&file.name.as_str()));
    }
    if let Some(allowed) = &ask.allow_tools {
        all = all.within(&only(allowed));
    }
    (all, files)
}

/// The tools that an agent may use.
pub(crate) async fn tools_of(
    core: &Arc<Core>,
    options: &AgentOptions,
    agent: &AgentProfile,
) -> Toolbox {
    let ask = RunAsk::new("", "", Origin::Http, "");
    Box::pin(toolbox(core, options, agent, &ask)).await.0
}

/// The first of these names that is one of an agent's tools.
pub(crate) async fn has_tool<'n>(
    core: &Arc<Core>,
    options: &AgentOptions,
    agent: &AgentProfile,
    names: &[&'n str],
) -> Option<&'n str> {
    if names.is_empty() {
        return None;
    }
    let tools = tools_of(core, options, agent).await;
    names.iter().copied().find(|name| tools.find(name).is_ok())
}

fn only(allowed: &[String]) -> ToolPolicy {
    let patterns = allowed.iter().map(|name| {
        let Ok(pattern) = name.parse::<Pattern>();
        pattern
    });
    ToolPolicy {
        allow: Some(patterns.collect()),
        deny: Vec::new(),
    }
}

/// Opens a workspace, made where it is missing, and reads the files for the prompt.
async fn workspace(
    root: std::path::PathBuf,
) -> Result<(Workspace, Vec<PromptFile>), Box<dyn std::error::Error + Send + Sync>> {
    let opened = tokio::task::spawn_blocking(move || {
        make(&root)?;
        let workspace = Workspace::open(root)?;
        let files = workspace.prompt_files();
        Ok((workspace, files))
    });
    opened.await?
}

#[cfg(unix)]
fn make(root: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(root)
}

#[cfg(not(unix))]
fn make(root: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(root)
}
