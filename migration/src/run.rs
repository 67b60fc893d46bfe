//! Running the migrations: one process at a time, then the grants of the role that row-level security binds.
//!
//! Several servers may start on one empty database; the first takes an advisory lock on a connection of its own and
//! the others wait, then find nothing left to do. The lock is transaction-scoped, so a pooler cannot strand it.

use crate::Migrator;
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait,
};

/// Any number will do as long as every process of this product uses the same one.
const LOCK: i64 = 0x7a61_7079_735f_6d67;

/// Where to migrate, and whom the server's statements run as on PostgreSQL.
#[derive(Debug, Clone)]
pub struct Target {
    /// A `sqlite:` or `postgres:` URL that reaches the database itself, not a pooler.
    pub url: String,
    /// Role for logins that row-level security would not bind (superusers, `BYPASSRLS`).
    pub app_role: String,
}

/// Brings the schema up to date and returns how many migrations ran.
///
/// # Errors
/// When the database refuses; each migration is one transaction, so what failed left nothing behind.
#[allow(clippy::disallowed_methods, reason = "the schema belongs to no company")]
pub async fn migrate(target: &Target) -> Result<u32, DbErr> {
    let mut options = ConnectOptions::new(&target.url);
    options.max_connections(2).sqlx_logging(false);
    let connection = Database::connect(options).await?;
    let ran = match connection.get_database_backend() {
        DbBackend::Postgres => migrate_postgres(&connection, &target.app_role).await,
        _ => pending_up(&connection).await,
    };
    connection.close().await?;
    ran
}

async fn migrate_postgres(connection: &DatabaseConnection, app_role: &str) -> Result<u32, DbErr> {
    let guard = connection.begin().await?;
    guard
        .execute_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [LOCK.into()],
        ))
        .await?;
    let ran = pending_up(connection).await?;
    if needs_role(connection).await? {
        grant(connection, app_role).await?;
    }
    guard.commit().await?;
    Ok(ran)
}

async fn pending_up(connection: &DatabaseConnection) -> Result<u32, DbErr> {
    let pending = Migrator::get_pending_migrations(connection).await?.len();
    Migrator::up(connection, None).await?;
    let ran = u32::try_from(pending).unwrap_or(u32::MAX);
    if ran > 0 {
        tracing::info!(ran, "schema migrated");
    }
    Ok(ran)
}

/// Row-level security does not bind such a login even with FORCE, so its transactions step down to another role.
async fn needs_role(connection: &DatabaseConnection) -> Result<bool, DbErr> {
    let statement = Statement::from_string(
        DbBackend::Postgres,
        "SELECT rolsuper OR rolbypassrls AS unbound FROM pg_roles WHERE rolname = current_user",
    );
    let row = connection.query_one_raw(statement).await?;
    row.map_or(Ok(false), |row| row.try_get("", "unbound"))
}

async fn grant(connection: &DatabaseConnection, role: &str) -> Result<(), DbErr> {
    let ident = format!("\"{}\"", role.replace('"', "\"\""));
    let literal = format!("'{}'", role.replace('\'', "''"));
    // Roles belong to the whole cluster: another database's server may create it at this very moment.
    connection
        .execute_unprepared(&format!(
            "DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) THEN CREATE ROLE {ident} NOLOGIN; END IF;
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
             END $$"
        ))
        .await
        .map_err(|error| {
            DbErr::Migration(format!(
                "the login bypasses row-level security and the role {role} could not be created for it ({error}); \
                 create the role by hand, or give the server a login without SUPERUSER and BYPASSRLS"
            ))
        })?;
    // Two servers of one cluster granting on the same catalogue rows at once collide; the lock is per database.
    connection
        .execute_unprepared(&format!(
            "GRANT {ident} TO CURRENT_USER;
             GRANT USAGE ON SCHEMA public TO {ident};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ident}"
        ))
        .await
        .map(|_| ())
}
