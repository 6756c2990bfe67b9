//! `openclaw nodes location`

use std::time::Duration;

use serde_json::{Value, json};

use super::on::{invoke_once, members, payload};
use crate::app::App;
use crate::cli::nodes::location::LocationGetArgs;
use crate::error::CliError;
use crate::render::time::millis;

/// How long the answer may take beyond the node's own search.
const MARGIN: Duration = Duration::from_secs(10);

/// Where a node is.
pub(super) async fn get(app: &App, args: &LocationGetArgs) -> Result<(), CliError> {
    let params = members([
        ("maxAgeMs", args.max_age.map(|age| json!(millis(age)))),
        ("desiredAccuracy", args.accuracy.clone().map(Value::from)),
        ("timeoutMs", Some(json!(millis(args.location_timeout)))),
    ]);
    let within = args.location_timeout.saturating_add(MARGIN);
    let answer = invoke_once(app, &args.on, "location.get", params, within).await?;
    let place = payload(&answer);
    if app.out.is_json() {
        return app.out.json(place);
    }
    match line(place) {
        Some(line) => app.out.line(line),
        None => app.out.json_line(place),
    }
}

/// `48.2,16.37 ±5.0m`
fn line(place: &Value) -> Option<String> {
    let number = |key: &str| place.get(key).filter(|value| value.is_number());
    let (lat, lon) = (number("lat")?, number("lon")?);
    let within = number("accuracyMeters")
        .and_then(Value::as_f64)
        .map(|meters| format!(" ±{meters:.1}m"));
    Some(format!("{lat},{lon}{}", within.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::line;

    #[test]
    fn a_place_is_two_numbers_and_how_exact_they_are() {
        let place = json!({ "lat": 48.2, "lon": 16.37, "accuracyMeters": 4.96 });
        assert_eq!(line(&place).unwrap(), "48.2,16.37 ±5.0m");
        assert_eq!(line(&json!({ "lat": 1, "lon": -2 })).unwrap(), "1,-2");
        for other in [
            json!({ "lat": "1", "lon": 2 }),
            json!(null),
            json!({ "lat": 1 }),
        ] {
            assert_eq!(line(&other), None);
        }
    }
}
