//! Setup codes: what the device that uses one is given, and for how long a code is good.
//!
//! A code never gives more than its profile, and never more than its maker holds. It is good once.

use openclaw_protocol::events::device::pair::setup::completed::SetupAccess;
use openclaw_protocol::methods::device::pair::setup_code::BootstrapProfile;
use openclaw_protocol::{Role, Scope, ScopeSet};

use crate::authorize::Caller;
use crate::pairing::{PairingDenied, may_approve_device, may_approve_surface};

/// How long a setup code is good, in milliseconds.
pub const LIFETIME_MS: u64 = 600_000;
/// How far the clock may have gone back since a code was made before the code ends, in
/// milliseconds: corrections of a clock are small, and a code must not live twice.
const CLOCK_SLACK_MS: u64 = 60_000;
/// Most codes that wait for a device at a time.
pub const MAX_OUTSTANDING: usize = 32;

/// What the device of a code may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// A node and an operator with admin rights: over encrypted addresses only.
    Full,
    /// A node and an operator without admin rights.
    Limited,
    /// A node.
    Node,
    /// A node and an operator that may read and talk.
    VoiceNode,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::Full, Self::Limited, Self::Node, Self::VoiceNode];

    /// The profile of a request, and whether it is less than the most there is because the
    /// address is not encrypted. A short link leads anyone who sees it to the code: it gives a
    /// node alone, unless the request says otherwise.
    #[must_use]
    pub const fn choose(
        asked: Option<BootstrapProfile>,
        is_link: bool,
        is_encrypted: bool,
    ) -> (Self, bool) {
        match asked {
            Some(BootstrapProfile::Limited) => (Self::Limited, false),
            Some(BootstrapProfile::Node) => (Self::Node, false),
            Some(BootstrapProfile::VoiceNode) => (Self::VoiceNode, false),
            None if is_link => (Self::Node, false),
            None if is_encrypted => (Self::Full, false),
            None => (Self::Limited, true),
        }
    }

    /// Its roles.
    #[must_use]
    pub fn roles(self) -> Vec<Role> {
        match self {
            Self::Node => vec![Role::Node],
            Self::Full | Self::Limited | Self::VoiceNode => vec![Role::Node, Role::Operator],
        }
    }

    /// The operator scopes it gives.
    #[must_use]
    pub fn scopes(self) -> ScopeSet {
        let limited = [
            Scope::Approvals,
            Scope::Questions,
            Scope::Read,
            Scope::TalkSecrets,
            Scope::Write,
        ];
        match self {
            Self::Node => ScopeSet::empty(),
            Self::VoiceNode => [Scope::Read, Scope::Talk].into(),
            Self::Limited => limited.into(),
            Self::Full => [Scope::Admin].into_iter().chain(limited).collect(),
        }
    }

    /// The word for a person.
    #[must_use]
    pub const fn access(self) -> SetupAccess {
        match self {
            Self::Full => SetupAccess::Full,
            Self::Limited | Self::VoiceNode => SetupAccess::Limited,
            Self::Node => SetupAccess::Node,
        }
    }
}

/// What a code carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetupGrant {
    /// The roles that its device gets.
    pub roles: Vec<Role>,
    /// The operator scopes that its device gets.
    pub scopes: ScopeSet,
    /// What the maker of the code held: nothing is approved that the maker could not approve.
    pub maker: ScopeSet,
}

impl SetupGrant {
    /// What a code of this caller and profile carries.
    ///
    /// # Errors
    ///
    /// [`PairingDenied`] for a caller that may not pair devices at all.
    pub fn issue(caller: &Caller, profile: Profile) -> Result<Self, PairingDenied> {
        let scopes = profile.scopes().narrowed_to(&caller.scopes);
        let roles = profile.roles();
        for role in &roles {
            may_approve_device(caller, role, &scopes)?;
        }
        Ok(Self {
            roles,
            scopes,
            maker: caller.scopes.clone(),
        })
    }

    /// What a device gets that connects in this role and asks for these scopes; `None` where it
    /// asks for more than the code gives.
    #[must_use]
    pub fn hand_over(&self, role: &Role, asked: &ScopeSet) -> Option<HandOver> {
        let fits =
            self.roles.contains(role) && (*role != Role::Operator || self.scopes.allows_all(asked));
        fits.then(|| HandOver {
            roles: self.roles.clone(),
            scopes: self.scopes.clone(),
        })
    }

    /// Whether the surface of the device is approved with it: where the maker of the code could
    /// have approved these commands.
    #[must_use]
    pub fn approves_surface(&self, commands: &[String]) -> bool {
        let maker = Caller {
            role: Role::Operator,
            scopes: self.maker.clone(),
            generation: openclaw_protocol::Generation::NEWEST,
        };
        self.roles.contains(&Role::Node) && may_approve_surface(&maker, commands).is_ok()
    }
}

/// What a device gets for a setup code: it is approved for all of it, with a token for each role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// Its roles.
    pub roles: Vec<Role>,
    /// Its operator scopes.
    pub scopes: ScopeSet,
}

