//! Columns that hold a document: a value of ours as JSON.

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{TryGetableFromJson, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::error::BoxDynError;
use sqlx::types::Json;
use sqlx::{Database, Decode, Type};

/// A value as it lies in a document column. Read straight from the column's text, without a tree of JSON in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document<T>(pub T);

impl<T: DeserializeOwned> TryGetableFromJson for Document<T> {}

impl<T, D: Database> Type<D> for Document<T>
where
    Json<T>: Type<D>,
{
    fn type_info() -> D::TypeInfo {
        Json::<T>::type_info()
    }

    fn compatible(info: &D::TypeInfo) -> bool {
        Json::<T>::compatible(info)
    }
}

impl<'r, T, D: Database> Decode<'r, D> for Document<T>
where
    Json<T>: Decode<'r, D>,
{
    fn decode(value: D::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Json::<T>::decode(value).map(|json| Self(json.0))
    }
}

impl<T: Serialize> From<Document<T>> for Value {
    fn from(document: Document<T>) -> Self {
        // Only keys that are no text cannot be written; as SQL NULL such a document is refused by its column.
        Self::Json(serde_json::to_value(document.0).ok().map(Box::new))
    }
}

impl<T: DeserializeOwned> ValueType for Document<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        match value {
            Value::Json(Some(json)) => serde_json::from_value(*json).map(Self).map_err(|_| ValueTypeErr),
            _ => Err(ValueTypeErr),
        }
    }

    fn type_name() -> String {
        "Document".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::Json
    }

    fn column_type() -> ColumnType {
        ColumnType::Json
    }
}

impl<T> Nullable for Document<T> {
    fn null() -> Value {
        Value::Json(None)
    }
}
