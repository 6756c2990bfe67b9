//! Actions in a page.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout_at};

use crate::page::{element, keys};
use crate::refusal::Refusal;
use crate::request::{Reply, Request};
use crate::running::Running;
use crate::tabs::Tab;

pub(crate) async fn act(
    running: &Running,
    request: &Request,
    may_evaluate: bool,
) -> Result<Reply, Refusal> {
    let kind = request.needed("kind")?;
    let (page, tab) = running.tab(request.target_id()).await?;
    let mut body = json!({"ok": true, "targetId": page.target_id, "url": page.url});
    match kind {
        "click" => click(&tab, request).await?,
        "type" => type_text(&tab, request).await?,
        "press" => press(&tab, request.needed("key")?).await?,
        "hover" => {
            let (x, y) = element::middle(&tab, referred(&tab, request, "ref")?).await?;
            mouse(&tab, "mouseMoved", (x, y), "none", 0).await?;
        }
        "scrollIntoView" => {
            element::scroll_to(&tab, referred(&tab, request, "ref")?).await?;
        }
        "drag" => drag(&tab, request).await?,
        "select" => select(&tab, request).await?,
        "fill" => fill(&tab, request).await?,
        "resize" => resize(&tab, request).await?,
        "wait" => wait(&tab, request).await?,
        "evaluate" => {
            if !may_evaluate {
                return Err(Refusal::forbidden(
                    "scripts are switched off on this node (browser.evaluateEnabled)",
                ));
            }
            body["result"] = evaluate(&tab, request).await?;
        }
        "close" => running.close_tab(&tab).await?,
        other => return Err(Refusal::bad(format!("unknown kind `{other}`"))),
    }
    Ok(Reply::of(body))
}

fn referred(tab: &Tab, request: &Request, name: &str) -> Result<i64, Refusal> {
    tab.node(request.needed(name)?)
}

async fn click(tab: &Tab, request: &Request) -> Result<(), Refusal> {
    let button = match request.text("button").unwrap_or("left") {
        "left" => "left",
        "right" => "right",
        "middle" => "middle",
        _ => return Err(Refusal::bad("button must be left, right or middle")),
    };
    let point = element::middle(tab, referred(tab, request, "ref")?).await?;
    mouse(tab, "mouseMoved", point, "none", 0).await?;
    let clicks = if request.switch("doubleClick") { 2 } else { 1 };
    for count in 1..=clicks {
        mouse(tab, "mousePressed", point, button, count).await?;
        mouse(tab, "mouseReleased", point, button, count).await?;
    }
    Ok(())
}

async fn mouse(
    tab: &Tab,
    kind: &str,
    (x, y): (f64, f64),
    button: &str,
    clicks: u32,
) -> Result<(), Refusal> {
    let params = json!({"type": kind, "x": x, "y": y, "button": button, "clickCount": clicks});
    tab.call("Input.dispatchMouseEvent", params).await.map(drop)
}

async fn drag(tab: &Tab, request: &Request) -> Result<(), Refusal> {
    let from = element::middle(tab, referred(tab, request, "startRef")?).await?;
    let to = element::middle(tab, referred(tab, request, "endRef")?).await?;
    mouse(tab, "mouseMoved", from, "none", 0).await?;
    mouse(tab, "mousePressed", from, "left", 1).await?;
    mouse(tab, "mouseMoved", to, "left", 0).await?;
    mouse(tab, "mouseReleased", to, "left", 1).await
}

async fn type_text(tab: &Tab, request: &Request) -> Result<(), Refusal> {
    let node = referred(tab, request, "ref")?;
    let text = request.body.get("text").and_then(Value::as_str);
    let text = text.ok_or_else(|| Refusal::bad("text is required"))?;
    replace(tab, node, text).await?;
    if request.switch("submit") {
        press(tab, "Enter").await?;
    }
    Ok(())
}

/// Puts text in the place of what a field holds.
async fn replace(tab: &Tab, node: i64, text: &str) -> Result<(), Refusal> {
    element::scroll_to(tab, node).await?;
    element::focus(tab, node).await?;
    element::apply(tab, node, SELECT_ALL, &[]).await?;
    if text.is_empty() {
        return press(tab, "Delete").await;
    }
    let params = json!({"text": text});
    tab.call("Input.insertText", params).await.map(drop)
}

async fn press(tab: &Tab, words: &str) -> Result<(), Refusal> {
    for event in keys::parse(words)?.events() {
        tab.call("Input.dispatchKeyEvent", event).await?;
    }
    Ok(())
}

async fn select(tab: &Tab, request: &Request) -> Result<(), Refusal> {
    let values = request.body.get("values").filter(|values| {
        values
            .as_array()
            .is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_string))
    });
    let values = values.ok_or_else(|| Refusal::bad("values is required"))?;
    let node = referred(tab, request, "ref")?;
    let chosen = element::apply(tab, node, CHOOSE, std::slice::from_ref(values)).await?;
    match chosen.as_u64() {
        Some(0) => Err(Refusal::missing("no option has this value or label")),
        Some(_) => Ok(()),
        None => Err(Refusal::bad("the element is no list of options")),
    }
}

