//! The audit trail: who did what, page by page, and what is left of a person after erasure.

use access::{ActorKind, BuiltinRole};
use kernel::{CompanyId, PageRequest};
use serde_json::json;
use uuid::Uuid;
use zapys_jobs::{Detail, HistoryFilter};

use crate::setup::{Happened, worlds};

#[tokio::test]
async fn the_history_of_a_thing_is_read_newest_first_in_pages() {
    for world in worlds().await {
        let (company, thing) = (CompanyId::new(), Uuid::now_v7());
        let jobs = world.jobs(|_| {});
        let manager = world.member(company, BuiltinRole::Manager);
        manager.public("tests decide by themselves");
        for number in 1..=5 {
            let about = if number == 3 { Uuid::now_v7() } else { thing };
            let published: kernel::Result<()> = db::transaction!(world.db, company, |tx| {
                jobs.publish_in(&manager, tx, &Happened { number, thing: Some(about) }).await?;
                Ok(())
            });
            published.unwrap();
            // Two of them at one instant: their ids decide.
            world.advance(i64::from(number % 2));
        }
        let reader = world.db.read(company).await.unwrap();
        let first = jobs.history(&reader, thing, &PageRequest { want_total: true, ..PageRequest::first(3) }).await;
        let first = first.unwrap();
        let numbers = |entries: &[zapys_jobs::Entry]| -> Vec<u32> {
            entries.iter().map(|entry| entry.read::<Happened>().unwrap().number).collect()
        };
        assert_eq!((numbers(&first.items), first.has_next, first.total), (vec![5, 4, 2], true, Some(4)));
        let entry = &first.items[0];
        assert_eq!((entry.actor.kind, entry.actor.id), (ActorKind::User, manager.actor.reference().id));
        assert_eq!((entry.request_id, entry.subject), (manager.request_id, Some(thing)));
        let rest = PageRequest { cursor: first.cursors.last().cloned(), ..PageRequest::first(3) };
        let rest = jobs.history(&reader, thing, &rest).await.unwrap();
        assert_eq!((numbers(&rest.items), rest.has_next), (vec![1], false));

        let foreign = world.db.read(CompanyId::new()).await.unwrap();
        assert_eq!(jobs.history(&foreign, thing, &PageRequest::first(3)).await.unwrap().items, []);
        let since = HistoryFilter { from: Some(entry.at), actor: entry.actor.id, ..HistoryFilter::default() };
        assert_eq!(numbers(&jobs.audit(&reader, &since, &PageRequest::first(9)).await.unwrap().items), [5, 4]);
        let other = HistoryFilter { names: vec!["test.other".to_owned()], ..HistoryFilter::default() };
        assert_eq!(jobs.audit(&reader, &other, &PageRequest::first(9)).await.unwrap().items, []);
        drop((reader, foreign));
        world.finish().await;
    }
}

#[tokio::test]
async fn erasing_a_client_empties_the_personal_part_and_keeps_the_event() {
    for world in worlds().await {
        let (company, client) = (CompanyId::new(), Uuid::now_v7());
        let jobs = world.jobs(|_| {});
        let cx = world.cx(company);
        let mut ids = Vec::new();
        for about in [Some(client), Some(Uuid::now_v7())] {
            let change = Detail::change(about, json!({ "name": "Оля" }), json!({ "name": "Ольга" }));
            let published = db::transaction!(world.db, company, |tx| {
                jobs.publish_with_detail_in(&cx, tx, &Happened::new(1), change.clone()).await
            });
            ids.push(published.unwrap());
        }
        let erased: kernel::Result<()> =
            db::transaction!(world.db, company, |tx| jobs.erase_details_in(tx, client).await);
        erased.unwrap();
        let reader = world.db.read(company).await.unwrap();
        let details = jobs.details(&reader, &ids).await.unwrap();
        assert_eq!(details.keys().collect::<Vec<_>>(), [&ids[1]]);
        assert_eq!(details[&ids[1]]["after"]["name"], "Ольга");
        let all = jobs.audit(&reader, &HistoryFilter::default(), &PageRequest::first(9)).await.unwrap();
        assert_eq!(all.items.len(), 2);
        drop(reader);
        world.finish().await;
    }
}
