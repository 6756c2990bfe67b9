//! From `tracing` events to records, and from records to stderr and the file.

use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::console::Console;
use super::file::FileSink;
use super::record::{Record, Words};
use crate::clock;

/// Hands every event to the console and the file, each from its own level on.
#[derive(Debug)]
pub(crate) struct Recorder {
    console: (Console, LevelFilter),
    file: Option<(FileSink, LevelFilter)>,
}

impl Recorder {
    /// Records to these two.
    pub(crate) const fn new(
        console: (Console, LevelFilter),
        file: Option<(FileSink, LevelFilter)>,
    ) -> Self {
        Self { console, file }
    }

    fn most(&self) -> LevelFilter {
        self.file
            .as_ref()
            .map_or(LevelFilter::OFF, |(_, level)| *level)
            .max(self.console.1)
    }
}

/// Libraries of others are heard when something is wrong, and at the finest level.
fn is_heard(metadata: &Metadata<'_>, level: LevelFilter) -> bool {
    let ours = metadata.target().starts_with("openclaw");
    *metadata.level() <= level
        && (ours || *metadata.level() <= Level::WARN || level == LevelFilter::TRACE)
}

impl<S> Layer<S> for Recorder
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        is_heard(metadata, self.most())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most())
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut words = Words::default();
            attributes.record(&mut words);
            span.extensions_mut().insert(words);
        }
    }

    fn on_record(&self, id: &Id, values: &tracing::span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(words) = span.extensions_mut().get_mut::<Words>()
        {
            values.record(words);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut words = Words::default();
        event.record(&mut words);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Words>() {
                words.around(outer);
            }
        }
        let record = Record::new(clock::now_ms(), event.metadata(), words);
        let (console, level) = &self.console;
        if is_heard(event.metadata(), *level) {
            console.write(&record);
        }
        if let Some((file, level)) = &self.file
            && is_heard(event.metadata(), *level)
        {
            file.write(&record);
        }
    }
}
