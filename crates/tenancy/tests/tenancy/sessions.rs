//! Refresh, replay, revocation, selection.

use kernel::Kind;
use serde_json::{Value, json};

use super::setup::{World, code, text, worlds};

const REFRESH: &str = "mutation($token: String!) { sessionRefresh(input: { refreshToken: $token }) { tokens { accessToken refreshToken } userErrors { code } } }";

async fn refresh(world: &World, token: &str) -> Value {
    world.send(None, REFRESH, json!({ "token": token })).await
}

async fn refreshed(world: &World, token: &str) -> (String, String) {
    let answer = refresh(world, token).await;
    let tokens = &answer["data"]["sessionRefresh"]["tokens"];
    (text(&tokens["accessToken"]), text(&tokens["refreshToken"]))
}

#[tokio::test]
async fn tokens_rotate_and_expire() {
    for world in worlds().await {
        world.person("olena@salon.example").await;
        let (access, first) = world.log_in("olena@salon.example").await;
        assert!(world.enter(Some(&access)).await.is_ok());
        // 15 minutes, and one more for clocks that go differently.
        world.advance(16);
        assert_eq!(world.enter(Some(&access)).await.unwrap_err().kind, Kind::Unauthenticated);
        let (access, second) = refreshed(&world, &first).await;
        assert_ne!(first, second);
        assert!(world.enter(Some(&access)).await.is_ok());
        world.advance(30 * 24 * 60);
        assert_eq!(code(&refresh(&world, &second).await), "UNAUTHENTICATED");
        world.finish().await;
    }
}

#[tokio::test]
async fn a_replayed_token_ends_the_session() {
    for world in worlds().await {
        world.person("olena@salon.example").await;
        let (_, first) = world.log_in("olena@salon.example").await;
        let (access, second) = refreshed(&world, &first).await;
        // The new pair is in use, and not since just now: whoever shows the old token has a copy.
        assert!(world.enter(Some(&access)).await.is_ok());
        world.advance(1);
        assert_eq!(code(&refresh(&world, &first).await), "UNAUTHENTICATED");
        assert_eq!(world.enter(Some(&access)).await.unwrap_err().kind, Kind::Unauthenticated);
        assert_eq!(code(&refresh(&world, &second).await), "UNAUTHENTICATED");
        world.finish().await;
    }
}

#[tokio::test]
async fn a_lost_answer_may_be_repeated_once() {
    for world in worlds().await {
        world.person("olena@salon.example").await;
        let (_, first) = world.log_in("olena@salon.example").await;
        let (_, lost) = refreshed(&world, &first).await;
        world.advance(1);
        let (access, again) = refreshed(&world, &first).await;
        assert_eq!(lost, again);
        assert_eq!(code(&refresh(&world, &first).await), "UNAUTHENTICATED");
        assert!(world.enter(Some(&access)).await.is_err());
        world.finish().await;
    }
}

#[tokio::test]
async fn tabs_that_refresh_at_once_are_given_one_pair() {
    for world in worlds().await {
        world.person("olena@salon.example").await;
        let (_, first) = world.log_in("olena@salon.example").await;
        let (access, second) = refreshed(&world, &first).await;
        assert!(world.enter(Some(&access)).await.is_ok());
        // The others come a little later, each as often as it likes.
        world.clock.advance(chrono::TimeDelta::milliseconds(9_999));
        for _ in 0..3 {
            let (access, same) = refreshed(&world, &first).await;
            assert_eq!(same, second, "a second branch would hide a thief");
            assert!(world.enter(Some(&access)).await.is_ok());
        }
        let (_, third) = refreshed(&world, &second).await;
        // Only the last one is forgiven, however fresh the newest is.
        assert_eq!(code(&refresh(&world, &first).await), "UNAUTHENTICATED");
        assert_eq!(code(&refresh(&world, &third).await), "UNAUTHENTICATED");
        world.finish().await;
    }
}

#[tokio::test]
async fn what_comes_after_the_grace_is_a_replay() {
    for world in worlds().await {
        world.person("olena@salon.example").await;
        let (_, first) = world.log_in("olena@salon.example").await;
        let (_, second) = refreshed(&world, &first).await;
        let (access, _) = refreshed(&world, &first).await;
        // Counted from the exchange, not from the last time that somebody was forgiven.
        world.clock.advance(chrono::TimeDelta::seconds(10));
        assert_eq!(code(&refresh(&world, &first).await), "UNAUTHENTICATED");
        assert!(world.enter(Some(&access)).await.is_err());
        assert_eq!(code(&refresh(&world, &second).await), "UNAUTHENTICATED");
        world.finish().await;
    }
}

