//! Categories in the schema.

use super::{Category, CategoryDraft, CategoryId};
use crate::Catalog;
use crate::error::CatalogUserError;
use crate::graphql::{LocalizedText, LocalizedTextInput, in_language, writer};
use crate::localized::Localized;
use async_graphql::{Context, ID, InputObject, Object, Result};
use kernel::Error;

/// A category of services.
#[derive(Clone, Debug)]
pub struct CategoryObject(Category);

impl From<Category> for CategoryObject {
    fn from(category: Category) -> Self {
        Self(category)
    }
}

/// A heading that services are listed under.
#[Object(name = "ServiceCategory")]
impl CategoryObject {
    /// The category's id, `cat_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Its name in one language; in another one where it is not translated.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language; the caller's when left out.")] locale: Option<gql::Locale>,
    ) -> Result<String> {
        in_language(ctx, &self.0.name, locale)
    }

    /// Its name in all languages.
    async fn names(&self) -> LocalizedText {
        self.0.name.clone().into()
    }

    /// Where it stands among the categories, smallest first.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether it is withdrawn.
    async fn archived(&self) -> bool {
        self.0.archived
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl gql::Node for CategoryObject {
    type Id = CategoryId;

    async fn find(ctx: &Context<'_>, id: CategoryId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        let categories = ctx.data::<Catalog>()?.list_categories(gql::cx(ctx)?, &reader, true).await?;
        let found = categories.into_iter().find(|category| category.id == id);
        Ok(found.ok_or_else(Error::not_found)?.into())
    }
}

gql::node!(CategoryObject);

/// Queries about categories.
#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// All categories in catalogue order. Permission: catalog.read.
    async fn service_categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether archived ones are listed too; the public never sees them.", default)]
        include_archived: bool,
    ) -> Result<Option<Vec<CategoryObject>>> {
        let reader = gql::reader(ctx).await?;
        let categories = ctx.data::<Catalog>()?.list_categories(gql::cx(ctx)?, &reader, include_archived).await?;
        Ok(Some(categories.into_iter().map(CategoryObject::from).collect()))
    }
}

/// A category to be made.
#[derive(InputObject)]
struct ServiceCategoryCreateInput {
    /// Its name: at least one language, at most 120 characters each; unique among live categories.
    name: LocalizedTextInput,
    /// Where it stands among the categories, smallest first.
    #[graphql(default)]
    position: i32,
    /// The caller's key, at most 64 characters: a repeated request with the same key makes one category.
    idempotency_key: Option<String>,
}

/// An edit of a category. A field that is left out stays as it is.
#[derive(InputObject)]
struct ServiceCategoryUpdateInput {
    /// Which category.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// Its name in all languages: a language that is left out is emptied.
    name: Option<LocalizedTextInput>,
    /// Where it stands among the categories.
    position: Option<i32>,
}

/// A category to be archived.
#[derive(InputObject)]
struct ServiceCategoryArchiveInput {
    /// Which category.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// A category to be taken back.
#[derive(InputObject)]
struct ServiceCategoryRestoreInput {
    /// Which category.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    CatalogUserError;
    /// What became of a new category.
    ServiceCategoryCreatePayload { category: CategoryObject = Category };
    /// What became of an edit of a category.
    ServiceCategoryUpdatePayload { category: CategoryObject = Category } or current: Category;
    /// What became of the archiving of a category.
    ServiceCategoryArchivePayload { category: CategoryObject = Category } or current: Category;
    /// What became of the return of a category.
    ServiceCategoryRestorePayload { category: CategoryObject = Category } or current: Category;
}

/// Changes of categories.
#[derive(Default)]
pub struct CategoryMutation;

#[Object]
impl CategoryMutation {
    /// Makes a category. Emits category.created. Permission: catalog.write.
    async fn service_category_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category.")] input: ServiceCategoryCreateInput,
    ) -> Result<Option<ServiceCategoryCreatePayload>> {
        let draft = CategoryDraft { name: input.name.into(), position: input.position };
        let key = input.idempotency_key.as_deref();
        let outcome = ctx.data::<Catalog>()?.create_category(writer(ctx)?, draft, key).await;
        gql::answer(ctx, outcome)
    }

    /// Edits a category. Emits category.updated. Permission: catalog.write.
    async fn service_category_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: ServiceCategoryUpdateInput,
    ) -> Result<Option<ServiceCategoryUpdatePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let name = input.name.map(Localized::from);
        let outcome = ctx.data::<Catalog>()?.update_category(cx, id, input.version, name, input.position).await;
        gql::answer(ctx, outcome)
    }

    /// Archives a category; refused with `IN_USE` while live services stand under it. Emits category.archived.
    /// Permission: catalog.write.
    async fn service_category_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which category.")] input: ServiceCategoryArchiveInput,
    ) -> Result<Option<ServiceCategoryArchivePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.archive_category(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }

    /// Takes an archived category back. Emits category.restored. Permission: catalog.write.
    async fn service_category_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which category.")] input: ServiceCategoryRestoreInput,
    ) -> Result<Option<ServiceCategoryRestorePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.restore_category(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
