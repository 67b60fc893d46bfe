//! Relay's `node(id)`: anything that has an id, by its id. Each slice says which of its objects are nodes, next to the
//! object ([`node!`](crate::node!)); the prefix of the id finds the type. Reading a node asks for the same permission as
//! the type's own root field.

use std::borrow::Cow;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use async_graphql::indexmap::{IndexMap, IndexSet};
use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaField, MetaType, MetaTypeId, Registry};
use async_graphql::{Context, ContextSelectionSet, ID, Object, OutputType, Positioned, Result, ServerResult, Value};
use kernel::{Error, Id};

/// An object that can be asked for by its id alone. Its GraphQL type must have the field `id: ID!`.
///
/// ```ignore
/// impl gql::Node for ServiceObject {
///     type Id = ServiceId;
///
///     async fn find(ctx: &Context<'_>, id: ServiceId) -> async_graphql::Result<Self> {
///         Ok(ctx.data::<Catalog>()?.get_service(gql::cx(ctx)?, &*gql::reader(ctx).await?, id).await?.into())
///     }
/// }
/// gql::node!(ServiceObject);
/// ```
pub trait Node: OutputType + Sized + 'static {
    /// The type of its id.
    type Id: Id;

    /// The object; `NotFound` when there is none that the caller may see.
    fn find(ctx: &Context<'_>, id: Self::Id) -> impl Future<Output = Result<Self>> + Send;
}

/// Registers an object as a [`Node`].
#[macro_export]
macro_rules! node {
    ($object:ty) => {
        $crate::support::inventory::submit! { $crate::support::Registered::node::<$object>() }
    };
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A type that is registered as a node.
#[doc(hidden)]
pub struct Registered {
    prefix: &'static str,
    declare: fn(&mut Registry) -> String,
    find: for<'a> fn(&'a Context<'a>, &'a str) -> Boxed<'a, Result<AnyNode>>,
}

inventory::collect!(Registered);

impl Registered {
    pub const fn node<N: Node>() -> Self {
        Self { prefix: <N::Id as Id>::PREFIX, declare: declare::<N>, find: find::<N> }
    }
}

fn declare<N: Node>(registry: &mut Registry) -> String {
    N::create_type_info(registry);
    registry.add_implements(&N::type_name(), NAME);
    N::type_name().into_owned()
}

fn find<'a, N: Node>(ctx: &'a Context<'a>, id: &'a str) -> Boxed<'a, Result<AnyNode>> {
    Box::pin(async move {
        let id = id.parse::<N::Id>().map_err(Error::from)?;
        Ok(AnyNode(Box::new(Typed(N::find(ctx, id).await?, PhantomData))))
    })
}

const NAME: &str = "Node";

/// Any node: the interface `Node`.
pub struct AnyNode(Box<dyn Resolve>);

/// An object behind a pointer: what `OutputType`, which isn't object safe, is needed for here.
trait Resolve: Send + Sync {
    fn name(&self) -> Cow<'static, str>;
    fn resolve<'a>(
        &'a self,
        ctx: &'a ContextSelectionSet<'_>,
        field: &'a Positioned<Field>,
    ) -> Boxed<'a, ServerResult<Value>>;
}

struct Typed<N>(N, PhantomData<N>);

impl<N: Node> Resolve for Typed<N> {
    fn name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn resolve<'a>(
        &'a self,
        ctx: &'a ContextSelectionSet<'_>,
        field: &'a Positioned<Field>,
    ) -> Boxed<'a, ServerResult<Value>> {
        Box::pin(self.0.resolve(ctx, field))
    }
}

impl OutputType for AnyNode {
    fn type_name() -> Cow<'static, str> {
        NAME.into()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Interface, |registry| {
            let id = ID::qualified(registry);
            let mut id = MetaField::new("id", id);
            id.description = Some("The id, unique over all types.".to_owned());
            let mut registered: Vec<_> = inventory::iter::<Registered>.into_iter().collect();
            // The order of registration depends on the linker.
            registered.sort_by_key(|registered| registered.prefix);
            let names: IndexSet<_> = registered.iter().map(|registered| (registered.declare)(registry)).collect();
            MetaType::Interface {
                name: NAME.to_owned(),
                description: Some("A thing that can be asked for by its id alone.".to_owned()),
                fields: IndexMap::from_iter([("id".to_owned(), id)]),
                possible_types: names,
                extends: false,
                keys: None,
                visible: None,
                inaccessible: false,
                tags: Vec::new(),
                rust_typename: Some(std::any::type_name::<Self>()),
                directive_invocations: Vec::new(),
                requires_scopes: Vec::new(),
            }
        })
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        self.0.resolve(ctx, field).await
    }
}

/// `ID!`, through the trait that `ID` shares between input and output.
trait Qualified {
    fn qualified(registry: &mut Registry) -> String;
}

impl Qualified for ID {
    fn qualified(registry: &mut Registry) -> String {
        <Self as OutputType>::create_type_info(registry)
    }
}

/// The query root of `node(id)`.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Anything that has an id, by its id. Public: each type asks for its own permission.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id, with its prefix: `bkg_01h455vb4pex5vsknk084sn02q`.")] id: ID,
    ) -> Result<Option<AnyNode>> {
        let prefix = id.split_once('_').map_or("", |(prefix, _)| prefix);
        let registered = inventory::iter::<Registered>.into_iter().find(|registered| registered.prefix == prefix);
        let registered = registered.ok_or_else(Error::not_found)?;
        (registered.find)(ctx, &id).await.map(Some)
    }
}
