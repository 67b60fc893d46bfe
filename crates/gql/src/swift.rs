//! Objects and lists that are many: answered as the framework answers them, with less work for each field.
//!
//! The framework boxes a future for each field of each item, asks the registry for its type, sends it through the
//! extension and keeps a tree of what came of it, although nearly every field of a page of a calendar is ready at once.
//! Here each field is polled once where it stands and its value is written as text ([`crate::json`]). Those that have to
//! wait leave a hole, and are awaited together, begun again: resolvers of objects only read. Of a list, a field that had
//! to wait for one item is not tried for the next.
//!
//! The fields that [`crate::ready`] names are called by their own functions, once found for a whole list, rather than by
//! way of the type's one large resolver.
//!
//! A selection with fragments or directives left in it is resolved by the framework.

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::PoisonError;
use std::task::{self, Poll};

use async_graphql::futures_util::future::try_join_all;
use async_graphql::parser::types::{Field, Selection};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::{ContainerType, resolve_container};
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerError, ServerResult, Value};

use crate::json;
use crate::ready::{Ready, Writer};

/// A list of objects, as `[T!]!` in the schema.
pub struct Rows<T>(pub Vec<T>);

impl<T> FromIterator<T> for Rows<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T: Ready> OutputType for Rows<T> {
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
        let begun = poll_fn(|task| {
            let mut begun = Begun::of(self.0.len() * (2 + plan.room()));
            begun.text.push(b'[');
            for (index, item) in self.0.iter().enumerate() {
                json::separate(index, &mut begun.text);
                if let Err(error) = plan.begin(&ctx.with_index(index), item, index, &mut begun, task) {
                    return Poll::Ready(Err(error));
                }
            }
            begun.text.push(b']');
            Poll::Ready(Ok(begun))
        })
        .await?;
        if begun.holes.is_empty() {
            return Ok(json::written(begun.text));
        }
        let late = begun.holes.iter().map(|hole| {
            Box::pin(async move {
                let ctx = ctx.with_index(hole.item);
                wait(&ctx, &self.0[hole.item], hole.field).await
            })
        });
        let late = try_join_all(late).await?;
        Ok(begun.filled(&late))
    }
}

/// One object, as `T!` in the schema.
pub struct Swift<T>(pub T);

impl<T: Ready> OutputType for Swift<T> {
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
        let begun = poll_fn(|task| {
            let mut begun = Begun::of(plan.room());
            Poll::Ready(plan.begin(ctx, &self.0, 0, &mut begun, task).map(|()| begun))
        })
        .await?;
        if begun.holes.is_empty() {
            return Ok(json::written(begun.text));
        }
        let late = begun.holes.iter().map(|hole| Box::pin(wait(ctx, &self.0, hole.field)) as Boxed<'_, _>);
        let late = try_join_all(late).await?;
        Ok(begun.filled(&late))
    }
}

type Boxed<'x, T> = Pin<Box<dyn Future<Output = T> + Send + 'x>>;

/// What is selected of an object, and how each field of it is written: fields and nothing else, each under a name of its own.
struct Plan<'a, T> {
    fields: Vec<(&'a Positioned<Field>, Option<Writer<T>>)>,
}

/// Text with holes where fields are still missing.
struct Begun<'a> {
    text: Vec<u8>,
    holes: Vec<Hole<'a>>,
    /// The fields that had to wait, by place; those after the 64th are not remembered and tried each time.
    slow: u64,
}

/// A place in a text where the value of a field belongs.
struct Hole<'a> {
    at: usize,
    item: usize,
    field: &'a Positioned<Field>,
}

impl Begun<'_> {
    fn of(room: usize) -> Self {
        Self { text: Vec::with_capacity(room), holes: Vec::new(), slow: 0 }
    }

    fn is_slow(&self, place: usize) -> bool {
        place < 64 && self.slow & 1 << place != 0
    }

    fn filled(self, late: &[Value]) -> Value {
        let mut whole = Vec::with_capacity(self.text.len() * 2);
        let mut from = 0;
        for (hole, value) in self.holes.iter().zip(late) {
            whole.extend_from_slice(&self.text[from..hole.at]);
            json::write(value, &mut whole);
            from = hole.at;
        }
        whole.extend_from_slice(&self.text[from..]);
        json::written(whole)
    }
}

