//! Fields of objects that are written one by one, each by its own function: see [`crate::Rows`].

use std::pin::pin;
use std::task::{self, Poll, Waker};

use async_graphql::resolver_utils::ContainerType;
use async_graphql::{Context, OutputType, Result, ServerResult};

use crate::json::{self, Leaf};

/// An object whose fields may be written one by one. Declared by [`crate::ready`].
pub trait Ready: ContainerType + Sized {
    /// How the field of this name is written; none for one that goes by the framework's way.
    fn writer(field: &str) -> Option<Writer<Self>>;
}

/// Writes a field's value, or does nothing but say that it has to wait.
pub type Writer<T> = fn(&T, &Context<'_>, &mut Vec<u8>) -> Poll<ServerResult<()>>;

/// Names fields of an object that are nearly always ready at once, by their methods: `ready!(LineObject: id, starts_at,
/// service_name(None))`. Arguments stand there for a field that is asked for without any. A field that is not named is
/// only slower.
#[macro_export]
macro_rules! ready {
    ($object:ty: $($method:ident $(($($argument:expr),+))?),+ $(,)?) => {
        impl $crate::Ready for $object {
            fn writer(field: &str) -> ::std::option::Option<$crate::Writer<Self>> {
                #[allow(unused_imports, reason = "some objects are all leaves, or have none")]
                use $crate::support::{Leafy as _, Woody as _};
                $(if $crate::support::is_named(field, ::std::stringify!($method)) {
                    return ::std::option::Option::Some(|object, ctx, out| {
                        match $crate::support::resolved(ctx, object.$method(ctx $($(, $argument)+)?)) {
                            // Either by `Leafy` or, for want of it, by `Woody`.
                            ::std::task::Poll::Ready(::std::result::Result::Ok(value)) => {
                                (&$crate::support::Answer(&value)).write(ctx, out)
                            }
                            ::std::task::Poll::Ready(::std::result::Result::Err(error)) => {
                                ::std::task::Poll::Ready(::std::result::Result::Err(error))
                            }
                            ::std::task::Poll::Pending => ::std::task::Poll::Pending,
                        }
                    });
                })+
                ::std::option::Option::None
            }
        }
    };
}

/// Whether a field is that of a method: `startsAt` is `starts_at`.
#[doc(hidden)]
#[inline]
pub fn is_named(field: &str, method: &str) -> bool {
    let mut field = field.bytes();
    let mut is_upper = false;
    for letter in method.bytes() {
        if letter == b'_' {
            is_upper = true;
            continue;
        }
        let letter = if std::mem::take(&mut is_upper) { letter.to_ascii_uppercase() } else { letter };
        if field.next() != Some(letter) {
            return false;
        }
    }
    field.next().is_none()
}

/// What a resolver returns, if it returns at once.
#[doc(hidden)]
pub fn resolved<V>(ctx: &Context<'_>, resolver: impl Future<Output = Result<V>>) -> Poll<ServerResult<V>> {
    poll_once(resolver).map_err(|error| ctx.set_error_path(error.into_server_error(ctx.item.pos)))
}

/// What a resolver returned. Its `write` is that of [`Leafy`] where the value is a [`Leaf`], and else that of [`Woody`], which
/// stands one reference farther away.
#[doc(hidden)]
pub struct Answer<'v, V>(pub &'v V);

/// Writes the text of a leaf, without a value of the framework in between.
#[doc(hidden)]
pub trait Leafy {
    fn write(&self, ctx: &Context<'_>, out: &mut Vec<u8>) -> Poll<ServerResult<()>>;
}

impl<V: Leaf> Leafy for Answer<'_, V> {
    fn write(&self, _: &Context<'_>, out: &mut Vec<u8>) -> Poll<ServerResult<()>> {
        self.0.write(out);
        Poll::Ready(Ok(()))
    }
}

/// Resolves anything.
#[doc(hidden)]
pub trait Woody {
    fn write(&self, ctx: &Context<'_>, out: &mut Vec<u8>) -> Poll<ServerResult<()>>;
}

impl<V: OutputType> Woody for &Answer<'_, V> {
    fn write(&self, ctx: &Context<'_>, out: &mut Vec<u8>) -> Poll<ServerResult<()>> {
        let below = ctx.with_selection_set(&ctx.item.node.selection_set);
        poll_once(self.0.resolve(&below, ctx.item)).map(|resolved| resolved.map(|value| json::write(&value, out)))
    }
}

/// Polls without anybody to wake: whoever has to wait is asked again.
fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut task::Context::from_waker(Waker::noop()))
}

#[cfg(test)]
mod tests {
    use super::is_named;

    #[test]
    fn fields_are_those_of_methods() {
        for (field, method) in [("id", "id"), ("startsAt", "starts_at"), ("taxRateBp", "tax_rate_bp")] {
            assert!(is_named(field, method), "{field}");
        }
        for (field, method) in [
            ("startsat", "starts_at"),
            ("starts_at", "starts_at"),
            ("startsAtX", "starts_at"),
            ("starts", "starts_at"),
            ("ide", "id"),
            ("", "id"),
            ("Id", "id"),
        ] {
            assert!(!is_named(field, method), "{field}");
        }
    }
}
