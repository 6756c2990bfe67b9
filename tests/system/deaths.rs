//! The Gateway dies by `kill -9` at one moment after another, and comes back.
//!
//! Nothing in the product knows of these moments: they are seen from outside, at the servers of
//! the test and in the ledger of the node's program.

use std::time::Duration;

use openclaw_channels::testing::Fault;

use crate::mind::Silence;
use crate::world::{World, patiently};

/// The moment at which the Gateway dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// While it waits for updates; the question comes while it is dead.
    Idle,
    /// While it starts, twice, with the question waiting.
    Starting,
    /// The service says the question, and nobody takes the answer.
    UpdateOnItsWay,
    /// As soon as the service has said the question.
    UpdateTaken,
    /// As soon as the service knows that it was taken.
    UpdateAcknowledged,
    /// While it shows that it writes.
    Typing,
    /// While the model is silent.
    Model(Silence),
    /// While the program of the node runs; that ends meanwhile.
    CommandEndsWhileDead,
    /// While the program of the node runs; that ends when the Gateway is back.
    CommandEndsLater,
    /// As soon as the program has ended.
    CommandEnded,
    /// While the first text to the person is on its way: it is shown, and nobody hears of it.
    FirstTextOnItsWay,
    /// While it waits because the service refused the text.
    TextRefused,
    /// While it waits because the service is broken.
    ServiceBroken,
    /// As soon as the answer is shown.
    Answered,
    /// A moment after the answer is shown.
    Done,
    /// While a second question waits for the first.
    SecondQuestionWaits,
    /// While it stops because somebody told it to.
    Stopping,
    /// Again and again, at no moment in particular.
    Often,
}

impl Moment {
    /// What is prepared before the question.
    fn prepare(self, world: &mut World, question: &str) {
        match self {
            Self::Idle | Self::Starting => world.kill(),
            Self::UpdateOnItsWay => {
                world.telegram.fail("getUpdates", Fault::StallAfter);
                world.telegram.hang_up();
                world.wait(patiently("poll", || {
                    let polls = world.telegram.calls_of("getUpdates");
                    polls
                        .last()
                        .is_some_and(|poll| poll.status.is_none())
                        .then_some(())
                }));
            }
            Self::Typing => world.telegram.fail("sendChatAction", Fault::StallAfter),
            Self::Model(silence) => world.mind.stop_at(silence, question),
            Self::CommandEndsWhileDead
            | Self::CommandEndsLater
            | Self::SecondQuestionWaits
            | Self::Stopping => world.errand.close(),
            Self::FirstTextOnItsWay => world.telegram.fail("sendMessage", Fault::StallAfter),
            Self::TextRefused => world.telegram.fail("sendMessage", Fault::too_many(2)),
            Self::ServiceBroken => {
                for _ in 0..2 {
                    world.telegram.fail("sendMessage", Fault::server(502));
                }
            }
            _ => {}
        }
    }

    /// Waits for the moment.
    fn come(self, world: &World, question: &str) {
        let telegram = &world.telegram;
        let was_sent = |status: Option<u16>| {
            patiently("message", move || {
                let calls = telegram.calls_of("sendMessage");
                calls.iter().any(|call| call.status == status).then_some(())
            })
        };
        match self {
            Self::Idle | Self::Starting => {}
            Self::UpdateOnItsWay => world.wait(patiently("lost answer", || {
                let polls = telegram.calls_of("getUpdates");
                polls.last().is_some_and(|poll| poll.is_done).then_some(())
            })),
            Self::UpdateTaken => world.wait(patiently("taken update", || {
                let polls = telegram.calls_of("getUpdates");
                let last = polls.iter().rev().find(|poll| poll.status == Some(200));
                last.is_some().then_some(())
            })),
            Self::UpdateAcknowledged => world.wait(telegram.all_taken()),
            Self::Typing => drop(world.wait(telegram.nth("sendChatAction", 0))),
            Self::Model(_) => world.wait(patiently("silence of the model", || {
                world.mind.has_stopped().then_some(())
            })),
            Self::CommandEndsWhileDead | Self::CommandEndsLater => {
                world.wait(world.errand.did("began", question));
            }
            Self::CommandEnded => world.wait(world.errand.did("ended", question)),
            Self::FirstTextOnItsWay => world.wait(patiently("message", || {
                let calls = telegram.calls_of("sendMessage");
                calls.iter().any(|call| call.is_done).then_some(())
            })),
            Self::TextRefused => {
                world.wait(was_sent(Some(429)));
                heard(world);
            }
            Self::ServiceBroken => {
                world.wait(was_sent(Some(502)));
                heard(world);
            }
            Self::Answered => drop(world.answer(question)),
            Self::Done => {
                world.answer(question);
                world.rest(Duration::from_millis(300));
            }
            Self::SecondQuestionWaits => {
                world.wait(world.errand.did("began", question));
                world.say(&format!("{question}7"));
                world.wait(telegram.all_taken());
            }
            Self::Stopping => {
                world.wait(world.errand.did("began", question));
                world.tell_to_stop();
            }
            Self::Often => world.rest(Duration::from_millis(40)),
        }
    }

