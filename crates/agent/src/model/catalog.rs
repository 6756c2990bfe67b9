//! All models that are configured.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use super::http_model::HttpModel;
use super::transport::Transport;
use super::{Model, ModelChain, ModelInfo, ModelRef, ModelSpec, ProviderSpec, wire};

/// All models that are configured, by their names.
#[derive(Debug, Default, Clone)]
pub struct Catalog {
    providers: Vec<String>,
    models: BTreeMap<ModelRef, Arc<dyn Model>>,
}

/// A provider, or a model, that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// Two providers have one name.
    #[error("models.providers.{0} is there twice")]
    Twice(String),
    /// The address is not one of a server.
    #[error(
        "models.providers.{provider}.baseUrl: {why}; write something like `https://api.openai.com/v1`"
    )]
    BaseUrl {
        /// The provider.
        provider: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A key or a header cannot be sent.
    #[error("models.providers.{provider}: {why}")]
    Header {
        /// The provider.
        provider: String,
        /// What is wrong.
        why: String,
    },
    /// The provider has no such model.
    #[error("model `{0}` is not in `models.providers.{provider}.models`", provider = .0.provider)]
    UnknownModel(ModelRef),
    /// No provider has this name.
    #[error(
        "model `{wanted}`: no provider `{}` is configured; add `models.providers.{}`{}",
        wanted.provider, wanted.provider, known(providers)
    )]
    UnknownProvider {
        /// What was asked for.
        wanted: ModelRef,
        /// The providers that there are.
        providers: Vec<String>,
    },
}

fn known(providers: &[String]) -> String {
    match providers {
        [] => String::new(),
        some => format!(", or use one of: {}", some.join(", ")),
    }
}

impl Catalog {
    /// A catalog of providers that are asked through a transport. Providers that cannot be used
    /// are left out and told of: one mistake does not take the others away.
    pub fn new(
        providers: Vec<ProviderSpec>,
        transport: &Arc<dyn Transport>,
    ) -> (Self, Vec<CatalogError>) {
        let mut catalog = Self::default();
        let mut errors = Vec::new();
        for provider in providers {
            if let Err(error) = catalog.add(&provider, transport) {
                errors.push(error);
            }
        }
        (catalog, errors)
    }

    fn add(
        &mut self,
        provider: &ProviderSpec,
        transport: &Arc<dyn Transport>,
    ) -> Result<(), CatalogError> {
        let name = &provider.name;
        if self.providers.contains(name) {
            return Err(CatalogError::Twice(name.clone()));
        }
        check_url(name, &provider.base_url)?;
        let mut made = Vec::new();
        for spec in &provider.models {
            made.push(http_model(provider, spec.clone(), transport)?);
        }
        self.providers.push(name.clone());
        for model in made {
            self.insert(Arc::new(model));
        }
        Ok(())
    }

    /// Puts a model of one's own into the catalog. Of two with one name the later counts.
    pub fn insert(&mut self, model: Arc<dyn Model>) {
        let reference = model.info().reference.clone();
        if !self.providers.contains(&reference.provider) {
            self.providers.push(reference.provider.clone());
        }
        self.models.insert(reference, model);
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// All of them, sorted by name.
    pub fn models(&self) -> impl Iterator<Item = &ModelInfo> {
        self.models.values().map(|model| model.info())
    }

    /// The model of this name.
    pub fn find(&self, wanted: &ModelRef) -> Option<&Arc<dyn Model>> {
        self.models.get(wanted)
    }

    /// The model that a person means: `provider/model`, or a model's id or name where only one
    /// has it.
    pub fn resolve(&self, text: &str) -> Option<&Arc<dyn Model>> {
        let text = text.trim();
        if let Ok(wanted) = text.parse::<ModelRef>()
            && let Some(found) = self.find(&wanted)
        {
            return Some(found);
        }
        let is_meant = |info: &ModelInfo| {
            info.reference.model.eq_ignore_ascii_case(text)
                || info
                    .spec
                    .name
                    .as_ref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(text))
        };
        let mut found = self.models.values().filter(|model| is_meant(model.info()));
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }

