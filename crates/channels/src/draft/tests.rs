use super::*;
use crate::outbound::Sent;

const LONG: &str = "This is long enough to be shown.";

fn sent() -> SendEnd {
    SendEnd::Sent(Sent {
        message_id: "m1".into(),
        ..Sent::default()
    })
}

fn again(seconds: u64, is_limit: bool) -> SendEnd {
    SendEnd::Again {
        after: Duration::from_secs(seconds),
        why: "x".into(),
        is_limit,
    }
}

fn after(now: Instant, millis: u64) -> Instant {
    now + Duration::from_millis(millis)
}

#[test]
fn a_message_is_sent_once_and_changed_at_most_once_a_second() {
    let now = Instant::now();
    let mut draft = Draft::new(4000, false);
    assert_eq!(draft.step(now), DraftStep::Rest);
    draft.grow("Too short");
    assert_eq!(draft.step(now), DraftStep::Rest);
    draft.grow(LONG);
    assert_eq!(draft.step(now), DraftStep::Send(LONG.into()));
    draft.ended(LONG.into(), &sent(), now);
    assert_eq!(
        (draft.message_id(), draft.step(now)),
        (Some("m1"), DraftStep::Rest)
    );
    let longer = format!("{LONG} And more");
    draft.grow(&longer);
    assert_eq!(
        draft.step(after(now, 999)),
        DraftStep::Wait(after(now, 1000))
    );
    assert_eq!(
        draft.step(after(now, 1000)),
        DraftStep::Edit(longer.clone())
    );
    draft.ended(longer, &sent(), after(now, 1000));
    draft.grow(&format!("{LONG} And more of it"));
    assert_eq!(
        draft.step(after(now, 1999)),
        DraftStep::Wait(after(now, 2000))
    );
}

#[test]
fn groups_are_changed_more_rarely() {
    let now = Instant::now();
    let mut draft = Draft::new(4000, true);
    draft.grow(LONG);
    draft.ended(LONG.into(), &sent(), now);
    draft.grow(&format!("{LONG}."));
    assert_eq!(
        draft.step(after(now, 3399)),
        DraftStep::Wait(after(now, 3400))
    );
}

#[test]
fn what_does_not_fit_waits_for_the_end() {
    let now = Instant::now();
    let mut draft = Draft::new(64, false);
    let text = "word ".repeat(100);
    draft.grow(&text);
    let DraftStep::Send(first) = draft.step(now) else {
        panic!()
    };
    assert!(first.len() <= 64);
    draft.ended(first, &sent(), now);
    draft.grow(&text.repeat(2));
    assert_eq!(draft.step(after(now, 9000)), DraftStep::Rest);
}

#[test]
fn limits_are_kept_and_count_as_no_failure() {
    let now = Instant::now();
    let mut draft = Draft::new(4000, false);
    draft.grow(LONG);
    for _ in 0..10 {
        draft.ended(LONG.into(), &again(17, true), now);
        assert_eq!(
            draft.step(after(now, 16_999)),
            DraftStep::Wait(after(now, 17_000))
        );
        assert_eq!(draft.step(after(now, 17_000)), DraftStep::Send(LONG.into()));
    }
    // A limit shorter than our own pace does not quicken it.
    draft.ended(LONG.into(), &again(0, true), now);
    assert_eq!(draft.step(now), DraftStep::Wait(after(now, 1000)));
}

#[test]
fn a_service_in_trouble_is_left_alone() {
    let now = Instant::now();
    let ended_with = |ends: &[SendEnd]| {
        let mut draft = Draft::new(4000, false);
        draft.grow(LONG);
        for end in ends {
            draft.ended(LONG.into(), end, now);
        }
        draft
    };
    assert!(!ended_with(&[again(1, false), again(1, false)]).is_over());
    assert!(!ended_with(&[again(1, false), again(1, false), sent(), again(1, false)]).is_over());
    for ends in [
        vec![again(1, false), again(1, false), again(1, false)],
        vec![SendEnd::Failed("x".into())],
        vec![SendEnd::Unknown("x".into())],
    ] {
        let mut draft = ended_with(&ends);
        draft.grow("Another text that is long enough as well");
        assert!(draft.is_over() && draft.message_id().is_none());
        assert_eq!(draft.step(after(now, 99_000)), DraftStep::Rest);
    }
}
