//! Files, in and out.

use openclaw_channels::testing::{FakeTelegram, Fault, Said};
use openclaw_channels::{
    Channel, Content, File, FileKind, MediaKind, MediaRef, Outbound, SendEnd, Text,
};

use crate::host::{MemoryHost, Running, bot, options};
use crate::send::to;

fn media(id: &str) -> MediaRef {
    MediaRef {
        id: id.into(),
        kind: MediaKind::File,
        mime_type: None,
        file_name: None,
        bytes: None,
    }
}

fn file(kind: FileKind, name: &str, mime_type: &str, bytes: &[u8]) -> File {
    File {
        name: name.into(),
        mime_type: mime_type.into(),
        kind,
        bytes: bytes.to_vec(),
    }
}

#[tokio::test]
async fn a_picture_that_somebody_sends_can_be_fetched() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    server.add_file("big", "photos/file_1.jpg", *b"\xff\xd8picture");
    server.say(Said::direct(7, "look").photo("big", 9));
    let bot = bot(&server);
    let running = Running::start(bot.clone(), &host);
    let kept = host.kept(1).await;
    let Content::Message { text, media } = &kept[0].content else {
        panic!("{:?}", kept[0])
    };
    assert_eq!((text.as_str(), media.len()), ("look", 1));
    let file = bot.fetch(&media[0], 1000).await.unwrap();
    assert_eq!(
        (file.name.as_str(), file.mime_type.as_str()),
        ("file_1.jpg", "image/jpeg")
    );
    assert_eq!(
        (file.kind, file.bytes.as_slice()),
        (FileKind::Photo, &b"\xff\xd8picture"[..])
    );
    running.stop().await;
}

#[tokio::test]
async fn what_is_too_large_is_not_fetched_whatever_is_said_of_its_size() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    server.add_file("honest", "a/1", vec![0; 101]);
    server.add_file_of("liar", "a/2", vec![0; 101], 5);
    server.add_file("fits", "a/3", vec![0; 100]);
    for id in ["honest", "liar"] {
        let error = bot.fetch(&media(id), 100).await.unwrap_err();
        assert!(
            error.is_final && error.message.contains("more than 100 bytes"),
            "{id}: {error}"
        );
    }
    // Of the one that is said to be too large nothing is asked for.
    assert_eq!(server.calls_of("download").len(), 1);
    assert_eq!(
        bot.fetch(&media("fits"), 100).await.unwrap().bytes.len(),
        100
    );
    // The limit of the account counts too.
    let mut options = options(&server);
    options.media_max_bytes = 99;
    let bot = openclaw_channels::telegram::Telegram::new(options);
    assert!(bot.fetch(&media("fits"), 100).await.unwrap_err().is_final);
}

#[tokio::test]
async fn paths_that_lead_elsewhere_are_not_followed() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    for (at, path) in [
        "../bot1/getMe",
        "/etc/passwd",
        "a//b",
        "a?b",
        "a#b",
        "a%2e",
        "",
    ]
    .iter()
    .enumerate()
    {
        let id = format!("f{at}");
        server.add_file(&id, path, "x");
        let error = bot.fetch(&media(&id), 100).await.unwrap_err();
        assert!(error.message.contains("unusable"), "{path}: {error}");
    }
    assert!(server.calls_of("download").is_empty());
}

#[tokio::test]
async fn a_file_that_there_is_not_is_another_thing_than_a_server_in_trouble() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    assert!(bot.fetch(&media("none"), 100).await.unwrap_err().is_final);
    server.add_file("a", "a/1.txt", "hello");
    server.fail("download", Fault::server(404));
    assert!(bot.fetch(&media("a"), 100).await.unwrap_err().is_final);
    for fault in [Fault::server(502), Fault::too_many(1), Fault::Drop] {
        server.fail("download", fault.clone());
        let error = bot.fetch(&media("a"), 100).await.unwrap_err();
        assert!(!error.is_final, "{fault:?}: {error}");
    }
    let file = bot.fetch(&media("a"), 100).await.unwrap();
    assert_eq!(
        (file.mime_type.as_str(), file.bytes.as_slice()),
        ("text/plain", &b"hello"[..])
    );
}

