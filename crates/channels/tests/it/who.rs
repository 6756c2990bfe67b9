//! Who may talk, as it comes in from Telegram.

use std::sync::Arc;

use openclaw_channels::access::{
    AccessRules, Allow, Askers, Asking, DmPolicy, GroupPolicy, GroupRule, Verdict, decide,
};
use openclaw_channels::testing::{FakeTelegram, Said};
use openclaw_channels::{Channel, Inbound, Outbound, SendEnd, Target, Text};

use crate::host::{MemoryHost, Running, bot};

/// What comes in of what is said, in the same order.
async fn heard(server: &FakeTelegram, said: Vec<Said>) -> Vec<Inbound> {
    let host = MemoryHost::new();
    let count = said.len();
    for one in said {
        server.say(one);
    }
    let running = Running::start(bot(server), &host);
    let kept = host.kept(count).await;
    server.all_taken().await;
    running.stop().await;
    kept
}

const KNOWN: Verdict = Verdict::Admit { is_known: true };
const STRANGER: Verdict = Verdict::Admit { is_known: false };

fn is_ignored(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Ignore(_))
}

#[tokio::test]
async fn a_stranger_gets_a_code_and_comes_in_with_it() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let (rules, mut askers) = (AccessRules::default(), Askers::default());
    let bot = bot(&server);
    let running = Running::start(bot.clone(), &host);
    server.say(Said::direct(4242, "let me in"));
    let first = host.kept(1).await.remove(0);
    assert_eq!(decide(&rules, &first, false), Verdict::Pair);
    let Asking::New(code) = askers.ask(&first.sender, 1000) else {
        panic!()
    };
    let message = Outbound {
        text: Text::Markdown(format!("Your code:\n\n```\n{code}\n```")),
        ..Outbound::default()
    };
    let to = Target {
        to: bot.address(&first),
        thread_id: None,
        reply_to: None,
    };
    for part in bot.parts(&message) {
        assert!(matches!(bot.send(&to, &part, "k").await, SendEnd::Sent(_)));
    }
    server.shown_to(4242, |text| text.contains(&code)).await;
    // Whoever asks again is not answered again, and nobody else has that code.
    server.say(Said::direct(4242, "please"));
    let again = host.kept(2).await.remove(1);
    assert_eq!(askers.ask(&again.sender, 2000), Asking::Told(code.clone()));
    let approved = askers.approve(&code, 3000).unwrap();
    assert_eq!(
        (approved.id.as_str(), approved.username.as_deref()),
        ("4242", Some("ann"))
    );
    assert_eq!(decide(&rules, &again, true), KNOWN);
    running.stop().await;
}

#[tokio::test]
async fn direct_messages_follow_each_policy() {
    let server = FakeTelegram::start().await;
    let said = vec![
        Said::direct(7, "listed"),
        Said::direct(8, "unlisted"),
        Said::direct(7, "a program").by_bot(),
    ];
    let heard = heard(&server, said).await;
    let verdicts = |dm, ids: &[&str]| -> Vec<Verdict> {
        let rules = AccessRules {
            dm,
            allow_from: Allow::of(ids.iter().copied()),
            ..AccessRules::default()
        };
        heard.iter().map(|one| decide(&rules, one, false)).collect()
    };
    let allowlist = verdicts(DmPolicy::Allowlist, &["7"]);
    assert!(allowlist[0] == KNOWN && is_ignored(allowlist[1]) && is_ignored(allowlist[2]));
    let pairing = verdicts(DmPolicy::Pairing, &["7"]);
    assert!(pairing[0] == KNOWN && pairing[1] == Verdict::Pair && is_ignored(pairing[2]));
    let open = verdicts(DmPolicy::Open, &["*", "7"]);
    assert!(open[0] == KNOWN && open[1] == STRANGER && is_ignored(open[2]));
    // `open` without `*` opens nothing, and `disabled` closes for all.
    let half_open = verdicts(DmPolicy::Open, &["7"]);
    assert!(half_open[0] == KNOWN && is_ignored(half_open[1]));
    assert!(
        verdicts(DmPolicy::Disabled, &["*", "7"])
            .into_iter()
            .all(is_ignored)
    );
}

#[tokio::test]
async fn in_groups_only_what_is_meant_for_us_is_answered() {
    let server = FakeTelegram::start().await;
    let group = |text: &str| Said::group(-1_000_000_000_100, 7, text);
    let heard = heard(
        &server,
        vec![
            group("hello @fake_bot"),
            group("/status@fake_bot now"),
            group("😀 @FAKE_BOT"),
            group("yes").answering(3, 999, "Shall I?"),
            group("@fake_bot look").photo("p", 9),
            group("hello all"),
            group("hello @fake_bother"),
            group("/status@other_bot"),
            group("yes").answering(3, 8, "Shall we?"),
            group("fake_bot is a name"),
            group("look").photo("p", 9),
        ],
    )
    .await;
    let rules = AccessRules {
        group: GroupPolicy::Open,
        ..AccessRules::default()
    };
    let verdicts: Vec<_> = heard.iter().map(|one| decide(&rules, one, false)).collect();
    assert!(
        verdicts[..5].iter().all(|one| *one == STRANGER),
        "{verdicts:?}"
    );
    assert!(
        verdicts[5..].iter().all(|one| is_ignored(*one)),
        "{verdicts:?}"
    );
    // Where no mention is needed, all of them are.
    let mut rules = rules;
    let quiet = GroupRule {
        require_mention: Some(false),
        ..GroupRule::default()
    };
    rules.groups.insert("-1000000000100".into(), quiet);
    assert!(
        heard
            .iter()
            .all(|one| decide(&rules, one, false) == STRANGER)
    );
}

#[tokio::test]
async fn groups_and_people_that_are_not_listed_are_not_answered() {
    let server = FakeTelegram::start().await;
    let meant = |chat, sender| Said::group(chat, sender, "@fake_bot hi");
    let heard = heard(&server, vec![meant(-1, 7), meant(-2, 7), meant(-1, 8)]).await;
    let mut rules = AccessRules {
        group_allow_from: Some(Allow::of(["7"])),
        ..AccessRules::default()
    };
    rules.groups.insert("-1".into(), GroupRule::default());
    let verdicts: Vec<_> = heard.iter().map(|one| decide(&rules, one, true)).collect();
    assert!(verdicts[0] == STRANGER && is_ignored(verdicts[1]) && is_ignored(verdicts[2]));
}

#[tokio::test]
async fn an_answer_goes_to_the_topic_that_it_was_asked_in() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let bot = bot(&server);
    let running = Running::start(Arc::clone(&bot) as Arc<dyn Channel>, &host);
    server.say(Said::group(-1_000_000_000_100, 7, "@fake_bot hi").thread(5));
    let inbound = host.kept(1).await.remove(0);
    assert_eq!(inbound.chat.thread_id.as_deref(), Some("5"));
    let to = Target {
        to: bot.address(&inbound),
        thread_id: inbound.chat.thread_id.clone(),
        reply_to: None,
    };
    let message = Outbound {
        text: Text::Markdown("here".into()),
        ..Outbound::default()
    };
    bot.send(&to, &bot.parts(&message)[0], "k").await;
    let shown = server
        .shown_to(-1_000_000_000_100, |text| text == "here")
        .await;
    assert_eq!(shown.thread_id, Some(5));
    running.stop().await;
}
