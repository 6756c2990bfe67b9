//! Every method and every event in one list.

use crate::events as e;
use crate::methods as m;
use crate::{EventInfo, MethodInfo};

macro_rules! rows {
    ($row:ident; $($path:path),+ $(,)?) => { &[$( $row::of::<$path>(), )+] };
}

/// Every method that this crate declares, by family.
pub const METHODS: &[MethodInfo] = rows![MethodInfo;
    m::health::Health,
    m::node::invoke::NodeInvoke,
];

/// Every event that this crate declares, by family.
pub const EVENTS: &[EventInfo] = rows![EventInfo;
    e::tick::Tick,
];

/// The method with this name.
#[must_use]
pub fn method(name: &str) -> Option<&'static MethodInfo> {
    METHODS.iter().find(|info| info.name == name)
}

/// The event with this name.
#[must_use]
pub fn event(name: &str) -> Option<&'static EventInfo> {
    EVENTS.iter().find(|info| info.name == name)
}
