//! Objects and lists that are many: resolved to the same answer as the framework does, with less work for each field.
//!
//! The framework boxes a future for each field of each item, asks the registry for its type and sends it through the
//! extension, although nearly every field of a page of a calendar is ready at once. Here each field is polled once where it
//! stands, and only those that have to wait are boxed and awaited together, begun again: resolvers of objects only read.
//! Of a list, a field that had to wait for one item is not tried for the next.
//!
//! A selection with fragments or directives left in it is resolved by the framework.

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{self, Poll};

use async_graphql::futures_util::future::try_join_all;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::{ContainerType, resolve_container};
use async_graphql::{ContextSelectionSet, Name, OutputType, Positioned, ServerError, ServerResult, Value};

/// A list of objects, as `[T!]!` in the schema.
pub struct Rows<T>(pub Vec<T>);

impl<T> FromIterator<T> for Rows<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T: ContainerType> OutputType for Rows<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Some(plan) = Plan::of(ctx) else { return OutputType::resolve(&self.0, ctx, field).await };
        let mut slow = Slow::default();
        let begun = poll_fn(|task| {
            let items = self.0.iter().enumerate();
            let begun = items.map(|(index, item)| plan.begin(&ctx.with_index(index), item, &mut slow, task));
            Poll::Ready(begun.collect::<ServerResult<Vec<_>>>())
        })
        .await?;
        if slow.is_empty() {
            return Ok(Value::List(begun.into_iter().map(|begun| Value::Object(begun.values)).collect()));
        }
        let items = self.0.iter().zip(begun).enumerate().map(|(index, (item, begun))| async move {
            let ctx = ctx.with_index(index);
            finish(&ctx, item, begun).await
        });
        try_join_all(items).await.map(Value::List)
    }
}

/// One object, as `T!` in the schema.
pub struct Swift<T>(pub T);

impl<T: ContainerType> OutputType for Swift<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        let Some(plan) = Plan::of(ctx) else { return resolve_container(ctx, &self.0).await };
        let mut slow = Slow::default();
        let begun = poll_fn(|task| Poll::Ready(plan.begin(ctx, &self.0, &mut slow, task))).await?;
        if slow.is_empty() {
            return Ok(Value::Object(begun.values));
        }
        finish(ctx, &self.0, begun).await
    }
}

/// What is selected of an object: fields and nothing else, each under a name of its own.
struct Plan<'a>(&'a [Positioned<Selection>]);

/// An object of which some fields may still be missing: null stands where they go.
struct Begun<'a> {
    values: IndexMap<Name, Value>,
    missing: Vec<&'a Positioned<Field>>,
}

/// Which fields of a selection had to wait; those after the 64th are not remembered and tried each time.
#[derive(Default)]
struct Slow {
    fields: u64,
    any: bool,
}

impl Slow {
    fn has(&self, place: usize) -> bool {
        place < 64 && self.fields & 1 << place != 0
    }

    fn add(&mut self, place: usize) {
        self.any = true;
        if place < 64 {
            self.fields |= 1 << place;
        }
    }

    const fn is_empty(&self) -> bool {
        !self.any
    }
}

type Boxed<'x, T> = Pin<Box<dyn Future<Output = T> + Send + 'x>>;

impl<'a> Plan<'a> {
    /// None for a selection that is not just fields, each once.
    fn of(ctx: &ContextSelectionSet<'a>) -> Option<Self> {
        let items: &'a [Positioned<Selection>] = &ctx.item.node.items;
        for (place, item) in items.iter().enumerate() {
            let Selection::Field(field) = &item.node else { return None };
            let key = field.node.response_key();
            let is_again = |before: &Positioned<Selection>| matches!(&before.node, Selection::Field(before) if before.node.response_key().node == key.node);
            if !field.node.directives.is_empty() || items[..place].iter().any(is_again) {
                return None;
            }
        }
        Some(Self(items))
    }

    fn fields(&self) -> impl Iterator<Item = &'a Positioned<Field>> {
        self.0.iter().filter_map(|item| match &item.node {
            Selection::Field(field) => Some(field),
            _ => None,
        })
    }

    /// Polls each field once. Synchronous on purpose: the resolvers' futures live on the stack, one after the other.
    fn begin<T: ContainerType>(
        &self,
        ctx: &ContextSelectionSet<'_>,
        object: &T,
        slow: &mut Slow,
        task: &mut task::Context<'_>,
    ) -> ServerResult<Begun<'a>> {
        let mut begun = Begun { values: IndexMap::with_capacity(self.0.len()), missing: Vec::new() };
        for (place, field) in self.fields().enumerate() {
            let polled = if slow.has(place) { Poll::Pending } else { poll(ctx, object, field, task) };
            let value = match polled {
                Poll::Ready(value) => value?,
                Poll::Pending => {
                    slow.add(place);
                    begun.missing.push(field);
                    Value::Null
                }
            };
            begun.values.insert(field.node.response_key().node.clone(), value);
        }
        Ok(begun)
    }
}

