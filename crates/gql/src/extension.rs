//! What happens around every operation, whatever the transport: limits before it, one scope of data while it runs,
//! and the mapping of its errors after it.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest, NextRequest, NextResolve,
    NextSubscribe, NextValidation, ResolveInfo,
};
use async_graphql::{Data, Request, Response, ServerError, ServerResult, ValidationResult, Value};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};

use crate::fault::{VALIDATION_FAILED, coded, panicked, told};
use crate::limits::Limits;
use crate::observe::{Observer, Watch};
use crate::request::{self, Operation};
use crate::variables;

/// Makes one [`Run`] per request.
pub(crate) struct Runs {
    pub(crate) limits: Limits,
    pub(crate) report_statements: bool,
    pub(crate) observer: Option<Arc<dyn Observer>>,
}

impl ExtensionFactory for Runs {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Run {
            limits: self.limits,
            report_statements: self.report_statements,
            watch: Arc::new(Watch::new(self.observer.clone())),
            sender: Arc::new(OnceLock::new()),
            nulled: Mutex::new(Vec::new()),
        })
    }
}

/// One request: one operation, or all the events of one subscription.
struct Run {
    limits: Limits,
    report_statements: bool,
    watch: Arc<Watch>,
    /// Known from the preparation on; the hooks around it don't see the request's data.
    sender: Arc<OnceLock<request::Request>>,
    /// Errors of fields that became null.
    nulled: Mutex<Vec<ServerError>>,
}

impl Run {
    fn told(&self, error: ServerError) -> ServerError {
        told(error, self.sender.get().map(request::Request::cx))
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
        let sender = request.data.get(&std::any::TypeId::of::<request::Request>());
        if let Some(sender) = sender.and_then(|sender| sender.downcast_ref::<request::Request>()) {
            let _ = self.sender.set(sender.clone());
        }
        self.watch.asked(&request.query);
        let (document, cost) = self.limits.parse(&request.query, &request.variables, &ctx.schema_env.registry)?;
        self.watch.measured(&document, request.operation_name.as_deref(), cost);
        variables::check(&document, request.operation_name.as_deref(), &request.variables)?;
        request.set_parsed_query(document);
        next.run(ctx, request).await
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let failed =
            |errors: Vec<ServerError>| errors.into_iter().map(|error| coded(error, VALIDATION_FAILED)).collect();
        next.run(ctx).await.map_err(failed)
    }

    async fn execute(&self, ctx: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        let Some(sender) = self.sender.get() else {
            return Response::from_errors(vec![self.told(
                async_graphql::Error::from(request::outside()).into_server_error(async_graphql::Pos::default()),
            )]);
        };
        let roots = usize::try_from(self.limits.roots).unwrap_or(usize::MAX);
        let operation = Arc::new(Operation::new(sender.clone(), ctx.schema_env.clone(), roots));
        let mut data = Data::default();
        data.insert(operation.clone());
        let running = self.watch.begin(sender);
        let response = running.through(AssertUnwindSafe(next.run_with_data(ctx, name, data)).catch_unwind()).await;
        let is_panic = response.is_err();
        let mut response = response.unwrap_or_else(|_| Response::from_errors(vec![panicked(Some(sender.cx()))]));
        let nulled = std::mem::take(&mut *self.nulled.lock().unwrap_or_else(PoisonError::into_inner));
        response.errors.extend(nulled);
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
        match next.run(ctx, info).await {
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
