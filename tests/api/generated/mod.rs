//! Tests that hold for every operation of the schema, whatever domains there are.

mod authorisation;
mod description;
mod isolation;
mod values;
