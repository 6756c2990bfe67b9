//! Servers of the Model Context Protocol: started when a run first may use them, kept since.

#[cfg(feature = "mcp")]
mod running {
    use std::collections::HashMap;
    use std::sync::Arc;

    use openclaw_agent::tool::Tool;
    use openclaw_agent::tools::mcp::{McpServer, McpServerSpec};
    use tokio::sync::Mutex;
    use tokio::time::Instant;

    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    /// A server that could not be started is not tried again before that.
    const AGAIN: Duration = Duration::from_secs(60);

    /// The servers that run.
    #[derive(Debug, Default)]
    pub(crate) struct Servers {
        running: Mutex<HashMap<String, State>>,
        /// Grows when the configuration changes.
        epoch: AtomicU64,
    }

    #[derive(Debug)]
    enum State {
        Runs(Arc<McpServer>, u64),
        Failed(Instant, u64),
    }

    impl Servers {
        /// The configuration changed: servers are started anew when they are needed next.
        pub(crate) fn forget(&self) {
            self.epoch.fetch_add(1, Ordering::Relaxed);
        }

        /// The tools of these servers, as far as they run or can be started.
        pub(crate) async fn tools(&self, specs: &[McpServerSpec]) -> Vec<Arc<dyn Tool>> {
            if specs.is_empty() {
                return Vec::new();
            }
            let epoch = self.epoch.load(Ordering::Relaxed);
            let mut running = self.running.lock().await;
            running.retain(|name, _| specs.iter().any(|spec| spec.name == *name));
            let mut tools = Vec::new();
            for spec in specs {
                let is_good = match running.get(&spec.name) {
                    Some(State::Runs(server, of)) => *of == epoch && !server.is_closed(),
                    Some(State::Failed(at, of)) => *of == epoch && at.elapsed() < AGAIN,
                    None => false,
                };
                if !is_good {
                    let state = match Box::pin(McpServer::connect(spec)).await {
                        Ok(server) => State::Runs(Arc::new(server), epoch),
                        Err(error) => {
                            tracing::warn!(%error, "an MCP server is left out");
                            State::Failed(Instant::now(), epoch)
                        }
                    };
                    running.insert(spec.name.clone(), state);
                }
                if let Some(State::Runs(server, _)) = running.get(&spec.name) {
                    tools.extend(server.tools().iter().map(Arc::clone));
                }
            }
            tools
        }
    }
}

#[cfg(feature = "mcp")]
pub(crate) use running::Servers;

/// Without the feature there are none.
#[cfg(not(feature = "mcp"))]
#[derive(Debug, Default)]
pub(crate) struct Servers {}

#[cfg(not(feature = "mcp"))]
impl Servers {
    pub(crate) const fn forget(&self) {}
}
