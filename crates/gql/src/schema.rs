//! Builds a schema with what surrounds every operation. The composition adds the domains' handles and finishes it.

use std::sync::Arc;

use async_graphql::{ObjectType, Schema, SchemaBuilder, SubscriptionType};

use crate::Cursors;
use crate::document::Documents;
use crate::extension::Runs;
use crate::observe::Observer;

/// What an installation decides about its API.
#[derive(Clone)]
pub struct Settings {
    /// The documents that operations come from. They have to be attached to the finished schema.
    pub documents: Documents,
    /// Whether each answer says how many SQL statements it took, as `extensions.statements`. For tests.
    pub report_statements: bool,
    /// Who is told of each operation that has ended.
    pub observer: Option<Arc<dyn Observer>>,
    /// What seals cursors: all processes of the installation share its secrets.
    pub cursors: Cursors,
}

/// A schema of these roots. After it is finished, [`Documents::attach`] makes it known. Every request must carry a [`crate::Request`].
pub fn schema<Q, M, S>(query: Q, mutation: M, subscription: S, settings: &Settings) -> SchemaBuilder<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let runs = Runs {
        documents: settings.documents.clone(),
        report_statements: settings.report_statements,
        observer: settings.observer.clone(),
    };
    Schema::build(query, mutation, subscription).extension(runs).data(settings.cursors.clone())
}
