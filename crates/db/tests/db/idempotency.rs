//! One effect per key, whatever happens at once.

use crate::engine::engines;
use db::IdempotencyKey;
use kernel::{CompanyId, Error};
use std::sync::Arc;
use uuid::Uuid;

fn key(input: &[u8]) -> IdempotencyKey {
    IdempotencyKey {
        principal: "usr_1".into(),
        operation: "thingCreate",
        key: "k-1".into(),
        input_hash: input.to_vec(),
    }
}

/// Makes a thing under a key and says which thing it was and whether this call made it.
async fn make(db: &db::Db, company: CompanyId, key: &IdempotencyKey, fail: bool) -> kernel::Result<(Uuid, bool)> {
    let id = Uuid::now_v7();
    db::transaction!(db, company, |tx| {
        if let Some(ids) = tx.idempotent(key).await? {
            return Ok((ids[0], false));
        }
        if fail {
            return Err(Error::not_found());
        }
        tx.remember(key, &[id]).await?;
        Ok((id, true))
    })
}

#[tokio::test]
async fn a_repetition_gets_the_first_result_and_another_input_is_refused() {
    for test in engines().await {
        let company = CompanyId::new();
        assert!(make(&test.db, company, &key(b"a"), true).await.is_err(), "a refusal is not remembered");
        let (first, made) = make(&test.db, company, &key(b"a"), false).await.unwrap();
        assert!(made);
        assert_eq!(make(&test.db, company, &key(b"a"), false).await.unwrap(), (first, false));
        let reused = make(&test.db, company, &key(b"b"), false).await.unwrap_err();
        assert_eq!(reused.issues[0].code, "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(reused.issues[0].field.as_deref(), Some("idempotencyKey"));
        assert!(
            make(&test.db, CompanyId::new(), &key(b"b"), false).await.unwrap().1,
            "another company's key is another key"
        );
        test.finish().await;
    }
}

#[tokio::test]
async fn a_hundred_at_once_have_one_effect() {
    for test in engines().await {
        let company = CompanyId::new();
        let barrier = Arc::new(tokio::sync::Barrier::new(100));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (db, barrier) = (test.db.clone(), barrier.clone());
                tokio::spawn(async move {
                    barrier.wait().await;
                    make(&db, company, &key(b"a"), false).await
                })
            })
            .collect();
        let mut made = 0;
        let mut seen = std::collections::HashSet::new();
        for task in tasks {
            let (id, first) = task.await.unwrap().unwrap();
            made += u32::from(first);
            seen.insert(id);
        }
        assert_eq!((made, seen.len()), (1, 1));
        test.finish().await;
    }
}
