//! What happens around every operation, whatever the transport: limits before it, one scope of data while it runs,
//! and the mapping of its errors after it.

use std::any::TypeId;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextParseQuery, NextPrepareRequest, NextRequest,
    NextResolve, NextSubscribe, NextValidation, ResolveInfo,
};
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument};
use async_graphql::{
    CacheControl, Data, ErrorExtensionValues, PathSegment, Request, Response, ServerError, ServerResult,
    ValidationResult, Value, Variables,
};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};

use crate::collect::collect;
use crate::document::{Document, Documents, Introduction};
use crate::fault::{INVALID_ARGUMENT, coded, panicked, told};
use crate::limits::cost;
use crate::observe::{Observer, Watch};
use crate::request::{self, Operation};
use crate::syntax::quoted;
use crate::variables;

/// Makes one [`Run`] per request.
pub(crate) struct Runs {
    pub(crate) documents: Documents,
    pub(crate) report_statements: bool,
    pub(crate) observer: Option<Arc<dyn Observer>>,
}

impl ExtensionFactory for Runs {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Run {
            documents: self.documents.clone(),
            report_statements: self.report_statements,
            watch: Arc::new(Watch::new(self.observer.clone())),
            sender: Arc::new(OnceLock::new()),
            prepared: Mutex::new(Ok(None)),
            nulled: Mutex::new(Vec::new()),
        })
    }
}

/// One request: one operation, or all the events of one subscription.
struct Run {
    documents: Documents,
    report_statements: bool,
    watch: Arc<Watch>,
    /// Known from the preparation on; the hooks around it don't see the request's data.
    sender: Arc<OnceLock<request::Request>>,
    /// What is to be executed, between its preparation and the executor's own steps.
    prepared: Mutex<Result<Option<ExecutableDocument>, Vec<ServerError>>>,
    /// Errors of fields that became null.
    nulled: Mutex<Vec<ServerError>>,
}

impl Run {
    fn told(&self, error: ServerError) -> ServerError {
        told(error, self.sender.get().map(request::Request::cx))
    }

    /// Finds the document and the operation, and makes the variables fit.
    fn prepare(
        &self,
        ctx: &ExtensionContext<'_>,
        request: &mut Request,
    ) -> Result<ExecutableDocument, Vec<ServerError>> {
        let given = request.data.get(&TypeId::of::<Arc<Document>>());
        let document = match given.and_then(|given| given.downcast_ref::<Arc<Document>>()) {
            Some(document) => document.clone(),
            None => self.documents.parse_for(&request.query, self.sender.get().map(request::Request::cx))?,
        };
        let name = request.operation_name.as_deref();
        self.watch.found(&document, name);
        let operation = document.operation(name).ok_or_else(|| vec![unknown_operation(name)])?;
        let registry = &ctx.schema_env.registry;
        let sent = std::mem::take(&mut request.variables);
        request.variables = variables::coerce(&operation.node, sent, registry)?;
        let cost = cost::of(&document.tree, &operation.node, &request.variables, registry);
        self.watch.measured(cost);
        self.documents.limits().check_cost(cost).map_err(|error| vec![error])?;
        let limits = self.documents.limits();
        collect(&document.tree, operation, name, &request.variables, registry, limits).map_err(|error| vec![error])
    }
}