#[tokio::test]
async fn every_kind_of_file_goes_its_way() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    for (kind, method, member) in [
        (FileKind::Photo, "sendPhoto", "photo"),
        (FileKind::Video, "sendVideo", "video"),
        (FileKind::Animation, "sendAnimation", "animation"),
        (FileKind::Audio, "sendAudio", "audio"),
        (FileKind::Voice, "sendVoice", "voice"),
        (FileKind::Document, "sendDocument", "document"),
    ] {
        let bytes = b"\r\n--\0\xff--boundary\r\n\r\n";
        let message = Outbound {
            text: Text::Markdown("**see** < this".into()),
            files: vec![file(kind, "ü \"x\".bin", "application/x-y", bytes)],
            silent: true,
            ..Outbound::default()
        };
        let parts = bot.parts(&message);
        assert_eq!(parts.len(), 1);
        let end = bot.send(&to(7), &parts[0], "k").await;
        assert!(matches!(end, SendEnd::Sent(_)), "{end:?}");
        let call = &server.calls_of(method)[0];
        assert_eq!(
            (call.files.len(), call.files[0].member.as_str()),
            (1, member)
        );
        assert_eq!(call.files[0].bytes, bytes);
        assert_eq!(call.files[0].file_name, "ü x.bin");
        assert_eq!(call.files[0].mime_type, "application/x-y");
        assert_eq!(call.text("disable_notification").unwrap(), "true");
        assert_eq!(server.shown().last().unwrap().text, "see < this");
    }
}

#[tokio::test]
async fn what_is_no_picture_to_the_server_is_sent_as_a_file() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let message = |bytes: &[u8]| Outbound {
        files: vec![file(FileKind::Photo, "a.png", "image/png", bytes)],
        ..Outbound::default()
    };
    server.fail(
        "sendPhoto",
        Fault::refuse(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
    );
    let end = bot.send(&to(7), &bot.parts(&message(b"x"))[0], "k").await;
    assert!(matches!(end, SendEnd::Sent(_)), "{end:?}");
    // One that is too large for a picture is not even tried.
    let large = message(&vec![7; 10_000_001]);
    let end = bot.send(&to(7), &bot.parts(&large)[0], "k").await;
    assert!(matches!(end, SendEnd::Sent(_)), "{end:?}");
    let methods: Vec<String> = server.calls().into_iter().map(|call| call.method).collect();
    assert_eq!(methods, ["sendPhoto", "sendDocument", "sendDocument"]);
    // Other refusals are what they are.
    server.fail("sendPhoto", Fault::refuse(403, "Forbidden: bot was kicked"));
    let end = bot.send(&to(7), &bot.parts(&message(b"x"))[0], "k").await;
    assert!(matches!(end, SendEnd::Failed(_)), "{end:?}");
    server.fail("sendPhoto", Fault::DropAfter);
    let end = bot.send(&to(7), &bot.parts(&message(b"x"))[0], "k").await;
    assert!(matches!(end, SendEnd::Unknown(_)), "{end:?}");
    let end = bot.send(&to(7), &bot.parts(&message(b""))[0], "k").await;
    assert!(matches!(end, SendEnd::Failed(_)), "{end:?}");
}

#[tokio::test]
async fn a_caption_that_the_server_cannot_read_is_shown_plain() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let message = Outbound {
        text: Text::Native("<b>open".into()),
        files: vec![file(FileKind::Document, "a", "text/plain", b"x")],
        ..Outbound::default()
    };
    let end = bot.send(&to(7), &bot.parts(&message)[0], "k").await;
    assert!(matches!(end, SendEnd::Sent(_)), "{end:?}");
    assert_eq!(
        (server.calls().len(), server.shown()[0].text.as_str()),
        (2, "<b>open")
    );
}
