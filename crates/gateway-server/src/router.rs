//! From a request frame to its handler: name, access, permit, params, handler, result.
//!
//! Invariant: a handler runs only with a [`Permit`], which `openclaw_policy` alone can make, and
//! params are parsed only after it was given.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use openclaw_policy::{Denied, Permit, authorize, demand};
use openclaw_protocol::frame::{
    RequestFrame, response_error, response_failed_raw, response_ok, response_ok_parts,
    response_ok_raw,
};
use openclaw_protocol::invalid::{Problems, decode_params};
use openclaw_protocol::{Access, ErrorShape, Method, MethodInfo, Raw};
use tokio_util::task::TaskTracker;

use crate::context::Ctx;
use crate::fault::Fault;
use crate::session::outbox::Outbox;

/// Every method that is served, by name.
#[derive(Default)]
pub(crate) struct Router {
    routes: HashMap<&'static str, Route>,
}

struct Route {
    info: MethodInfo,
    endpoint: Endpoint,
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Now = dyn Fn(Permit, &Ctx, &str, Option<&Raw>) -> Result<String, Refusal> + Send + Sync;
type Later = dyn Fn(Permit, &Ctx, Option<&Raw>) -> Result<BoxFuture<Result<String, Fault>>, Refusal>
    + Send
    + Sync;
type Deferred = dyn Fn(Permit, &Ctx, &str, Option<&Raw>) -> Result<(), Refusal> + Send + Sync;

enum Endpoint {
    /// Answers at once: no I/O, well under a millisecond.
    Now(Box<Now>),
    /// Answers from a task of its own, with the result as JSON text.
    Later(Box<Later>),
    /// Keeps the [`Responder`] and answers when it can.
    Deferred(Box<Deferred>),
}

/// A call that does not reach its handler, or fails there.
enum Refusal {
    Denied(Denied),
    Fault(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What is done after an answer.
pub(crate) type Then = Box<dyn FnOnce() + Send>;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dispatched {
    /// Answered, or on its way.
    Served,
    /// The role may not call it at all; too many of these end the connection.
    WrongRole,
}

/// Where the answer to one request goes. Dropped without an answer, it answers `UNAVAILABLE`.
#[derive(Debug)]
pub(crate) struct Responder {
    outbox: Arc<Outbox>,
    id: Box<str>,
    answered: bool,
}

impl Responder {
    fn new(outbox: &Arc<Outbox>, id: &str) -> Self {
        outbox.begin_work();
        Self {
            outbox: Arc::clone(outbox),
            id: id.into(),
            answered: false,
        }
    }

    /// Answers with a result that is JSON text already.
    pub(crate) fn ok_raw(mut self, payload: &str) {
        self.finish(response_ok_raw(&self.id, payload));
    }

    /// Answers with a result that is put together from these parts of JSON text.
    pub(crate) fn ok_parts(mut self, parts: &[&str]) {
        self.finish(response_ok_parts(&self.id, parts));
    }

    /// Answers, and answers again later: with the same id, in protocol terms `accepted` first.
    pub(crate) fn interim(&self, payload: &str) {
        self.outbox.send(response_ok_raw(&self.id, payload));
    }

    /// Answers with an error and a result beside it, which is JSON text already.
    pub(crate) fn failed_raw(mut self, payload: &str, error: &ErrorShape) {
        self.finish(response_failed_raw(&self.id, payload, error));
    }

    /// Answers with an error.
    pub(crate) fn error(mut self, error: &ErrorShape) {
        self.finish(response_error(&self.id, error));
    }

    fn finish(&mut self, frame: String) {
        self.answered = true;
        self.outbox.finish_work(frame);
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if !self.answered {
            let error = ErrorShape::unavailable("gateway dropped the call; outcome unknown");
            self.finish(response_error(&self.id, &error));
        }
    }
}

/// Params after the permit, and after what they demand beyond it.
fn params_of<M: Method>(
    permit: Permit,
    ctx: &Ctx,
    raw: Option<&Raw>,
) -> Result<(Permit, M::Params), Refusal> {
    let conn = ctx.conn();
    let params: M::Params = decode_params(raw, conn.generation)
        .map_err(|problems| Fault::invalid(format!("invalid {} params: {problems}", M::NAME)))?;
    // In both generations: nobody gets around it by speaking the older one.
    let more = M::stricter_access(&params);
    let permit = demand(permit, &conn.caller, more.as_ref()).map_err(Refusal::Denied)?;
    let mut problems = Problems::new(conn.generation);
    M::check(&params, &mut problems);
    if !problems.is_empty() {
        return Err(Fault::invalid(format!("invalid {} params: {problems}", M::NAME)).into());
    }
    Ok((permit, params))
}

fn encode<T: serde::Serialize>(id: &str, result: &T) -> Result<String, Refusal> {
    response_ok(id, result)
        .map_err(|error| Fault::internal("result not serialisable", error).into())
}

impl Router {
    /// Serves a method that answers at once.
    pub(crate) fn now<M: Method>(
        &mut self,
        handler: impl Fn(&Ctx, M::Params) -> Result<M::Result, Fault> + Send + Sync + 'static,
    ) {
        self.insert::<M>(Endpoint::Now(Box::new(move |permit, ctx, id, raw| {
            let (_permit, params) = params_of::<M>(permit, ctx, raw)?;
            encode(id, &handler(ctx, params)?)
        })));
    }

    /// Serves a method that answers at once, with text that is its result in JSON already.
    pub(crate) fn now_raw<M: Method>(
        &mut self,
        handler: impl Fn(&Ctx, M::Params) -> Result<Arc<str>, Fault> + Send + Sync + 'static,
    ) {
        self.insert::<M>(Endpoint::Now(Box::new(move |permit, ctx, id, raw| {
            let (_permit, params) = params_of::<M>(permit, ctx, raw)?;
            Ok(response_ok_raw(id, &handler(ctx, params)?))
        })));
    }

    /// Serves a method from a task of its own.
    pub(crate) fn later<M: Method, F>(
        &mut self,
        handler: impl Fn(Ctx, M::Params) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<M::Result, Fault>> + Send + 'static,
    {
        self.insert::<M>(Endpoint::Later(Box::new(move |permit, ctx, raw| {
            let (permit, params) = params_of::<M>(permit, ctx, raw)?;
            let work = handler(ctx.clone(), params);
            Ok(Box::pin(async move {
                let _permit = permit;
                let result = work.await?;
                serde_json::to_string(&result)
                    .map_err(|error| Fault::internal("result not serialisable", error))
            }))
        })));
    }

    /// Serves a method from a task of its own, and does something after the answer is queued:
    /// to close the caller's own connection, for example.
    pub(crate) fn later_then<M: Method, F>(
        &mut self,
        handler: impl Fn(Ctx, M::Params) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<(M::Result, Then), Fault>> + Send + 'static,
    {
        self.insert::<M>(Endpoint::Deferred(Box::new(move |permit, ctx, id, raw| {
            let (permit, params) = params_of::<M>(permit, ctx, raw)?;
            let responder = Responder::new(&ctx.conn().outbox, id);
            let work = handler(ctx.clone(), params);
            ctx.core().tasks.spawn(async move {
                let _permit = permit;
                let answer = work.await.and_then(|(result, then)| {
                    let text = serde_json::to_string(&result)
                        .map_err(|error| Fault::internal("result not serialisable", error))?;
                    Ok((text, then))
                });
                match answer {
                    Ok((text, then)) => {
                        responder.ok_raw(&text);
                        then();
                    }
                    Err(fault) => {
                        log_fault(M::NAME, &fault);
                        responder.error(fault.error());
                    }
                }
            });
            Ok(())
        })));
    }

    /// Serves a method whose answer comes from elsewhere.
    pub(crate) fn deferred<M: Method>(
        &mut self,
        handler: impl Fn(&Ctx, M::Params, Responder) + Send + Sync + 'static,
    ) {
        self.insert::<M>(Endpoint::Deferred(Box::new(move |permit, ctx, id, raw| {
            let (_permit, params) = params_of::<M>(permit, ctx, raw)?;
            handler(ctx, params, Responder::new(&ctx.conn().outbox, id));
            Ok(())
        })));
    }

    fn insert<M: Method>(&mut self, endpoint: Endpoint) {
        let info = MethodInfo::of::<M>();
        let replaced = self.routes.insert(M::NAME, Route { info, endpoint });
        assert!(replaced.is_none(), "two handlers for `{}`", M::NAME);
    }

    /// Every served method.
    pub(crate) fn served(&self) -> impl Iterator<Item = &MethodInfo> {
        self.routes.values().map(|route| &route.info)
    }

    /// Takes one request to its end, or on its way.
    pub(crate) fn dispatch(
        &self,
        ctx: &Ctx,
        frame: &RequestFrame<'_>,
        tasks: &TaskTracker,
    ) -> Dispatched {
        let conn = ctx.conn();
        let outbox = &conn.outbox;
        match self.call(ctx, frame, tasks) {
            Ok(Some(text)) => outbox.send(text),
            Ok(None) => {}
            Err(Refusal::Denied(denied)) => {
                outbox.send(response_error(&frame.id, &denied.error(conn.generation)));
                if matches!(denied, Denied::Role(_)) {
                    return Dispatched::WrongRole;
                }
            }
            Err(Refusal::Fault(fault)) => {
                log_fault(&frame.method, &fault);
                outbox.send(response_error(&frame.id, fault.error()));
            }
        }
        Dispatched::Served
    }

    fn call(
        &self,
        ctx: &Ctx,
        frame: &RequestFrame<'_>,
        tasks: &TaskTracker,
    ) -> Result<Option<String>, Refusal> {
        let conn = ctx.conn();
        let route = self.routes.get(&*frame.method);
        let access: Option<&Access> = match route {
            Some(route) => route.info.access(conn.generation),
            // Declared but not served: the right to know that is the right to call it.
            None => openclaw_protocol::catalogue::method(&frame.method)
                .and_then(|info| info.access(conn.generation)),
        };
        let permit = authorize(&conn.caller, access).map_err(Refusal::Denied)?;
        let (Some(route), Some(_)) = (route, access) else {
            let message = if frame.method == "connect" {
                "connect is only valid as the first request".to_owned()
            } else {
                format!("unknown method: {}", frame.method)
            };
            return Err(Fault::invalid(message).into());
        };
        match &route.endpoint {
            Endpoint::Now(endpoint) => endpoint(permit, ctx, &frame.id, frame.params).map(Some),
            Endpoint::Deferred(endpoint) => {
                endpoint(permit, ctx, &frame.id, frame.params).map(|()| None)
            }
            Endpoint::Later(endpoint) => {
                let work = endpoint(permit, ctx, frame.params)?;
                let responder = Responder::new(&conn.outbox, &frame.id);
                let name = route.info.name;
                tasks.spawn(async move {
                    match work.await {
                        Ok(payload) => responder.ok_raw(&payload),
                        Err(fault) => {
                            log_fault(name, &fault);
                            responder.error(fault.error());
                        }
                    }
                });
                Ok(None)
            }
        }
    }
}

fn log_fault(method: &str, fault: &Fault) {
    match fault.cause() {
        Some(cause) => tracing::warn!(method, %fault, %cause, "method failed"),
        None => tracing::debug!(method, %fault, "method refused"),
    }
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.routes.keys()).finish()
    }
}
