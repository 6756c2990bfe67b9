//! Drives a Chromium of its own for an agent: tabs, pages, snapshots, actions.
//!
//! The browser is started on demand, with a profile directory of its own that no person uses, and
//! is spoken to over a pipe. It opens no port, nobody else on the machine can drive it, and it
//! ends with the process that started it, however that ends.
//!
//! Requests have the form of the original's browser control: a method, a path, a query, a body.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use openclaw_browser::{Browser, BrowserOptions, Request};
//!
//! let browser = Browser::new(BrowserOptions::new("/var/lib/openclaw/browser"));
//! let tab = browser.request(Request::post("/tabs/open", r#"{"url":"https://example.com"}"#)?).await?;
//! let page = browser.request(Request::get("/snapshot")).await?;
//! println!("{}\n{}", tab.body, page.body);
//! browser.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! | Request | What it does |
//! | --- | --- |
//! | `GET /` | what is installed, whether it runs |
//! | `POST /start`, `POST /stop`, `GET /profiles` | the browser |
//! | `GET /tabs`, `POST /tabs/open {url}`, `POST /tabs/focus {targetId}`, `DELETE /tabs/ID` | its tabs |
//! | `POST /navigate {url, targetId?}` | another page |
//! | `GET /snapshot?format=ai|aria&targetId=&limit=` | what a page says, with a reference for everything that can be acted on |
//! | `POST /act {kind, ref?, …}` | click, type, press, hover, select, fill, wait, resize, evaluate, close |
//! | `POST /screenshot {fullPage?, type?, ref?}`, `POST /pdf` | pictures |
//! | `GET /console`, `GET /errors` | what the page said |
//! | `GET /cookies`, `POST /cookies/set`, `POST /cookies/clear` | cookies |
//!
//! Pages come over `http` and `https` alone: a page is untrusted, and files of the machine, the
//! browser's own pages and scripts in addresses are refused.

mod cdp;
mod control;
mod executable;
mod log;
mod options;
mod page;
mod process;
mod refusal;
mod request;
mod route;
mod running;
mod tabs;
mod url_rule;

pub use control::Browser;
pub use options::BrowserOptions;
pub use refusal::Refusal;
pub use request::{File, Method, Reply, Request};
