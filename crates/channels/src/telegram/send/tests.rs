use super::*;

fn text(text: &str) -> Outbound {
    Outbound {
        text: Text::Markdown(text.into()),
        ..Outbound::default()
    }
}

fn file() -> File {
    File {
        name: "a.png".into(),
        mime_type: "image/png".into(),
        kind: FileKind::Photo,
        bytes: vec![1],
    }
}

#[test]
fn a_short_text_goes_with_its_file_and_a_long_one_before() {
    let mut message = text("look");
    message.files = vec![file()];
    assert!(matches!(
        &parts(&message, 4000)[..],
        [Part::File {
            caption: Some(_),
            ..
        }]
    ));
    message.text = Text::Markdown("x".repeat(1025));
    assert!(matches!(
        &parts(&message, 4000)[..],
        [Part::Text { .. }, Part::File { caption: None, .. }]
    ));
    message.files.push(file());
    assert_eq!(parts(&message, 4000).len(), 3);
    assert!(parts(&text(" \n"), 4000).is_empty());
}

#[test]
fn buttons_stand_below_the_last_piece() {
    let mut message = text(&"word ".repeat(100));
    message.buttons = vec![vec![Button {
        text: "Yes".into(),
        data: "y".into(),
    }]];
    let parts = parts(&message, 100);
    assert!(parts.len() > 2);
    for (at, part) in parts.iter().enumerate() {
        let Part::Text { buttons, .. } = part else {
            panic!()
        };
        assert_eq!(buttons.is_empty(), at + 1 < parts.len());
    }
}

#[test]
fn only_what_certainly_did_not_arrive_is_tried_again() {
    let refused = |code| {
        end(Err(ApiError::Refused {
            code,
            why: "x".into(),
            retry_after: None,
            moved_to: None,
        }))
    };
    for code in [500, 502, 503, 429] {
        assert!(matches!(refused(code), SendEnd::Again { .. }), "{code}");
    }
    for code in [400, 403, 401, 404] {
        assert!(matches!(refused(code), SendEnd::Failed(_)), "{code}");
    }
    assert!(matches!(refused(504), SendEnd::Unknown(_)));
    assert!(matches!(
        end(Err(ApiError::Broken("x".into()))),
        SendEnd::Unknown(_)
    ));
    assert!(matches!(
        end(Err(ApiError::NotSent("x".into()))),
        SendEnd::Again { .. }
    ));
}