    /// What happens between death and return.
    fn meanwhile(self, world: &mut World) {
        match self {
            Self::Starting => {
                for after in [15, 60] {
                    world.start_and_die(Duration::from_millis(after));
                }
            }
            Self::Often => {
                for after in [90, 150, 250, 400] {
                    world.start_and_die(Duration::from_millis(after));
                }
            }
            Self::CommandEndsWhileDead | Self::SecondQuestionWaits | Self::Stopping => {
                world.errand.open();
            }
            _ => {}
        }
    }

    /// The person asks, the Gateway dies and returns, and all is as it should be.
    fn is_survived(self, world: &mut World, question: &str) {
        self.prepare(world, question);
        world.say(question);
        self.come(world, question);
        if !matches!(self, Self::Idle | Self::Starting) {
            world.kill();
        }
        self.meanwhile(world);
        world.telegram.heal();
        world.restart();
        if self == Self::CommandEndsLater {
            world.errand.open();
        }
        world.answer(question);
        if self == Self::SecondQuestionWaits {
            let second = format!("{question}7");
            world.answer(&second);
            assert_eq!(world.errand.count("began", &second), 1, "{self:?}");
        }
        // A death between the record of a call and its way to the node leaves it open whether it
        // left: it is not made again.
        let may_be_lost = matches!(
            self,
            Self::Starting | Self::Often | Self::Model(Silence::AfterCall)
        );
        world.settle(question, may_be_lost);
    }
}

/// A refusal that was said is heard a moment later. A Gateway that died before could not know
/// whether the text was shown, and would rather leave it than show it twice.
fn heard(world: &World) {
    world.rest(Duration::from_millis(300));
}

fn survived(moments: &[Moment]) {
    let mut world = World::new();
    for (at, moment) in moments.iter().enumerate() {
        moment.is_survived(&mut world, &format!("Q{}", at + 1));
    }
}

#[test]
fn death_before_and_while_the_question_comes() {
    survived(&[
        Moment::Idle,
        Moment::Starting,
        Moment::UpdateOnItsWay,
        Moment::UpdateTaken,
        Moment::UpdateAcknowledged,
        Moment::Typing,
    ]);
}

#[test]
fn death_while_the_model_thinks() {
    survived(&[
        Moment::Model(Silence::Question),
        Moment::Model(Silence::BeforeCall),
        Moment::Model(Silence::AfterCall),
        Moment::Model(Silence::Result),
        Moment::Model(Silence::MidReply),
        Moment::Model(Silence::AfterReply),
    ]);
}

#[test]
fn death_while_the_node_works() {
    survived(&[
        Moment::CommandEndsWhileDead,
        Moment::CommandEndsLater,
        Moment::CommandEnded,
        Moment::SecondQuestionWaits,
        Moment::Stopping,
    ]);
}

#[test]
fn death_while_the_answer_leaves() {
    survived(&[
        Moment::FirstTextOnItsWay,
        Moment::TextRefused,
        Moment::ServiceBroken,
        Moment::Answered,
        Moment::Done,
        Moment::Often,
    ]);
}

#[test]
fn a_run_is_known_by_its_key_after_a_death() {
    let mut world = World::new();
    let call = |world: &World, method: &str, params: &serde_json::Value| {
        let params = params.to_string();
        let words = ["gateway", "call", method, "--params", &params, "--json"];
        let words = [&words[..], &["--port", &world.port]].concat();
        world.home.run(&words).ok().json()
    };
    let ask = serde_json::json!({
        "message": "What is the temperature? (Q1)", "sessionKey": "main", "idempotencyKey": "once",
    });
    let wait = serde_json::json!({ "runId": "once", "timeoutMs": 60_000 });
    call(&world, "agent", &ask);
    assert_eq!(call(&world, "agent.wait", &wait)["status"], "ok");
    let asked = world.mind.asked("Q1").len();
    world.kill();
    world.restart();
    assert_eq!(call(&world, "agent", &ask)["runId"], "once");
    assert_eq!(call(&world, "agent.wait", &wait)["status"], "ok");
    assert_eq!(world.mind.asked("Q1").len(), asked, "it ran again");
    assert_eq!(world.errand.count("began", "Q1"), 1);
    let history = serde_json::json!({ "sessionKey": "main" });
    let history = call(&world, "chat.history", &history).to_string();
    assert!(history.contains("Answer Q1: 21.5 degrees"), "{history}");
}
