//! `docs/http-api.md`: its configuration is read, and its examples are sent.

use std::path::Path;

use openclaw_config::{Env, check_text};
use openclaw_gateway_server::{Gateway, from_config};
use openclaw_policy::AuthGate;

use super::call::Call;
use super::{gateway, says};
use crate::join::TOKEN;

const PAGE: &str = include_str!("../../../../../docs/http-api.md");
const HOOK_TOKEN: &str = "hook-secret";

/// The blocks of the page in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    let blocks = PAGE.split(&begin).skip(1);
    blocks
        .map(|rest| rest.split("\n```").next().unwrap())
        .collect()
}

/// The words of a command, as a shell reads them.
fn words(command: &str) -> Vec<String> {
    let command = command
        .replace("\\\n", " ")
        .replace("$OPENCLAW_GATEWAY_TOKEN", TOKEN)
        .replace("$HOOK_TOKEN", HOOK_TOKEN);
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for one in command.chars() {
        match (quote, one) {
            (Some(open), _) if one == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(one);
                word.get_or_insert_default();
            }
            (None, _) if one.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(one),
        }
    }
    words.extend(word);
    words
}

fn call(command: &str) -> Call {
    let words = words(command);
    let path = words[0..]
        .iter()
        .find_map(|word| word.strip_prefix("http://127.0.0.1:18789"))
        .expect(command);
    let after = |flag: &str| {
        let pairs = words.windows(2).filter(move |two| two[0] == flag);
        pairs.map(|two| two[1].clone()).collect::<Vec<_>>()
    };
    let body = after("-d").pop();
    let method = if body.is_some() { "POST" } else { "GET" };
    let mut call = Call::new(method, path).without("authorization");
    for header in after("-H") {
        let (name, value) = header.split_once(": ").unwrap();
        call = call.header(&name.to_ascii_lowercase(), value);
    }
    call.body(body.unwrap_or_default())
}

async fn served(model: &openclaw_agent::testing::FakeModel) -> Gateway {
    let [config] = blocks("json5")[..] else {
        panic!("the page has one configuration")
    };
    let env = Env::empty().with("HOOK_TOKEN", HOOK_TOKEN);
    let loaded = check_text(Path::new("/x/openclaw.json"), config.to_owned(), &env).unwrap();
    let api = from_config::api(&loaded, &AuthGate::token(TOKEN), &|_| unreachable!());
    assert_eq!(api.problems, Vec::<String>::new());
    assert!(api.hooks.as_ref().unwrap().mappings[0].refused.is_none());
    gateway(model, api).await
}

#[tokio::test]
async fn every_example_of_the_page_works() {
    let model = says(&["Good morning"]).await;
    let gateway = served(&model).await;
    let examples = blocks("sh");
    assert!(examples.len() >= 8, "{}", examples.len());
    for example in examples {
        let (status, answer) = call(example).send(&gateway).await;
        assert_eq!(status, 200, "{example}\n{answer}");
        let works = ["Good morning", "\"ok\":true", "openclaw/main"];
        assert!(
            works.iter().any(|one| answer.contains(one)),
            "{example}\n{answer}"
        );
    }
}

#[tokio::test]
async fn no_example_works_with_another_token() {
    let model = says(&["Good morning"]).await;
    let gateway = served(&model).await;
    for example in blocks("sh") {
        let spoiled = example.replace("_TOKEN\"", "_TOKENS\"");
        assert_ne!(spoiled, example);
        let (status, answer) = call(&spoiled).from("192.168.9.9").send(&gateway).await;
        assert_eq!(status, 401, "{example}\n{answer}");
    }
    assert!(model.asked().is_empty());
}
