//! No mutation by GET: a link or an image of a foreign page must not change anything.

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest};
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::{ErrorExtensionValues, Request, ServerError, ServerResult};

/// In the data of a request that came by GET.
#[derive(Debug, Clone, Copy)]
pub struct OnlyQueries;

/// The code of the refusal; the edge turns it into 405.
pub const NOT_BY_GET: &str = "MUTATION_BY_GET";

/// Refuses other operations than queries where [`OnlyQueries`] is. Runs after the limits, which have parsed the text.
pub struct QueriesOnly;

impl ExtensionFactory for QueriesOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for QueriesOnly {
    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        if request.data.contains_key(&TypeId::of::<OnlyQueries>()) {
            let name = request.operation_name.clone();
            if kind(request.parsed_query()?, name.as_deref()).is_some_and(|kind| kind != OperationType::Query) {
                let mut extensions = ErrorExtensionValues::default();
                extensions.set("code", NOT_BY_GET);
                let refusal = ServerError::new("Only queries can be sent by GET.", None);
                return Err(ServerError { extensions: Some(extensions), ..refusal });
            }
        }
        next.run(ctx, request).await
    }
}

/// What kind of operation would run; None when the document does not say which.
fn kind(document: &ExecutableDocument, name: Option<&str>) -> Option<OperationType> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation.node.ty),
        (DocumentOperations::Multiple(operations), Some(name)) => Some(operations.get(name)?.node.ty),
        (DocumentOperations::Multiple(operations), None) => {
            let mut operations = operations.values();
            let only = operations.next()?;
            operations.next().is_none().then_some(only.node.ty)
        }
    }
}
