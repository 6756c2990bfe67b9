//! A running server and its tools.

use std::collections::HashMap;
use std::fmt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderName, HeaderValue};
use rmcp::model::CallToolRequestParams;
use rmcp::service::{Peer, RoleClient, RunningService, ServiceError};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{IntoTransport, StreamableHttpClientTransport, TokioChildProcess};
use rmcp::{ServiceExt, model};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use tokio::time::timeout;
use url::Url;

use super::content::output;
use super::{McpEndpoint, McpServerSpec};
use crate::model::transport::system_tls;
use crate::tool::{
    Tool, ToolContext, ToolError, ToolOutput, ToolSpec, arguments, cap_text, plain_id,
};

/// A server cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the MCP server `{server}` cannot be used: {why}")]
pub struct McpError {
    /// Its name.
    pub server: String,
    /// What is wrong, in words.
    pub why: String,
}

/// Tools of one server that are taken. The rest is left out.
const MAX_TOOLS: usize = 128;

/// Bytes of a description that are shown to the model.
const MAX_DESCRIPTION_BYTES: usize = 4096;

/// A running server. Dropping it ends the connection, and the program if one was started.
pub struct McpServer {
    name: String,
    service: RunningService<RoleClient, ()>,
    tools: Vec<Arc<dyn Tool>>,
}

impl fmt::Debug for McpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpServer")
            .field("name", &self.name)
            .field("tools", &self.tools.len())
            .finish_non_exhaustive()
    }
}

impl McpServer {
    /// Starts, or connects to, a server and asks for its tools.
    ///
    /// Errors: [`McpError`].
    pub async fn connect(spec: &McpServerSpec) -> Result<Self, McpError> {
        let failed = |why: String| McpError {
            server: spec.name.clone(),
            why,
        };
        match &spec.endpoint {
            McpEndpoint::Stdio {
                program,
                args,
                env,
                cwd,
            } => {
                let mut command = tokio::process::Command::new(program);
                command.args(args).env_clear().kill_on_drop(true);
                command.envs(
                    env.iter()
                        .map(|(name, value)| (name, value.expose_secret())),
                );
                if let Some(cwd) = cwd {
                    command.current_dir(cwd);
                }
                let (transport, _) = TokioChildProcess::builder(command)
                    .stderr(Stdio::null())
                    .spawn()
                    .map_err(|why| failed(format!("`{}`: {why}", program.display())))?;
                Self::over(spec, transport).await
            }
            McpEndpoint::Http { url, headers } => {
                let headers = header_map(headers).map_err(failed)?;
                let client = http_client(url).map_err(failed)?;
                let config = StreamableHttpClientTransportConfig::with_uri(url.as_str())
                    .custom_headers(headers);
                Self::over(
                    spec,
                    StreamableHttpClientTransport::with_client(client, config),
                )
                .await
            }
        }
    }

    /// The same over a connection of one's own.
    async fn over<T, E, A>(spec: &McpServerSpec, transport: T) -> Result<Self, McpError>
    where
        T: IntoTransport<RoleClient, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let failed = |why: String| McpError {
            server: spec.name.clone(),
            why: why.chars().take(400).collect(),
        };
        let late = || {
            failed(format!(
                "no answer within {} s",
                spec.start_timeout.as_secs()
            ))
        };
        let starting = Box::pin(().serve(transport));
        let service = timeout(spec.start_timeout, starting)
            .await
            .map_err(|_| late())?
            .map_err(|why| failed(why.to_string()))?;
        let listing = Box::pin(service.peer().list_all_tools());
        let listed = timeout(spec.start_timeout, listing)
            .await
            .map_err(|_| late())?
            .map_err(|why| failed(why.to_string()))?;
        let tools = listed
            .into_iter()
            .take(MAX_TOOLS)
            .map(|tool| -> Arc<dyn Tool> {
                Arc::new(McpTool::new(spec, service.peer().clone(), tool))
            });
        Ok(Self {
            name: spec.name.clone(),
            tools: tools.collect(),
            service,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its tools.
    pub fn tools(&self) -> &[Arc<dyn Tool>] {
        &self.tools
    }

    /// The connection has ended.
    pub fn is_closed(&self) -> bool {
        self.service.is_closed() || self.service.is_transport_closed()
    }

    /// Ends the connection, and the program if one was started, and waits for it.
    pub async fn close(mut self) {
        // Its only failure is a task that broke down, which is an end too.
        let _ = self
            .service
            .close_with_timeout(Duration::from_secs(5))
            .await;
    }
}

fn header_map(
    headers: &[(String, secrecy::SecretString)],
) -> Result<HashMap<HeaderName, HeaderValue>, String> {
    let mut map = HashMap::new();
    for (name, value) in headers {
        let known: HeaderName = name
            .parse()
            .map_err(|_| format!("`{name}` is no name of a header"))?;
        let mut value = HeaderValue::from_str(value.expose_secret())
            .map_err(|_| format!("the header `{name}` has a value that no header can have"))?;
        value.set_sensitive(true);
        map.insert(known, value);
    }
    Ok(map)
}

fn http_client(url: &Url) -> Result<reqwest::Client, String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("its address is no http or https address".to_owned());
    }
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(15))
        .pool_max_idle_per_host(0)
        .tls_backend_preconfigured(system_tls()?.0)
        .build()
        .map_err(|why| why.to_string())
}

struct McpTool {
    spec: Arc<ToolSpec>,
    server: String,
    name: String,
    peer: Peer<RoleClient>,
    call_timeout: Duration,
}

impl fmt::Debug for McpTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpTool")
            .field("server", &self.server)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl McpTool {
    fn new(server: &McpServerSpec, peer: Peer<RoleClient>, tool: model::Tool) -> Self {
        let told = tool.description.unwrap_or_default();
        let spec = ToolSpec {
            name: plain_id(&format!("mcp_{}_{}", server.name, tool.name)),
            description: format!(
                "[tool of the MCP server {}] {}",
                server.name,
                cap_text(&told, MAX_DESCRIPTION_BYTES)
            ),
            parameters: Value::Object(Map::clone(&tool.input_schema)),
        };
        Self {
            spec: Arc::new(spec),
            server: server.name.clone(),
            name: tool.name.into_owned(),
            peer,
            call_timeout: server.call_timeout,
        }
    }
}

#[async_trait]
impl Tool for McpTool {
    fn spec(&self) -> &Arc<ToolSpec> {
        &self.spec
    }

    async fn call(&self, _: &ToolContext, text: &str) -> Result<ToolOutput, ToolError> {
        let given: Map<String, Value> = arguments(text)?;
        let asked = CallToolRequestParams::new(self.name.clone()).with_arguments(given);
        let calling = Box::pin(self.peer.call_tool(asked));
        let answer = timeout(self.call_timeout, calling)
            .await
            .map_err(|_| ToolError::Timeout(self.call_timeout))?;
        match answer {
            Ok(result) => Ok(output(&format!("MCP server {}", self.server), &result)),
            Err(ServiceError::McpError(told)) => {
                let told = crate::tool::untrusted::wrap(
                    &format!("MCP server {}", self.server),
                    &told.message,
                );
                Err(ToolError::Failed(told))
            }
            Err(why) => Err(ToolError::Failed(format!(
                "the MCP server `{}` did not answer: {why}; whether it took effect is unknown",
                self.server
            ))),
        }
    }

    fn timeout(&self) -> Option<Duration> {
        Some(self.call_timeout + Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests;