#[async_trait::async_trait]
impl Extension for Run {
    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        if request.data.contains_key(&TypeId::of::<Introduction>()) {
            self.documents.introduce(ctx.schema_env);
            self.watch.disregard();
            // With a code, so that nobody takes it for a fault.
            return Err(coded(ServerError::new("introduced", None), INVALID_ARGUMENT));
        }
        let sender = request.data.get(&TypeId::of::<request::Request>());
        if let Some(sender) = sender.and_then(|sender| sender.downcast_ref::<request::Request>()) {
            let _ = self.sender.set(sender.clone());
        }
        let prepared = self.prepare(ctx, &mut request).map(Some);
        *self.prepared.lock().unwrap_or_else(PoisonError::into_inner) = prepared;
        next.run(ctx, request).await
    }

    /// The document was parsed when it was prepared; it is the operation's own part of it that runs.
    async fn parse_query(
        &self,
        _: &ExtensionContext<'_>,
        _: &str,
        _: &Variables,
        _: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        match &mut *self.prepared.lock().unwrap_or_else(PoisonError::into_inner) {
            Ok(document) => document.take().ok_or_else(|| ServerError::new("nothing was prepared", None)),
            // Told by the validation, which may say more than one thing.
            Err(_) => Ok(nothing()),
        }
    }

    /// Everything is validated by now: the document when it was parsed, the variables when they were coerced.
    async fn validation(
        &self,
        _: &ExtensionContext<'_>,
        _: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = ValidationResult { cache_control: CacheControl::default(), complexity: 0, depth: 0 };
        std::mem::replace(&mut *self.prepared.lock().unwrap_or_else(PoisonError::into_inner), Ok(None)).map(|_| result)
    }

    async fn execute(&self, ctx: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        let Some(sender) = self.sender.get() else {
            return Response::from_errors(vec![self.told(
                async_graphql::Error::from(request::outside()).into_server_error(async_graphql::Pos::default()),
            )]);
        };
        let roots = usize::try_from(self.documents.limits().roots).unwrap_or(usize::MAX);
        let operation = Arc::new(Operation::new(sender.current(), ctx.schema_env.clone(), roots));
        let mut data = Data::default();
        data.insert(operation.clone());
        let running = self.watch.begin(sender);
        let response = running.through(AssertUnwindSafe(next.run_with_data(ctx, name, data)).catch_unwind()).await;
        let is_panic = response.is_err();
        let mut response = response.unwrap_or_else(|_| Response::from_errors(vec![panicked(Some(sender.cx()))]));
        let nulled = std::mem::take(&mut *self.nulled.lock().unwrap_or_else(PoisonError::into_inner));
        response.errors.extend(nulled);
        response.errors.iter_mut().for_each(replace);
        if response.errors.is_empty() {
            check_decided(&operation, &mut response);
        }
        response.errors = std::mem::take(&mut response.errors).into_iter().map(|error| self.told(error)).collect();
        if self.report_statements {
            response.extensions.insert("statements".to_owned(), Value::from(running.statements()));
        }
        running.ended(&response, is_panic);
        // The snapshot ends here, before the response is written to a client who may be slow.
        drop(operation);
        response
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let is_nullable = !info.return_type.ends_with('!');
        match next.run(ctx, info).await.map_err(placed) {
            // The executor itself would carry the error up to the next nullable field above this one.
            Err(error) if is_nullable => {
                self.nulled.lock().unwrap_or_else(PoisonError::into_inner).push(error);
                Ok(Some(Value::Null))
            }
            answer => answer,
        }
    }

    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let mut response = next.run(ctx).await;
        response.errors = std::mem::take(&mut response.errors).into_iter().map(|error| self.told(error)).collect();
        self.watch.answered(&response, self.sender.get());
        response
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        // Errors of events are mapped when their event ends; this is for a stream that could not begin.
        let (sender, watch) = (self.sender.clone(), self.watch.clone());
        let stream = next.run(ctx, stream).map(move |mut response| {
            let cx = sender.get().map(request::Request::cx);
            response.errors = std::mem::take(&mut response.errors).into_iter().map(|error| told(error, cx)).collect();
            watch.answered(&response, sender.get());
            response
        });
        stream.boxed()
    }
}

/// In the extensions of an error on its way up: where it began.
const PLACE: &str = "";

/// Notes where an error began: the executor forgets it when the error passes an item of a list that cannot be null.
fn placed(mut error: ServerError) -> ServerError {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get(PLACE).is_none() {
        let place = error.path.iter().map(|part| match part {
            PathSegment::Field(name) => Value::from(name.as_str()),
            PathSegment::Index(index) => Value::from(*index),
        });
        extensions.set(PLACE, Value::List(place.collect()));
    }
    error
}

/// Puts an error back to where it began.
fn replace(error: &mut ServerError) {
    let Some(extensions) = &mut error.extensions else { return };
    if let Some(Value::List(place)) = extensions.get(PLACE) {
        let place = place.iter().filter_map(|part| match part {
            Value::String(name) => Some(PathSegment::Field(name.clone())),
            Value::Number(index) => {
                index.as_u64().and_then(|index| usize::try_from(index).ok()).map(PathSegment::Index)
            }
            _ => None,
        });
        error.path = place.collect();
        extensions.unset(PLACE);
    }
}

/// No operation of this name, or none although there are several.
fn unknown_operation(name: Option<&str>) -> ServerError {
    let message = match name {
        Some(name) => format!("The document has no operation {}.", quoted(name)),
        None => "The document has several operations: `operationName` has to say which one.".to_owned(),
    };
    coded(ServerError::new(message, None), INVALID_ARGUMENT)
}

/// What stands for a document that is refused.
fn nothing() -> ExecutableDocument {
    let operations = DocumentOperations::Multiple(HashMap::new());
    ExecutableDocument { operations, fragments: HashMap::new() }
}

/// A root field that asked for its caller and answered without a decision whether they may has a hole. In tests and
/// development that fails; in production it is logged, because the harm of a refusal can't be judged here.
fn check_decided(operation: &Operation, response: &mut Response) {
    let undecided = operation.undecided();
    if undecided.is_empty() {
        return;
    }
    tracing::error!(fields = ?undecided, "no use case of these root fields required a permission or said why it is public");
    if cfg!(debug_assertions) {
        let cause = kernel::Error::internal(format!("{undecided:?}: nobody decided who may"));
        response.data = Value::Null;
        response.errors.push(async_graphql::Error::from(cause).into_server_error(async_graphql::Pos::default()));
    }
}
