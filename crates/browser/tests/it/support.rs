//! A browser for a test, and pages for it.

use std::path::PathBuf;

use openclaw_browser::{Browser, BrowserOptions, Refusal, Reply, Request};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A browser with a profile of its own.
pub(crate) struct Fixture {
    pub(crate) browser: Browser,
    pub(crate) options: BrowserOptions,
    pub(crate) dir: TempDir,
    _pages: JoinSet<()>,
    address: String,
}

impl Fixture {
    /// Nothing is started yet.
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut options = BrowserOptions::new(dir.path().join("profile"));
        options.executable = Some(chromium());
        // Tests run as root in containers, where there is no sandbox to be had.
        options.no_sandbox = true;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut pages = JoinSet::new();
        pages.spawn(serve(listener));
        Self {
            browser: Browser::new(options.clone()),
            options,
            dir,
            _pages: pages,
            address,
        }
    }

    /// The address of a page.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.browser.request(Request::get(path)).await.unwrap().body
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Reply, Refusal> {
        let request = Request::post(path, &body.to_string()).unwrap();
        self.browser.request(request).await
    }

    /// Opens a page in a new tab; answers its target id.
    pub(crate) async fn open(&self, path: &str) -> String {
        let body = serde_json::json!({"url": self.url(path)});
        let tab = self.post("/tabs/open", body).await.unwrap().body;
        tab["targetId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn act(&self, body: Value) -> Result<Value, Refusal> {
        self.post("/act", body).await.map(|reply| reply.body)
    }

    /// The snapshot of the page, and the reference of the line that holds `words`.
    pub(crate) async fn reference(&self, words: &str) -> String {
        let page = self.get("/snapshot").await;
        let text = page["snapshot"].as_str().unwrap();
        let line = text.lines().find(|line| line.contains(words));
        let line = line.unwrap_or_else(|| panic!("no line with `{words}` in:\n{text}"));
        let (_, rest) = line.rsplit_once("[ref=").unwrap();
        rest.split(']').next().unwrap().to_owned()
    }
}

/// The browser of this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "which programs this machine has is a fact of the machine"
)]
fn chromium() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "google-chrome", "chromium-browser"];
    std::env::split_paths(&path)
        .flat_map(|dir| names.map(|name| dir.join(name)))
        .find(|path| path.is_file())
        .expect(
            "these tests drive a real browser: install the package `chromium` (`.ci/run` does that)",
        )
}

async fn serve(listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        let (mut socket, _) = listener.accept().await.unwrap();
        connections.spawn(async move {
            let mut bytes = vec![0; 8192];
            let mut used = 0;
            while !bytes[..used].windows(4).any(|end| end == b"\r\n\r\n") {
                match socket.read(&mut bytes[used..]).await {
                    Ok(0) | Err(_) => return,
                    Ok(read) => used += read,
                }
            }
            let head = String::from_utf8_lossy(&bytes[..used]);
            let path = head.split(' ').nth(1).unwrap_or("/");
            let body = page(path);
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            // A browser that went away needs no answer.
            let _ = socket.write_all(answer.as_bytes()).await;
        });
    }
}

fn page(path: &str) -> &'static str {
    match path {
        "/form" => {
            "<title>Form</title><main><h1>Order</h1>
             <label>Name <input id=name value=old></label>
             <label><input type=checkbox id=agree> Agree</label>
             <select id=size aria-label=Size><option value=s>Small</option>
                 <option value=l>Large</option></select>
             <button onclick=\"document.title = name_() + '/' + agree.checked + '/' + size.value;
                 say.textContent = 'Thanks, ' + name_()\">Send</button>
             <p id=say></p></main>
             <script>const name_ = () => document.getElementById('name').value;</script>"
        }
        "/loud" => {
            "<title>Loud</title><script>console.log('hello', 7); console.warn('careful');
             alert('stop'); setTimeout(() => { throw new Error('broken page') }, 0)</script>
             <p>after the dialog</p>"
        }
        _ => "<title>Home</title><h1>Welcome</h1><a href=/form>Order form</a>",
    }
}
