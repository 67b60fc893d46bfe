//! Objects and lists that are many: resolved to the same answer as the framework does, with less work for each field.
//!
//! The framework boxes a future for each field of each item, asks the registry for its type and sends it through the
//! extension, although nearly every field of a page of a calendar is ready at once. Here the
//! selection is looked at once, each field is polled where it stands, and only those that have to wait are boxed and
//! awaited together. A resolver that was not ready is begun again, once for a whole list: resolvers of objects only read.
//!
//! A selection with fragments or directives left in it is resolved by the framework.

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

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
        let Some(plan) = Plan::of::<T>(ctx) else { return OutputType::resolve(&self.0, ctx, field).await };
        let items = self.0.iter().enumerate().map(|(index, item)| {
            let plan = &plan;
            async move {
                let ctx = ctx.with_index(index);
                plan.resolve(&ctx, item).await
            }
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
        match Plan::of::<T>(ctx) {
            Some(plan) => plan.resolve(ctx, &self.0).await,
            None => resolve_container(ctx, &self.0).await,
        }
    }
}

/// What is selected of an object, once for all objects of a list.
struct Plan<'a>(Vec<Planned<'a>>);

struct Planned<'a> {
    field: &'a Positioned<Field>,
    key: &'a Name,
    is_nullable: bool,
    /// Found out by the first item that was not ready.
    waits: AtomicBool,
}

impl<'a> Plan<'a> {
    /// None for a selection that is not just fields, each once.
    fn of<T: ContainerType>(ctx: &ContextSelectionSet<'a>) -> Option<Self> {
        let declared = ctx.schema_env.registry.types.get(T::type_name().as_ref())?;
        let items = &ctx.item.node.items;
        let mut fields: Vec<Planned<'a>> = Vec::with_capacity(items.len());
        for item in items {
            let Selection::Field(field) = &item.node else { return None };
            let name = field.node.name.node.as_str();
            let key = &field.node.response_key().node;
            if !field.node.directives.is_empty() || fields.iter().any(|before| before.key == key) {
                return None;
            }
            let is_nullable = name != TYPENAME && !declared.field_by_name(name)?.ty.ends_with('!');
            fields.push(Planned { field, key, is_nullable, waits: AtomicBool::new(false) });
        }
        Some(Self(fields))
    }

    /// Boxed once per object: types of objects within objects would nest without end otherwise.
    fn resolve<'x, T: ContainerType>(
        &'x self,
        ctx: &'x ContextSelectionSet<'x>,
        object: &'x T,
    ) -> Pin<Box<dyn Future<Output = ServerResult<Value>> + Send + 'x>> {
        Box::pin(self.resolve_now(ctx, object))
    }

    async fn resolve_now<T: ContainerType>(&self, ctx: &ContextSelectionSet<'_>, object: &T) -> ServerResult<Value> {
        let mut values: IndexMap<Name, Value> = IndexMap::with_capacity(self.0.len());
        let mut waiting: Vec<&Planned<'_>> = Vec::new();
        // Synchronous on purpose: the resolvers' futures live on the stack for the time of one poll.
        poll_fn(|task| {
            for planned in &self.0 {
                let value = match planned.poll(ctx, object, task) {
                    Poll::Ready(value) => value?,
                    Poll::Pending => {
                        waiting.push(planned);
                        Value::Null
                    }
                };
                values.insert(planned.key.clone(), value);
            }
            Poll::Ready(Ok::<_, ServerError>(()))
        })
        .await?;
        if !waiting.is_empty() {
            let late = waiting.iter().map(|planned| Box::pin(planned.wait(ctx, object)));
            for (planned, value) in waiting.iter().zip(try_join_all(late).await?) {
                values.insert(planned.key.clone(), value);
            }
        }
        Ok(Value::Object(values))
    }
}

const TYPENAME: &str = "__typename";

impl Planned<'_> {
    /// The field's value, if it is there at once.
    fn poll<T: ContainerType>(
        &self,
        ctx: &ContextSelectionSet<'_>,
        object: &T,
        task: &mut std::task::Context<'_>,
    ) -> Poll<ServerResult<Value>> {
        if self.field.node.name.node == TYPENAME {
            return Poll::Ready(Ok(Value::String(object.introspection_type_name().into_owned())));
        }
        if self.waits.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        let field = ctx.with_field(self.field);
        match pin!(object.resolve_field(&field)).poll(task) {
            Poll::Ready(resolved) => Poll::Ready(self.settle(ctx, resolved)),
            Poll::Pending => {
                self.waits.store(true, Ordering::Relaxed);
                Poll::Pending
            }
        }
    }

    async fn wait<T: ContainerType>(&self, ctx: &ContextSelectionSet<'_>, object: &T) -> ServerResult<Value> {
        let field = ctx.with_field(self.field);
        let resolved = object.resolve_field(&field).await;
        self.settle(ctx, resolved)
    }

    /// A nullable field that failed is null, and its error is told beside the data.
    fn settle(&self, ctx: &ContextSelectionSet<'_>, resolved: ServerResult<Option<Value>>) -> ServerResult<Value> {
        match resolved {
            Ok(value) => Ok(value.unwrap_or_default()),
            Err(error) if self.is_nullable => {
                ctx.add_error(error);
                Ok(Value::Null)
            }
            Err(error) => Err(error),
        }
    }
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
