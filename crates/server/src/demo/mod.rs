//! Demo companies, made through the services as people would make them.

use anyhow::Result;

use crate::app::App;
use crate::cli::Demo;

/// Fills a fresh database and answers what to print.
pub async fn fill(_app: &App, _options: &Demo) -> Result<String> {
    anyhow::bail!("the demo companies are not part of this build")
}