impl HandOver {
    /// The scopes of the token for a role.
    #[must_use]
    pub fn token_scopes(&self, role: &Role) -> ScopeSet {
        if *role == Role::Operator {
            self.scopes.clone()
        } else {
            ScopeSet::empty()
        }
    }
}

/// Whether a code made at one moment is still good at another, by the wall clock alone.
///
/// A code does not become good again when the clock goes back: beyond a small correction it
/// ends. The process that made a code counts its time without the wall clock as well.
#[must_use]
pub const fn is_alive(created_at_ms: u64, expires_at_ms: u64, now_ms: u64) -> bool {
    let lifetime = expires_at_ms.saturating_sub(created_at_ms);
    lifetime <= LIFETIME_MS
        && now_ms < expires_at_ms
        && created_at_ms <= now_ms.saturating_add(CLOCK_SLACK_MS)
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::methods::device::pair::setup_code::BootstrapProfile;
    use openclaw_protocol::{Generation, Role, Scope, ScopeSet};
    use proptest::prelude::*;

    use super::{LIFETIME_MS, Profile, SetupGrant, is_alive};
    use crate::authorize::Caller;

    fn set() -> impl Strategy<Value = ScopeSet> {
        proptest::collection::vec(0..Scope::KNOWN.len(), 0..6)
            .prop_map(|v| v.into_iter().map(|i| Scope::KNOWN[i].clone()).collect())
    }

    fn caller(scopes: ScopeSet) -> Caller {
        Caller {
            role: Role::Operator,
            scopes,
            generation: Generation::V4,
        }
    }

    proptest! {
        #[test]
        fn nothing_is_handed_over_beyond_profile_and_maker(
            held in set(), asked in set(), pick in 0..4_usize, as_node in any::<bool>()
        ) {
            let profile = Profile::ALL[pick];
            let Ok(grant) = SetupGrant::issue(&caller(held.clone()), profile) else {
                prop_assert!(!held.allows(&Scope::Pairing));
                return Ok(());
            };
            prop_assert!(held.allows(&Scope::Pairing));
            let role = if as_node { Role::Node } else { Role::Operator };
            if let Some(given) = grant.hand_over(&role, &asked) {
                prop_assert!(given.scopes.iter().all(|s| profile.scopes().contains(s)));
                prop_assert!(held.allows_all(&given.scopes));
                prop_assert!(given.roles.iter().all(|r| profile.roles().contains(r)));
                prop_assert!(as_node || given.scopes.allows_all(&asked));
            }
        }
    }

    #[test]
    fn a_profile_is_chosen_by_request_and_by_way() {
        for (asked, is_link, is_encrypted, expected) in [
            (None, false, true, (Profile::Full, false)),
            (None, false, false, (Profile::Limited, true)),
            (None, true, true, (Profile::Node, false)),
            (
                Some(BootstrapProfile::Limited),
                false,
                false,
                (Profile::Limited, false),
            ),
            (
                Some(BootstrapProfile::Limited),
                true,
                true,
                (Profile::Limited, false),
            ),
            (
                Some(BootstrapProfile::Node),
                false,
                true,
                (Profile::Node, false),
            ),
            (
                Some(BootstrapProfile::VoiceNode),
                false,
                true,
                (Profile::VoiceNode, false),
            ),
        ] {
            assert_eq!(Profile::choose(asked, is_link, is_encrypted), expected);
        }
        for profile in Profile::ALL {
            let is_full = profile == Profile::Full;
            assert_eq!(profile.scopes().contains(&Scope::Admin), is_full);
            assert!(!profile.scopes().contains(&Scope::Pairing), "{profile:?}");
        }
    }

    #[test]
    fn a_code_of_a_weak_maker_is_weak() {
        let weak = caller([Scope::Pairing, Scope::Read].into());
        let grant = SetupGrant::issue(&weak, Profile::Full).unwrap();
        assert_eq!(grant.scopes, ScopeSet::from([Scope::Read]));
        assert!(
            grant
                .hand_over(&Role::Operator, &[Scope::Write].into())
                .is_none()
        );
        assert!(!grant.approves_surface(&["system.run".to_owned()]));
        assert!(grant.approves_surface(&[]));
        let none = caller([Scope::Write].into());
        assert!(SetupGrant::issue(&none, Profile::Node).is_err());
        let admin = caller([Scope::Admin].into());
        let grant = SetupGrant::issue(&admin, Profile::Node).unwrap();
        assert!(grant.approves_surface(&["system.run".to_owned()]));
        assert!(
            grant
                .hand_over(&Role::Operator, &ScopeSet::empty())
                .is_none()
        );
    }

    #[test]
    fn a_code_ends_in_time_whatever_the_clock_does() {
        let (made, ends) = (1_000_000_u64, 1_000_000 + LIFETIME_MS);
        for (now, alive) in [
            (made, true),
            (ends - 1, true),
            (ends, false),
            (u64::MAX, false),
            // A small correction backwards, and a jump.
            (made - 50_000, true),
            (made - 60_001, false),
            (0, false),
        ] {
            assert_eq!(is_alive(made, ends, now), alive, "{now}");
        }
        assert!(
            !is_alive(made, ends + 1, made),
            "longer than any code lives"
        );
        assert!(!is_alive(u64::MAX, u64::MAX, u64::MAX));
    }
}