    /// The models of these names as a chain. Those that are not there are told of.
    ///
    /// `None` in the first place: none of them is there.
    pub fn chain(&self, wanted: &[ModelRef]) -> (Option<ModelChain>, Vec<CatalogError>) {
        let mut chain: Option<ModelChain> = None;
        let mut missing = Vec::new();
        for one in wanted {
            match self.find(one) {
                Some(model) => {
                    let model = Arc::clone(model);
                    chain = Some(match chain {
                        Some(chain) => chain.or(model),
                        None => ModelChain::new(model),
                    });
                }
                None if self.providers.contains(&one.provider) => {
                    missing.push(CatalogError::UnknownModel(one.clone()));
                }
                None => missing.push(CatalogError::UnknownProvider {
                    wanted: one.clone(),
                    providers: self.providers.clone(),
                }),
            }
        }
        (chain, missing)
    }
}

fn check_url(provider: &str, url: &Url) -> Result<(), CatalogError> {
    let why = match (url.scheme(), url.host()) {
        ("http" | "https", Some(_)) if url.username().is_empty() && url.password().is_none() => {
            return Ok(());
        }
        ("http" | "https", Some(_)) => "it holds a password, which belongs in apiKey or headers",
        _ => "it is no http or https address",
    };
    Err(CatalogError::BaseUrl {
        provider: provider.to_owned(),
        why,
    })
}

fn http_model(
    provider: &ProviderSpec,
    spec: ModelSpec,
    transport: &Arc<dyn Transport>,
) -> Result<HttpModel, CatalogError> {
    let api = spec.api.unwrap_or(provider.api);
    let headers = wire::headers(api, provider).map_err(|why| CatalogError::Header {
        provider: provider.name.clone(),
        why,
    })?;
    let host = provider.base_url.host_str().unwrap_or_default();
    let host = match provider.base_url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let mut secrets: Vec<SecretString> = provider.api_key.iter().cloned().collect();
    secrets.extend(provider.headers.iter().map(|(_, value)| value.clone()));
    Ok(HttpModel {
        info: ModelInfo {
            reference: ModelRef::new(&provider.name, &spec.id),
            spec,
            api,
            host,
        },
        endpoint: wire::endpoint(api, &provider.base_url),
        headers,
        secrets,
        timeouts: provider.timeouts,
        transport: Arc::clone(transport),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{ScriptedTransport, provider};

    fn catalog(providers: Vec<ProviderSpec>) -> (Catalog, Vec<CatalogError>) {
        let transport: Arc<dyn Transport> = Arc::new(ScriptedTransport::default());
        Catalog::new(providers, &transport)
    }

    #[test]
    fn a_model_is_found_by_what_people_call_it() {
        let mut spec = provider("fake", "http://127.0.0.1:9/v1");
        spec.models[0].name = Some("Fake One".into());
        let (catalog, errors) = catalog(vec![spec, provider("other", "http://127.0.0.1:9/v1")]);
        assert_eq!(errors, []);
        let found = |text: &str| {
            catalog
                .resolve(text)
                .map(|model| model.info().reference.to_string())
        };
        assert_eq!(found("fake/fake-1").as_deref(), Some("fake/fake-1"));
        assert_eq!(found("fake one").as_deref(), Some("fake/fake-1"));
        assert_eq!(found("fake-1"), None, "two have this id");
        assert_eq!(found("fake/none"), None);
        assert_eq!(catalog.models().next().unwrap().host, "127.0.0.1:9");
    }

    #[test]
    fn one_mistake_does_not_take_the_others_away() {
        let mut bad_key = provider("b", "http://127.0.0.1:9");
        bad_key.api_key = Some("a\nb".to_owned().into());
        let (catalog, errors) = catalog(vec![
            provider("a", "file:///etc/passwd"),
            bad_key,
            provider("c", "https://u:secretpw@example.com"),
            provider("d", "https://example.com"),
            provider("d", "https://example.com"),
        ]);
        assert_eq!(errors.len(), 4);
        let text = errors.iter().map(ToString::to_string).collect::<String>();
        assert!(
            text.contains("models.providers.a.baseUrl") && !text.contains("secretpw"),
            "{text}"
        );
        assert_eq!(catalog.models().count(), 1);
    }

    #[test]
    fn a_chain_tells_of_those_who_are_missing() {
        let (catalog, _) = catalog(vec![provider("fake", "http://127.0.0.1:9/v1")]);
        let wanted = [ModelRef::new("gone", "m"), ModelRef::new("fake", "fake-1")];
        let (chain, missing) = catalog.chain(&wanted);
        assert_eq!(chain.unwrap().info(0).reference, wanted[1]);
        assert!(missing[0].to_string().contains("models.providers.gone"));
        assert!(catalog.chain(&wanted[..1]).0.is_none());
    }
}