/// Waits for what is missing. Boxed: types of objects within objects would nest without end otherwise.
fn finish<'x, T: ContainerType>(
    ctx: &'x ContextSelectionSet<'x>,
    object: &'x T,
    begun: Begun<'x>,
) -> Boxed<'x, ServerResult<Value>> {
    Box::pin(async move {
        let Begun { mut values, missing } = begun;
        let late = missing.iter().map(|field| Box::pin(wait(ctx, object, field)));
        for (field, value) in missing.iter().zip(try_join_all(late).await?) {
            values.insert(field.node.response_key().node.clone(), value);
        }
        Ok(Value::Object(values))
    })
}

const TYPENAME: &str = "__typename";

/// The field's value, if it is there at once.
fn poll<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    object: &T,
    field: &Positioned<Field>,
    task: &mut task::Context<'_>,
) -> Poll<ServerResult<Value>> {
    if field.node.name.node == TYPENAME {
        return Poll::Ready(Ok(Value::String(object.introspection_type_name().into_owned())));
    }
    let inner = ctx.with_field(field);
    pin!(object.resolve_field(&inner)).poll(task).map(|resolved| settle::<T>(ctx, field, resolved))
}

async fn wait<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    object: &T,
    field: &Positioned<Field>,
) -> ServerResult<Value> {
    let inner = ctx.with_field(field);
    let resolved = object.resolve_field(&inner).await;
    settle::<T>(ctx, field, resolved)
}

/// A nullable field that failed is null, and its error is told beside the data.
fn settle<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    resolved: ServerResult<Option<Value>>,
) -> ServerResult<Value> {
    let error: ServerError = match resolved {
        Ok(value) => return Ok(value.unwrap_or_default()),
        Err(error) => error,
    };
    let declared = ctx.schema_env.registry.types.get(T::type_name().as_ref());
    let declared = declared.and_then(|declared| declared.field_by_name(field.node.name.node.as_str()));
    if declared.is_some_and(|declared| !declared.ty.ends_with('!')) {
        ctx.add_error(error);
        return Ok(Value::Null);
    }
    Err(error)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Result, Schema};

    #[derive(Clone)]
    struct Leaf(i32);

    #[Object]
    impl Leaf {
        async fn number(&self) -> i32 {
            self.0
        }

        async fn late(&self) -> i32 {
            tokio::task::yield_now().await;
            self.0 * 10
        }

        async fn odd(&self) -> Result<Option<i32>> {
            if self.0 % 2 == 1 { Ok(Some(self.0)) } else { Err("even".into()) }
        }

        async fn positive(&self) -> Result<i32> {
            if self.0 > 0 { Ok(self.0) } else { Err("not positive".into()) }
        }

        async fn children(&self) -> Rows<Leaf> {
            (1..=self.0).map(Leaf).collect()
        }

        async fn slow_children(&self) -> Vec<Leaf> {
            (1..=self.0).map(Leaf).collect()
        }

        async fn next(&self) -> Option<Swift<Leaf>> {
            Some(Swift(Leaf(self.0 + 1)))
        }
    }

    struct Query;

    #[Object]
    impl Query {
        async fn swift(&self, count: i32) -> Rows<Leaf> {
            (1..=count).map(Leaf).collect()
        }

        async fn plain(&self, count: i32) -> Vec<Leaf> {
            (1..=count).map(Leaf).collect()
        }

        async fn broken(&self) -> Option<Rows<Leaf>> {
            Some(Rows(vec![Leaf(1), Leaf(0)]))
        }
    }

    async fn run(query: &str) -> async_graphql::Response {
        Schema::build(Query, EmptyMutation, EmptySubscription).finish().execute(query).await
    }

    /// What the framework answers for the same list, under the same name.
    async fn agree(selection: &str) {
        let swift = run(&format!("{{ list: swift(count: 3) {{ {selection} }} }}")).await;
        let plain = run(&format!("{{ list: plain(count: 3) {{ {selection} }} }}")).await;
        assert_eq!(swift.data, plain.data, "{selection}");
        assert!(swift.errors.is_empty() && plain.errors.is_empty(), "{selection}: {:?}", swift.errors);
    }

    #[tokio::test]
    async fn answers_are_the_frameworks_own() {
        for selection in [
            "number",
            "b: number __typename late a: number",
            "late number children { late number children { number } }",
            "next { number late next { number } } slowChildren { number }",
            "number number",
            "... on Leaf { number late } late",
            "number @include(if: false) late",
        ] {
            agree(selection).await;
        }
    }

    #[tokio::test]
    async fn a_nullable_field_that_fails_is_null_and_told_with_its_path() {
        let answer = run("{ swift(count: 3) { number odd } }").await;
        let expected = async_graphql::value!({ "swift": [
            { "number": 1, "odd": 1 }, { "number": 2, "odd": null }, { "number": 3, "odd": 3 },
        ] });
        assert_eq!(answer.data, expected);
        let told: Vec<_> =
            answer.errors.iter().map(|error| (error.message.as_str(), format!("{:?}", error.path))).collect();
        let path = r#"[Field("swift"), Index(1), Field("odd")]"#.to_owned();
        assert_eq!(told, [("even", path)]);
    }

    #[tokio::test]
    async fn a_field_that_may_not_be_null_takes_its_list_with_it() {
        let answer = run("{ broken { number positive } }").await;
        assert_eq!(answer.errors.len(), 1);
        assert_eq!(answer.errors[0].message, "not positive");
    }
}
