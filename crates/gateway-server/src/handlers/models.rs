//! `models.list`

use openclaw_agent::model::ModelInfo;
use openclaw_protocol::methods::models::list::{ModelChoice, ModelsList, ModelsListResult};

use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.now::<ModelsList>(|ctx, _| {
        let setup = ctx.core().runs.setup();
        let is_v4 = ctx.conn().is_v4();
        let models = setup.catalog.models().map(|model| shown(model, is_v4));
        Ok(ModelsListResult::new(models.collect()))
    });
}

pub(super) fn shown(model: &ModelInfo, is_v4: bool) -> ModelChoice {
    let spec = &model.spec;
    let name = spec.name.clone().unwrap_or_else(|| spec.id.clone());
    let mut choice = ModelChoice::new(spec.id.clone(), name, model.reference.provider.clone());
    choice.context_window = Some(spec.context_window);
    choice.reasoning = Some(spec.reasoning);
    let mut input = vec!["text".to_owned()];
    if spec.images {
        input.push("image".to_owned());
    }
    choice.input = Some(input);
    if is_v4 {
        choice.available = Some(true);
    }
    choice
}