#[tokio::test]
async fn a_forged_refresh_token_ends_nothing() {
    for world in worlds().await {
        world.person("olena@salon.example").await;
        let (access, refresh_token) = world.log_in("olena@salon.example").await;
        let last = if refresh_token.ends_with('A') { "Q" } else { "A" };
        let middle = format!("{}{last}{}", &refresh_token[..40], &refresh_token[41..]);
        for forged in [middle.as_str(), "zrt_AAAA", "", &access] {
            assert_eq!(code(&refresh(&world, forged).await), "UNAUTHENTICATED", "{forged}");
        }
        assert!(world.enter(Some(&access)).await.is_ok());
        world.finish().await;
    }
}

#[tokio::test]
async fn sessions_are_listed_and_revoked() {
    for world in worlds().await {
        world.person("olena@salon.example").await;
        world.person("petro@salon.example").await;
        let (here, _) = world.log_in("olena@salon.example").await;
        world.advance(1);
        let (there, _) = world.log_in("olena@salon.example").await;
        let (petro, _) = world.log_in("petro@salon.example").await;
        let list = world.ask(Some(&here), "{ sessions { id current } }", json!({})).await;
        let sessions = list["sessions"].as_array().unwrap().clone();
        assert_eq!(sessions.iter().map(|s| s["current"] == json!(true)).collect::<Vec<_>>(), [false, true]);

        let revoke = "mutation($id: ID!) { sessionRevoke(input: { id: $id }) { done } }";
        let other = json!({ "id": sessions[0]["id"] });
        assert_eq!(code(&world.send(Some(&petro), revoke, other.clone()).await), "NOT_FOUND");
        world.ask(Some(&here), revoke, other).await;
        assert!(world.enter(Some(&there)).await.is_err());

        let (third, _) = world.log_in("olena@salon.example").await;
        world.ask(Some(&here), "mutation { sessionRevokeOthers { done } }", json!({})).await;
        assert!(world.enter(Some(&third)).await.is_err());
        world.ask(Some(&here), "mutation { userLogout { done } }", json!({})).await;
        assert!(world.enter(Some(&here)).await.is_err());
        assert!(world.enter(Some(&petro)).await.is_ok());
        world.finish().await;
    }
}

#[tokio::test]
async fn a_token_is_for_one_company_at_a_time() {
    for world in worlds().await {
        let (first, of_first) = world.administrator("olena@salon.example", "first").await;
        let create = "mutation { companyCreate(input: { name: \"Друга\", slug: \"second\", location: { name: \"Центр\" } }) { company { id } } }";
        let data = world.ask(Some(&of_first), create, json!({})).await;
        let second = text(&data["companyCreate"]["company"]["id"]).parse().unwrap();
        assert_eq!(world.enter(Some(&of_first)).await.unwrap().company_id(), Some(first));
        let of_second = world.select(&of_first, second).await;
        assert_eq!(world.enter(Some(&of_second)).await.unwrap().company_id(), Some(second));
        assert!(world.enter(Some(&of_first)).await.is_err());

        let (foreign, _) = world.administrator("petro@salon.example", "third").await;
        let select = "mutation($id: ID!) { companySelect(input: { companyId: $id }) { userErrors { code } } }";
        for id in [foreign.to_string(), kernel::CompanyId::new().to_string(), "cmp_x".to_owned()] {
            assert_eq!(code(&world.send(Some(&of_second), select, json!({ "id": id })).await), "NOT_FOUND");
        }
        world.finish().await;
    }
}

#[tokio::test]
async fn who_is_asking_costs_one_statement() {
    for world in worlds().await {
        let (_, token) = world.administrator("olena@salon.example", "first").await;
        world.enter(Some(&token)).await.unwrap();
        let (cx, statements) = db::counted(Box::pin(world.enter(Some(&token)))).await;
        assert!(cx.is_ok());
        assert_eq!(statements, 1);
        world.finish().await;
    }
}