async fn fill(tab: &Tab, request: &Request) -> Result<(), Refusal> {
    let fields = request.body.get("fields").and_then(Value::as_array);
    let fields = fields.ok_or_else(|| Refusal::bad("fields is required"))?;
    for field in fields {
        let reference = field.get("ref").and_then(Value::as_str);
        let node = tab.node(reference.ok_or_else(|| Refusal::bad("a field needs its ref"))?)?;
        match field.get("value") {
            Some(Value::Bool(on)) => {
                element::apply(tab, node, CHECK, &[json!(on)]).await?;
            }
            Some(Value::String(text)) => replace(tab, node, text).await?,
            Some(Value::Number(number)) => replace(tab, node, &number.to_string()).await?,
            _ => {
                return Err(Refusal::bad(
                    "a field needs a value: text, a number or a switch",
                ));
            }
        }
    }
    Ok(())
}

async fn resize(tab: &Tab, request: &Request) -> Result<(), Refusal> {
    let size = |name: &str| {
        let number = request.body.get(name).and_then(Value::as_u64);
        number
            .filter(|number| (1..=10_000).contains(number))
            .ok_or_else(|| Refusal::bad(format!("{name} must be a number from 1 to 10000")))
    };
    let params = json!({"width": size("width")?, "height": size("height")?,
                        "deviceScaleFactor": 0, "mobile": false});
    let method = "Emulation.setDeviceMetricsOverride";
    tab.call(method, params).await.map(drop)
}

async fn wait(tab: &Tab, request: &Request) -> Result<(), Refusal> {
    let number = |name: &str| request.body.get(name).and_then(Value::as_u64);
    let most = Duration::from_millis(number("timeoutMs").unwrap_or(DEFAULT_WAIT_MS)).min(MAX_WAIT);
    let deadline = Instant::now() + most;
    if let Some(pause) = number("timeMs") {
        sleep(Duration::from_millis(pause).min(MAX_WAIT)).await;
    }
    let mut conditions = Vec::new();
    for (name, condition) in [
        ("text", "document.body?.innerText.includes(IT)"),
        ("textGone", "!document.body?.innerText.includes(IT)"),
        ("url", "location.href.includes(IT)"),
        ("selector", "!!document.querySelector(IT)"),
    ] {
        if let Some(text) = request.text(name) {
            conditions.push(condition.replace("IT", &json!(text).to_string()));
        }
    }
    match request.text("loadState") {
        None => {}
        Some("load" | "networkidle") => {
            conditions.push("document.readyState === 'complete'".to_owned());
        }
        Some("domcontentloaded") => {
            conditions.push("document.readyState !== 'loading'".to_owned());
        }
        Some(_) => {
            return Err(Refusal::bad(
                "loadState must be load, domcontentloaded or networkidle",
            ));
        }
    }
    if conditions.is_empty() {
        return match number("timeMs") {
            Some(_) => Ok(()),
            None => Err(Refusal::bad(
                "wait requires at least one of: timeMs, text, textGone, selector, url, loadState",
            )),
        };
    }
    let all = conditions.join(" && ");
    let holds = async {
        loop {
            // While a page is exchanged for another there is nothing to ask.
            let answer = element::evaluate(tab, &all).await;
            match answer {
                Ok(Value::Bool(true)) => return Ok(()),
                Err(refusal) if refusal.status == 503 => return Err(refusal),
                Ok(_) | Err(_) => sleep(BETWEEN).await,
            }
        }
    };
    timeout_at(deadline, holds).await.unwrap_or_else(|_| {
        Err(Refusal::late(format!(
            "what was waited for did not happen in {} ms",
            most.as_millis()
        )))
    })
}

async fn evaluate(tab: &Tab, request: &Request) -> Result<Value, Refusal> {
    let function = request.needed("fn")?;
    match request.text("ref") {
        Some(reference) => {
            let with_element = format!("function() {{ return ({function})(this); }}");
            element::apply(tab, tab.node(reference)?, &with_element, &[]).await
        }
        // A function is called, anything else is its own value.
        None => {
            let script = format!(
                "(() => {{ const it = ({function}); return typeof it === 'function' ? it() : it; }})()"
            );
            element::evaluate(tab, &script).await
        }
    }
}

const DEFAULT_WAIT_MS: u64 = 20_000;
const MAX_WAIT: Duration = Duration::from_secs(120);
const BETWEEN: Duration = Duration::from_millis(100);

const SELECT_ALL: &str = "function() {
    if (typeof this.select === 'function') { this.select(); return; }
    const range = document.createRange();
    range.selectNodeContents(this);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
}";

const CHOOSE: &str = "function(values) {
    if (!(this instanceof HTMLSelectElement)) { return null; }
    let chosen = 0;
    for (const option of this.options) {
        const wanted = values.includes(option.value) || values.includes(option.label);
        option.selected = wanted && (this.multiple || chosen === 0);
        chosen += option.selected && wanted ? 1 : 0;
    }
    this.dispatchEvent(new Event('input', {bubbles: true}));
    this.dispatchEvent(new Event('change', {bubbles: true}));
    return chosen;
}";

const CHECK: &str = "function(on) {
    if (this.checked !== on) { this.click(); }
}";
