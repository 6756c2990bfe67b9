//! The whole way with nobody dying.

use openclaw_channels::testing::{Fault, Said};
use serde_json::{Value, json};

use crate::world::{PERSON, World, patiently};

#[test]
fn a_question_in_telegram_is_answered_by_a_node() {
    let world = World::new();
    world.say("Q1");
    assert_eq!(world.answer("Q1"), "Answer Q1: 21.5 degrees. That is all.");
    assert_eq!(world.errand.count("ended", "Q1"), 1);
    let asked = world.mind.asked("Q1");
    assert_eq!(asked.len(), 2, "{asked:#?}");
    assert!(asked[1].results[0].contains("21.5 degrees"));
    world.settle("Q1", false);
}

#[test]
fn commands_work_without_the_model() {
    let world = World::new();
    world.telegram.say(Said::direct(PERSON, "/nodes"));
    let shown = world
        .telegram
        .shown_to(PERSON, |text| text.contains("kitchen"));
    world.wait(shown);
    let invoke = r#"/invoke kitchen system.which {"bins":["sh"]}"#;
    world.telegram.say(Said::direct(PERSON, invoke));
    let shown = world
        .telegram
        .shown_to(PERSON, |text| text.contains("bin/sh"));
    world.wait(shown);
    world.say("Q1");
    world.answer("Q1");
    assert_eq!(
        world.mind.asked("Q1").len(),
        2,
        "the model was asked for more than Q1"
    );
}

#[test]
fn refusals_of_the_service_are_obeyed() {
    let world = World::new();
    // Nothing that says anything to the person gets through at first.
    for method in ["sendMessage", "editMessageText"] {
        world.telegram.fail(method, Fault::too_many(1));
    }
    world.say("Q1");
    world.answer("Q1");
    let calls = world.telegram.calls_of("sendMessage");
    let refused = calls
        .iter()
        .position(|call| call.status == Some(429))
        .unwrap();
    let next = &calls[refused + 1];
    let waited = next.at - calls[refused].at;
    assert!(waited.as_millis() >= 1000, "it came again after {waited:?}");
    world.telegram.fail("getUpdates", Fault::server(502));
    world.telegram.fail("getUpdates", Fault::too_many(1));
    world.telegram.hang_up();
    world.settle("Q1", false);
}

#[test]
fn a_command_that_the_node_asks_about_is_approved_by_a_button_in_the_chat() {
    let world = World::new();
    world.node_asks();
    for (question, decision, expected) in [
        ("Q1", "allow-once", "Answer Q1: 21.5 degrees. That is all."),
        ("Q2", "deny", "Answer Q2: not known. That is all."),
    ] {
        let seen = world.telegram.shown().len();
        world.say(question);
        let asked = world.wait(patiently("question", || {
            let shown = world.telegram.shown();
            shown
                .into_iter()
                .skip(seen)
                .find(|one| one.reply_markup.is_some())
        }));
        assert!(asked.text.contains("thermometer.sh"), "{}", asked.text);
        assert_eq!(world.errand.count("began", question), 0, "it runs unasked");
        let buttons = asked.reply_markup.unwrap();
        let buttons = buttons["inline_keyboard"][0].as_array().unwrap().clone();
        let data = |button: &Value| button["callback_data"].as_str().unwrap().to_owned();
        let wanted = buttons
            .iter()
            .map(data)
            .find(|one| one.ends_with(decision))
            .unwrap();
        world
            .telegram
            .press(PERSON, PERSON, asked.message_id, &wanted);
        assert_eq!(world.answer(question), expected);
        let ran = usize::from(decision == "allow-once");
        assert_eq!(world.errand.count("ended", question), ran);
    }
}

#[test]
fn a_stranger_is_let_in_by_the_code_and_written_to_by_the_command_line() {
    const STRANGER: i64 = 777;
    let world = World::with(&json!({ "dmPolicy": "pairing" }));
    let run = |words: &[&str]| {
        let words = [words, &["--port", &world.port, "--json"]].concat();
        world.home.run(&words).ok().json()
    };
    world.telegram.say(Said::direct(STRANGER, "Hello? (Q1)"));
    let has_code = |text: &str| text.contains("openclaw pairing approve telegram ");
    let told = world.wait(world.telegram.shown_to(STRANGER, has_code)).text;
    let code = told.split("pairing approve telegram ").nth(1).unwrap();
    let code: String = code
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let waiting = run(&["pairing", "list", "telegram"]).to_string();
    assert!(waiting.contains(&code), "{waiting}");
    assert!(
        world.mind.asked("Q1").is_empty(),
        "the model heard a stranger"
    );
    run(&["pairing", "approve", "telegram", &code]);
    world
        .telegram
        .say(Said::direct(STRANGER, "What is the temperature? (Q2)"));
    let answer = |text: &str| text.contains("Answer Q2: 21.5 degrees. That is all.");
    world.wait(world.telegram.shown_to(STRANGER, answer));

    let message = [
        "message",
        "send",
        "--channel",
        "telegram",
        "--target",
        "777",
    ];
    let sent = run(&[&message, &["--message", "Back at six"][..]].concat());
    world.wait(
        world
            .telegram
            .shown_to(STRANGER, |text| text == "Back at six"),
    );
    assert!(sent.to_string().contains("messageId"), "{sent}");
    let status = run(&["channels", "status"]).to_string();
    assert!(status.contains("telegram"), "{status}");
}