impl<'a, T: Ready> Plan<'a, T> {
    /// None for a selection that is not just fields, each once.
    fn of(ctx: &ContextSelectionSet<'a>) -> Option<Self> {
        let items: &'a [Positioned<Selection>] = &ctx.item.node.items;
        let mut fields: Vec<(&'a Positioned<Field>, Option<Writer<T>>)> = Vec::with_capacity(items.len());
        for item in items {
            let Selection::Field(field) = &item.node else { return None };
            let key = &field.node.response_key().node;
            if !field.node.directives.is_empty() || fields.iter().any(|(it, _)| it.node.response_key().node == *key) {
                return None;
            }
            let writer = T::writer(&field.node.name.node).filter(|_| field.node.arguments.is_empty());
            fields.push((field, writer));
        }
        Some(Self { fields })
    }

    /// About how many bytes an object takes: too few are made up for, at a price.
    fn room(&self) -> usize {
        const FIELD: usize = 48;
        const OBJECT: usize = 128;
        let room = |field: &Field| if field.selection_set.node.items.is_empty() { FIELD } else { OBJECT };
        self.fields.iter().map(|(field, _)| room(&field.node)).sum()
    }

    /// Polls each field once. Synchronous on purpose: the resolvers' futures live on the stack, one after the other.
    fn begin(
        &self,
        ctx: &ContextSelectionSet<'_>,
        object: &T,
        item: usize,
        begun: &mut Begun<'a>,
        task: &mut task::Context<'_>,
    ) -> ServerResult<()> {
        begun.text.push(b'{');
        for (place, (field, writer)) in self.fields.iter().enumerate() {
            json::separate(place, &mut begun.text);
            json::key(&field.node.response_key().node, &mut begun.text);
            let start = begun.text.len();
            let polled = match writer {
                _ if begun.is_slow(place) => Poll::Pending,
                Some(writer) => {
                    let inner = ctx.with_field(field);
                    writer(object, &inner, &mut begun.text)
                }
                None => {
                    poll(ctx, object, field, task).map(|value| value.map(|value| json::write(&value, &mut begun.text)))
                }
            };
            match polled {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => {
                    begun.text.truncate(start);
                    settle::<T>(ctx, field, error)?;
                    json::write(&Value::Null, &mut begun.text);
                }
                Poll::Pending => {
                    begun.slow |= 1_u64.checked_shl(u32::try_from(place).unwrap_or(u32::MAX)).unwrap_or(0);
                    begun.holes.push(Hole { at: start, item, field });
                }
            }
        }
        begun.text.push(b'}');
        Ok(())
    }
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
    pin!(object.resolve_field(&inner)).poll(task).map_ok(Option::unwrap_or_default)
}

async fn wait<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    object: &T,
    field: &Positioned<Field>,
) -> ServerResult<Value> {
    let inner = ctx.with_field(field);
    match object.resolve_field(&inner).await {
        Ok(value) => Ok(value.unwrap_or_default()),
        Err(error) => settle::<T>(ctx, field, error).map(|()| Value::Null),
    }
}

/// A nullable field that failed is null, and its error is told beside the data.
fn settle<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    error: ServerError,
) -> ServerResult<()> {
    let declared = ctx.schema_env.registry.types.get(T::type_name().as_ref());
    let declared = declared.and_then(|declared| declared.field_by_name(field.node.name.node.as_str()));
    if declared.is_none_or(|declared| declared.ty.ends_with('!')) {
        return Err(error);
    }
    let mut told = ctx.query_env.errors.lock().unwrap_or_else(PoisonError::into_inner);
    // An object that is begun again because another field of it had to wait fails again in the same place.
    if told.iter().all(|told| told.path != error.path) {
        told.push(error);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Result, Schema};
    use serde_json::json;

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

        async fn with_default(&self, add: Option<i32>) -> i32 {
            self.0 + add.unwrap_or(100)
        }
    }

    // Some of its fields, so that others go the long way.
    crate::ready!(Leaf: number, late, odd, children, next, with_default(None));

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

    async fn run(query: &str) -> (serde_json::Value, Vec<ServerError>) {
        let answer = Schema::build(Query, EmptyMutation, EmptySubscription).finish().execute(query).await;
        let mut out = Vec::new();
        json::write(&answer.data, &mut out);
        (serde_json::from_slice(&out).unwrap(), answer.errors)
    }

    /// What the framework answers for the same list, under the same name.
    async fn agree(selection: &str) {
        let (swift, swift_errors) = run(&format!("{{ list: swift(count: 3) {{ {selection} }} }}")).await;
        let (plain, plain_errors) = run(&format!("{{ list: plain(count: 3) {{ {selection} }} }}")).await;
        assert_eq!(swift, plain, "{selection}");
        assert!(swift_errors.is_empty() && plain_errors.is_empty(), "{selection}: {swift_errors:?}");
    }

    #[tokio::test]
    async fn answers_are_the_frameworks_own() {
        for selection in [
            "number",
            "b: number __typename late a: number",
            "late number children { late number children { number } }",
            "next { number late next { number } } slowChildren { number }",
            "number number",
            "positive withDefault two: withDefault(add: 2)",
            "... on Leaf { number late } late",
            "number @include(if: false) late",
        ] {
            agree(selection).await;
        }
    }

    #[tokio::test]
    async fn a_nullable_field_that_fails_is_null_and_told_with_its_path() {
        let (data, errors) = run("{ swift(count: 3) { number odd } }").await;
        let expected = json!({ "swift": [
            { "number": 1, "odd": 1 }, { "number": 2, "odd": null }, { "number": 3, "odd": 3 },
        ] });
        assert_eq!(data, expected);
        let told: Vec<_> = errors.iter().map(|error| (error.message.as_str(), format!("{:?}", error.path))).collect();
        let path = r#"[Field("swift"), Index(1), Field("odd")]"#.to_owned();
        assert_eq!(told, [("even", path)]);
    }

    #[tokio::test]
    async fn an_object_that_is_begun_again_tells_its_errors_once() {
        let (data, errors) = run("{ swift(count: 1) { next { odd late next { odd } } } }").await;
        assert_eq!(data, json!({ "swift": [{ "next": { "odd": null, "late": 20, "next": { "odd": 3 } } }] }));
        assert_eq!(errors.len(), 1, "{errors:?}");
    }

    #[tokio::test]
    async fn a_field_that_may_not_be_null_takes_its_list_with_it() {
        let (_, errors) = run("{ broken { number positive } }").await;
        let told: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
        assert_eq!(told, ["not positive"]);
    }
}
