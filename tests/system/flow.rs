//! The whole way with nobody dying.

use openclaw_channels::testing::{Fault, Said};

use crate::world::{PERSON, World};

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
