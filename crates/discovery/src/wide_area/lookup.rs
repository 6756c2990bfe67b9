//! The Gateways of a domain, as its name servers tell them.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use simple_dns::rdata::{RData, SRV};
use simple_dns::{Name, ResourceRecord, TYPE};
use tokio::task::JoinSet;

use super::ask::{LookupError, ask};
use super::domain::ZoneDomain;
use crate::beacon::{Beacon, Records};
use crate::limits::{MAX_INSTANCES, MAX_NAME_SERVERS, QUESTIONS_AT_ONCE, SERVICE};

/// A domain to ask about, and whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WideArea {
    /// The domain.
    pub domain: ZoneDomain,
    /// Whom to ask, best first: the system's name servers, or the addresses of tailnet peers with
    /// port 53. The first [`MAX_NAME_SERVERS`] are asked, [`QUESTIONS_AT_ONCE`] at a time; the
    /// first in this order that knows any Gateway is believed.
    pub name_servers: Vec<SocketAddr>,
}

/// The names of a domain's Gateways, each still to be followed up.
#[derive(Debug)]
pub(crate) struct Instances {
    domain: String,
    server: SocketAddr,
    names: Vec<Name<'static>>,
}

type Listing = Result<Vec<Name<'static>>, LookupError>;

impl WideArea {
    /// Asks for the names; nothing if the servers answer and know of none.
    pub(crate) async fn instances(&self) -> Result<Option<Instances>, LookupError> {
        let service = format!("{SERVICE}.{}", self.domain);
        let too_long = |_| LookupError::Name {
            name: service.clone(),
        };
        let service = Name::new(&service).map_err(too_long)?.into_owned();
        let mut failure = None;
        let mut is_answered = false;
        let servers = &self.name_servers[..self.name_servers.len().min(MAX_NAME_SERVERS)];
        for group in servers.chunks(QUESTIONS_AT_ONCE) {
            let mut questions = JoinSet::new();
            for (place, &server) in group.iter().enumerate() {
                let service = service.clone();
                questions.spawn(async move { (place, list(server, &service).await) });
            }
            let mut answers: Vec<Option<Listing>> = group.iter().map(|_| None).collect();
            while let Some(answer) = questions.join_next().await {
                if let Ok((place, listing)) = answer {
                    answers[place] = Some(listing);
                }
                if let Some((server, names)) = first_that_knows(group, &mut answers) {
                    let domain = self.domain.with_dot();
                    return Ok(Some(Instances {
                        domain,
                        server,
                        names,
                    }));
                }
            }
            for listing in answers.into_iter().flatten() {
                match listing {
                    Ok(_) => is_answered = true,
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
        }
        if is_answered {
            return Ok(None);
        }
        Err(failure.unwrap_or(LookupError::NoNameServer))
    }
}

impl Instances {
    /// Follows up the next few names; nothing when there are no more.
    pub(crate) async fn next(&mut self) -> Option<Vec<Beacon>> {
        /// Each takes two questions at a time.
        const AT_ONCE: usize = QUESTIONS_AT_ONCE / 2;
        if self.names.is_empty() {
            return None;
        }
        let few = self.names.drain(..self.names.len().min(AT_ONCE));
        let mut following = JoinSet::new();
        for (place, name) in few.enumerate() {
            let (domain, server) = (self.domain.clone(), self.server);
            following.spawn(async move { (place, follow(server, &domain, &name).await) });
        }
        let mut found: Vec<(usize, Option<Beacon>)> = Vec::new();
        while let Some(followed) = following.join_next().await {
            found.extend(followed.ok());
        }
        found.sort_unstable_by_key(|(place, _)| *place);
        Some(found.into_iter().filter_map(|(_, beacon)| beacon).collect())
    }
}

/// The first server in order that knows any name, once all before it have answered.
fn first_that_knows(
    servers: &[SocketAddr],
    answers: &mut [Option<Listing>],
) -> Option<(SocketAddr, Vec<Name<'static>>)> {
    for (server, answer) in servers.iter().zip(answers) {
        match answer {
            None => return None,
            Some(Ok(names)) if !names.is_empty() => return Some((*server, std::mem::take(names))),
            Some(_) => {}
        }
    }
    None
}

/// The instances that a server lists under the service: one label each, within it.
async fn list(server: SocketAddr, service: &Name<'static>) -> Listing {
    let records = ask(server, service, TYPE::PTR).await?;
    let mut names: Vec<Name<'static>> = Vec::new();
    for record in of(records, service) {
        if let RData::PTR(pointer) = record.rdata {
            let name = pointer.0;
            let is_instance = name.is_subdomain_of(service)
                && name.get_labels().len() == service.get_labels().len() + 1;
            if is_instance && names.len() < MAX_INSTANCES && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Ok(names)
}

/// The records of one instance. What is missing is missing in the beacon; without any there is none.
async fn follow(server: SocketAddr, domain: &str, name: &Name<'static>) -> Option<Beacon> {
    let (srv, txt) = tokio::join!(ask(server, name, TYPE::SRV), ask(server, name, TYPE::TXT));
    let srv = best(of(srv.unwrap_or_default(), name));
    let txt = of(txt.unwrap_or_default(), name).find_map(|record| match record.rdata {
        RData::TXT(txt) => Some(txt),
        _ => None,
    });
    if srv.is_none() && txt.is_none() {
        return None;
    }
    let addresses = match &srv {
        Some(srv) => resolve(server, &srv.target).await,
        None => Vec::new(),
    };
    let host = srv.as_ref().map(|srv| srv.target.to_string());
    let pairs: Vec<_> = txt.iter().flat_map(|txt| txt.iter_raw()).collect();
    Some(Beacon::from_records(&Records {
        instance: name.get_labels().first()?.as_ref(),
        domain,
        srv: host.as_deref().zip(srv.as_ref().map(|srv| srv.port)),
        addresses: &addresses,
        txt: &pairs,
        allow_loopback: false,
    }))
}

/// The record to be tried first; none where the service says that it is not there.
fn best(records: impl Iterator<Item = ResourceRecord<'static>>) -> Option<SRV<'static>> {
    records
        .filter_map(|record| match record.rdata {
            RData::SRV(srv) if !srv.target.get_labels().is_empty() => Some(srv),
            _ => None,
        })
        .min_by_key(|srv| (srv.priority, Reverse(srv.weight)))
}

/// The addresses of a host, through its aliases.
async fn resolve(server: SocketAddr, host: &Name<'static>) -> Vec<(IpAddr, u32)> {
    let (v4, v6) = tokio::join!(ask(server, host, TYPE::A), ask(server, host, TYPE::AAAA));
    let mut addresses = Vec::new();
    for records in [v4, v6].into_iter().flatten() {
        let names = aliases(host, &records);
        for record in &records {
            let ip: IpAddr = match &record.rdata {
                RData::A(a) => Ipv4Addr::from(a.address).into(),
                RData::AAAA(aaaa) => Ipv6Addr::from(aaaa.address).into(),
                _ => continue,
            };
            if names.contains(&&record.name) {
                addresses.push((ip, 0));
            }
        }
    }
    addresses
}

/// A name and what it is an alias of, within one answer.
fn aliases<'a>(
    name: &'a Name<'static>,
    records: &'a [ResourceRecord<'static>],
) -> Vec<&'a Name<'static>> {
    const MAX_ALIASES: usize = 8;
    let mut names = vec![name];
    while names.len() <= MAX_ALIASES {
        let more = records.iter().find_map(|record| match &record.rdata {
            RData::CNAME(alias) if names.contains(&&record.name) && !names.contains(&&alias.0) => {
                Some(&alias.0)
            }
            _ => None,
        });
        match more {
            Some(alias) => names.push(alias),
            None => break,
        }
    }
    names
}

fn of<'a>(
    records: Vec<ResourceRecord<'static>>,
    name: &'a Name<'static>,
) -> impl Iterator<Item = ResourceRecord<'static>> + 'a {
    records
        .into_iter()
        .filter(move |record| record.name == *name)
}
