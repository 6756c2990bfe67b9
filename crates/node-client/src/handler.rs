//! Turning functions into handlers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::outcome::Outcome;
use crate::{InvokeContext, NodeError};

pub(crate) type HandlerFuture = Pin<Box<dyn Future<Output = Outcome> + Send>>;
pub(crate) type Handler =
    Arc<dyn Fn(Option<Box<RawValue>>, InvokeContext) -> HandlerFuture + Send + Sync>;

/// A handler with typed params and result.
pub(crate) fn typed<P, R, F, Fut>(function: F) -> Handler
where
    P: DeserializeOwned,
    R: Serialize,
    F: Fn(P, InvokeContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<R, NodeError>> + Send + 'static,
{
    Arc::new(move |params, context| match parse(params.as_deref()) {
        Ok(params) => {
            let result = function(params, context);
            Box::pin(async move { Outcome::of(result.await) })
        }
        Err(error) => Box::pin(std::future::ready(error.into())),
    })
}

/// A handler that takes and gives JSON text.
pub(crate) fn raw<F, Fut>(function: F) -> Handler
where
    F: Fn(Option<Box<RawValue>>, InvokeContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<Box<RawValue>>, NodeError>> + Send + 'static,
{
    Arc::new(move |params, context| {
        let result = function(params, context);
        Box::pin(async move { Outcome::of(result.await) })
    })
}

/// A handler that may block: it runs on a thread of its own.
pub(crate) fn blocking<P, R, F>(function: F) -> Handler
where
    P: DeserializeOwned,
    R: Serialize,
    F: Fn(P, InvokeContext) -> Result<R, NodeError> + Send + Sync + 'static,
{
    let function = Arc::new(function);
    Arc::new(move |params, context| {
        let function = Arc::clone(&function);
        Box::pin(async move {
            let work = move || match parse(params.as_deref()) {
                Ok(params) => Outcome::of(function(params, context)),
                Err(error) => error.into(),
            };
            match tokio::task::spawn_blocking(work).await {
                Ok(outcome) => outcome,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_) => NodeError::cancelled().into(),
                },
            }
        })
    })
}

/// Reads params. Absent ones are `null`, or `{}` for a type that does not take `null`.
fn parse<P: DeserializeOwned>(params: Option<&RawValue>) -> Result<P, NodeError> {
    let read = match params {
        Some(raw) => serde_json::from_str(raw.get()),
        None => serde_json::from_str("null").or_else(|_| serde_json::from_str("{}")),
    };
    read.map_err(|error| NodeError::invalid_request(format!("invalid params: {error}")))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::parse;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Params {
        unit: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    struct Strict {
        #[expect(dead_code, reason = "only read by serde")]
        pin: u8,
    }

    #[test]
    fn absent_params_are_nothing_or_an_empty_object() {
        parse::<()>(None).unwrap();
        assert_eq!(parse::<Option<u8>>(None).unwrap(), None);
        assert_eq!(parse::<Params>(None).unwrap(), Params { unit: None });
        let error = parse::<Strict>(None).unwrap_err();
        assert!(error.message().contains("missing field `pin`"), "{error}");
    }

    #[test]
    fn params_of_the_wrong_shape_are_an_invalid_request() {
        let raw = RawValue::from_string(r#"{"pin":"x"}"#.to_owned()).unwrap();
        assert_eq!(
            parse::<Strict>(Some(&raw)).unwrap_err().code(),
            "INVALID_REQUEST"
        );
    }
}
