use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Act, FakeModel, recorded};
use crate::message::Message;
use crate::model::transport::{HttpClient, HttpOptions, Transport};
use crate::model::{
    Api, Catalog, KeyHeader, ModelChain, ModelRef, ModelSpec, ProviderSpec, RetryPolicy, Timeouts,
};
use crate::run::testing::Echo;
use crate::run::{NoJournal, NoSink, RunEnd, RunOutcome, RunSpec, run};
use crate::tool::Toolbox;

fn chain(model: &FakeModel, api: Api) -> ModelChain {
    let provider = ProviderSpec {
        name: "fake".into(),
        base_url: model.base_url().parse().unwrap(),
        api,
        api_key: Some("k".to_owned().into()),
        auth: KeyHeader::Usual,
        headers: vec![],
        models: vec![ModelSpec::new("fake-1")],
        timeouts: Timeouts::default(),
    };
    let transport: Arc<dyn Transport> = Arc::new(HttpClient::new(HttpOptions::default()));
    let (catalog, errors) = Catalog::new(vec![provider], &transport);
    assert_eq!(errors, []);
    let (chain, _) = catalog.chain(&[ModelRef::new("fake", "fake-1")]);
    chain.unwrap().with_retry(RetryPolicy::once())
}

async fn ask(model: &FakeModel, api: Api, text: &str) -> RunOutcome {
    let mut spec = RunSpec::new("r", "k", chain(model, api), vec![Message::user(text)]);
    let mut tools = Toolbox::new();
    tools.add(Echo::named("echo")).unwrap();
    spec.tools = tools;
    run(
        spec,
        Arc::new(NoSink),
        &NoJournal,
        &CancellationToken::new(),
    )
    .await
}

#[tokio::test]
async fn every_interface_is_spoken_as_the_real_ones() {
    let model = FakeModel::start(|asked| recorded(asked, Duration::ZERO)).await;
    for api in Api::ALL {
        let plain = ask(&model, api, "hello").await;
        assert_eq!(plain.text, "Hello from the fake model.", "{api:?}");
        assert_eq!((plain.usage.input, plain.usage.output), (10, 5), "{api:?}");
        let tool = ask(&model, api, r#"TOOL[echo]{"a":1}"#).await;
        assert_eq!(tool.text, "Hello from the fake model.", "{api:?}");
        assert_eq!(tool.messages.len(), 3, "{api:?}: {:?}", tool.messages);
        let failed = ask(&model, api, "FAILME").await;
        assert!(matches!(failed.end, RunEnd::Failed(_)), "{api:?}");
        assert!(
            failed.failed[0].to_string().contains("scripted failure"),
            "{api:?}"
        );
    }
    let asked = model.asked();
    assert_eq!(asked[0].key.as_deref(), Some("k"));
    assert!(
        asked[2].results[0].contains("echo"),
        "{:?}",
        asked[2].results
    );
}

#[tokio::test]
async fn a_model_can_misbehave() {
    let model = FakeModel::start(|asked| match asked.question.as_str() {
        "refuse" => vec![Act::refuse(401, &[], "no")],
        "break" => vec![Act::text("half"), Act::Break],
        _ => vec![Act::Raw(b"<html>\n\n".to_vec()), Act::Break],
    })
    .await;
    for (question, code) in [
        ("refuse", "auth"),
        ("break", "stream_broken"),
        ("html", "stream_broken"),
    ] {
        let outcome = ask(&model, Api::OpenAiChat, question).await;
        assert_eq!(
            outcome.failed[0].fault.code(),
            code,
            "{question}: {}",
            outcome.failed[0]
        );
    }
}
