//! The roots of this crate, merged from its aggregates, and what their schemas share.

use crate::Catalog;
use crate::cancellation_policy::graphql::{CancellationPolicyMutation, CancellationPolicyQuery};
use crate::category::graphql::{CategoryMutation, CategoryQuery};
use crate::localized::Localized;
use crate::maintenance::graphql::{MaintenanceMutation, MaintenanceQuery};
use crate::permissions::{CATALOG_INTERNAL, CATALOG_WRITE};
use crate::resource::ResourceId;
use crate::resource::graphql::{ResourceMutation, ResourceQuery};
use crate::resource_type::graphql::{ResourceTypeMutation, ResourceTypeQuery};
use crate::services::graphql::{ServiceMutation, ServiceQuery};
use access::{Cx, Permission};
use async_graphql::{Context, InputObject, MaybeUndefined, MergedObject, Result, SimpleObject};
use chrono::Utc;

/// Queries about the catalogue.
#[derive(MergedObject, Default)]
pub struct CatalogQuery(
    CategoryQuery,
    ServiceQuery,
    CancellationPolicyQuery,
    ResourceTypeQuery,
    ResourceQuery,
    MaintenanceQuery,
);

/// Changes of the catalogue.
#[derive(MergedObject, Default)]
pub struct CatalogMutation(
    CategoryMutation,
    ServiceMutation,
    CancellationPolicyMutation,
    ResourceTypeMutation,
    ResourceMutation,
    MaintenanceMutation,
);

/// A text in the languages of the product.
#[derive(Clone, Debug, SimpleObject)]
pub struct LocalizedText {
    /// In Ukrainian; null when it is not translated.
    uk: Option<String>,
    /// In English; null when it is not translated.
    en: Option<String>,
}

impl From<Localized> for LocalizedText {
    fn from(text: Localized) -> Self {
        Self { uk: text.uk, en: text.en }
    }
}

/// A text to be set in the languages of the product. What is left out or blank is not translated.
#[derive(Clone, Debug, InputObject)]
pub struct LocalizedTextInput {
    /// In Ukrainian.
    uk: Option<String>,
    /// In English.
    en: Option<String>,
}

impl From<LocalizedTextInput> for Localized {
    fn from(input: LocalizedTextInput) -> Self {
        Self { uk: input.uk, en: input.en }
    }
}

/// An optional field of an edit: left out is `None`, null is `Some(None)`.
#[allow(clippy::option_option, reason = "left out, emptied and set are three different wishes")]
pub fn patch<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// The text in the asked language, else in the caller's.
pub fn in_language(ctx: &Context<'_>, text: &Localized, locale: Option<gql::Locale>) -> Result<String> {
    let locale = match locale {
        Some(locale) => locale.into(),
        None => gql::cx(ctx)?.locale,
    };
    Ok(text.get(locale).to_owned())
}

/// The caller, who may change the catalogue. Asked before ids are read: whoever may not learns nothing of them.
pub(crate) fn writer<'a>(ctx: &Context<'a>) -> Result<&'a Cx> {
    let cx = gql::cx(ctx)?;
    cx.require(CATALOG_WRITE)?;
    Ok(cx)
}

/// The caller, who may see this part of the catalogue; see [`writer`].
pub(crate) fn viewer<'a>(ctx: &Context<'a>, permission: Permission) -> Result<&'a Cx> {
    let cx = gql::cx(ctx)?;
    cx.require(permission)?;
    Ok(cx)
}

/// An instant as the clocks at a resource's location show it.
pub(crate) async fn local_time(
    ctx: &Context<'_>,
    resource: ResourceId,
    instant: chrono::DateTime<Utc>,
) -> Result<gql::DateTime> {
    let reader = gql::reader(ctx).await?;
    let catalog = ctx.data::<Catalog>()?;
    let (resources, locations) = (catalog.resources(&reader).await?, catalog.tenancy.locations(&reader).await?);
    let zone = resources.get(resource).and_then(|resource| locations.get(resource.location_id)).map(|place| place.zone);
    Ok(zone.map_or_else(|| instant.into(), |zone| gql::DateTime::at(instant, zone)))
}

/// Refuses a field that the public must not see.
pub(crate) fn internal(ctx: &Context<'_>) -> Result<()> {
    viewer(ctx, CATALOG_INTERNAL).map(|_| ())
}
