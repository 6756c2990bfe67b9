//! One element of a page.

use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::tabs::Tab;

/// The middle of an element on the screen, after it was scrolled into view.
pub(crate) async fn middle(tab: &Tab, node: i64) -> Result<(f64, f64), Refusal> {
    scroll_to(tab, node).await?;
    let quads = tab
        .call("DOM.getContentQuads", json!({"backendNodeId": node}))
        .await?;
    let quad = quads.pointer("/quads/0").and_then(Value::as_array);
    let corners: Vec<f64> = quad
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
        .collect();
    let [x1, y1, x2, y2, x3, y3, x4, y4] = corners[..] else {
        return Err(Refusal::failed("the element is not visible"));
    };
    Ok(((x1 + x2 + x3 + x4) / 4.0, (y1 + y2 + y3 + y4) / 4.0))
}

/// Scrolls until an element is in view.
pub(crate) async fn scroll_to(tab: &Tab, node: i64) -> Result<(), Refusal> {
    let params = json!({"backendNodeId": node});
    tab.call("DOM.scrollIntoViewIfNeeded", params)
        .await
        .map(drop)
}

/// Gives an element the keyboard.
pub(crate) async fn focus(tab: &Tab, node: i64) -> Result<(), Refusal> {
    let params = json!({"backendNodeId": node});
    tab.call("DOM.focus", params).await.map(drop)
}

/// Calls a function with an element as `this`.
pub(crate) async fn apply(
    tab: &Tab,
    node: i64,
    function: &str,
    arguments: &[Value],
) -> Result<Value, Refusal> {
    let found = tab
        .call("DOM.resolveNode", json!({"backendNodeId": node}))
        .await?;
    let object = found.pointer("/object/objectId").and_then(Value::as_str);
    let object = object.ok_or_else(|| Refusal::missing("the element is gone"))?;
    let arguments: Vec<Value> = arguments.iter().map(|it| json!({"value": it})).collect();
    let params = json!({
        "objectId": object,
        "functionDeclaration": function,
        "arguments": arguments,
        "returnByValue": true,
        "awaitPromise": true,
        "userGesture": true,
    });
    result_of(&tab.call("Runtime.callFunctionOn", params).await?)
}

/// Runs a script in a page.
pub(crate) async fn evaluate(tab: &Tab, expression: &str) -> Result<Value, Refusal> {
    let params = json!({
        "expression": expression,
        "returnByValue": true,
        "awaitPromise": true,
        "userGesture": true,
    });
    result_of(&tab.call("Runtime.evaluate", params).await?)
}

fn result_of(answer: &Value) -> Result<Value, Refusal> {
    if let Some(thrown) = answer.get("exceptionDetails") {
        let described = thrown
            .pointer("/exception/description")
            .and_then(Value::as_str);
        let text = described.or_else(|| thrown.get("text").and_then(Value::as_str));
        return Err(Refusal::bad(format!(
            "the page threw: {}",
            text.unwrap_or("something")
        )));
    }
    Ok(answer
        .pointer("/result/value")
        .cloned()
        .unwrap_or(Value::Null))
}
