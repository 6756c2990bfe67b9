//! Which addresses on the web are shown `cron.webhookToken`.
//!
//! A job names the address that it tells, and a model may write jobs: what an address is shown is
//! decided by the configuration alone.

use std::net::IpAddr;

use openclaw_policy::address::{is_loopback, is_private, is_tailnet};
use openclaw_protocol::methods::cron::job::CronJob;
use url::{Host, Url};

use super::options::ScheduleOptions;

/// What an address is told that refuses a request without the token.
pub(super) const UNNAMED: &str = "cron.webhookToken was not sent: it goes to addresses alone that the configuration names \
     (cron.webhook, cron.failureAlert.to, cron.webhookSsrfPolicy.allowedHostnames), and never for \
     a job that an agent made";

/// Whether `url` is shown the token by this job.
pub(super) fn may_have_token(options: &ScheduleOptions, job: &CronJob, url: &Url) -> bool {
    !is_of_agent(job) && is_named(options, url) && is_safe(url)
}

/// An agent made this job.
fn is_of_agent(job: &CronJob) -> bool {
    let owner = job.rest.get("owner");
    owner.is_some_and(|owner| owner.as_object().is_some_and(|owner| !owner.is_empty()))
}

/// The configuration names this origin, or the address of this host.
fn is_named(options: &ScheduleOptions, url: &Url) -> bool {
    let by_origin = || {
        let mut named = options.webhook_origins.iter();
        named.any(|one| one.origin() == url.origin())
    };
    let by_address = || ip(url).is_some_and(|ip| options.webhook_addresses.contains(&ip));
    by_address() || by_origin()
}

/// What is said there is read by nobody on the way.
fn is_safe(url: &Url) -> bool {
    let is_near = |ip: IpAddr| is_loopback(ip) || is_private(ip) || is_tailnet(ip);
    match url.scheme() {
        "https" => true,
        "http" => ip(url).is_some_and(is_near),
        _ => false,
    }
}

fn ip(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(ip.into()),
        Host::Domain(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::id::CronJobId;
    use serde_json::json;

    use super::*;

    fn job() -> CronJob {
        CronJob::new(CronJobId::from("j"), "j".to_owned(), true)
    }

    fn options() -> ScheduleOptions {
        ScheduleOptions {
            webhook_origins: vec![
                "https://hooks.example.net/done".parse().unwrap(),
                "http://far.example.net/".parse().unwrap(),
            ],
            webhook_addresses: vec!["10.0.0.9".parse().unwrap(), "198.51.100.7".parse().unwrap()],
            ..ScheduleOptions::default()
        }
    }

    fn may(job: &CronJob, url: &str) -> bool {
        may_have_token(&options(), job, &url.parse().unwrap())
    }

    #[test]
    fn addresses_of_the_configuration_are_shown_the_token() {
        for url in [
            "https://hooks.example.net/done",
            "https://HOOKS.example.net:443/other?x=1",
            "http://10.0.0.9:8080/x",
            "https://10.0.0.9/x",
            "https://198.51.100.7/x",
        ] {
            assert!(may(&job(), url), "{url}");
        }
    }

    #[test]
    fn no_other_address_is_and_none_in_plain_text_from_afar() {
        for url in [
            "https://evil.example/",
            "https://hooks.example.net.evil.example/done",
            "https://hooks.example.net@evil.example/done",
            "https://hooks.example.net:8443/done",
            "http://hooks.example.net/done",
            "http://far.example.net/",
            "http://198.51.100.7/x",
            "http://10.0.0.8/x",
            "http://localhost/x",
            "ftp://10.0.0.9/x",
        ] {
            assert!(!may(&job(), url), "{url}");
        }
    }

    #[test]
    fn a_job_of_an_agent_shows_it_to_nobody() {
        let mut job = job();
        let owner = json!({ "agentId": "main", "sessionKey": "agent:main:main" });
        job.rest.insert("owner".to_owned(), owner);
        assert!(!may(&job, "https://hooks.example.net/done"));
        assert!(!may(&job, "http://10.0.0.9/"));
    }
}
