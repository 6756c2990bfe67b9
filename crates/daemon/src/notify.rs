//! Tells systemd that the service is ready or stopping (`sd_notify`). Says nothing where nobody
//! asked: the service manager sets `NOTIFY_SOCKET`.

use openclaw_config::Env;

/// What there is to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Clients can connect.
    Ready,
    /// The end has begun.
    Stopping,
}

impl State {
    const fn message(self) -> &'static [u8] {
        match self {
            Self::Ready => b"READY=1",
            Self::Stopping => b"STOPPING=1",
        }
    }
}

/// Tells it. That it cannot be told is logged and changes nothing.
pub fn tell(env: &Env, state: State) {
    #[cfg(unix)]
    if let Some(address) = env
        .os("NOTIFY_SOCKET")
        .filter(|address| !address.is_empty())
        && let Err(error) = send(address, state.message())
    {
        tracing::warn!(%error, ?state, "service manager not told");
    }
    #[cfg(not(unix))]
    let _ = (env, state.message());
}

#[cfg(unix)]
fn send(address: &std::ffi::OsStr, message: &[u8]) -> std::io::Result<()> {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::UnixDatagram;

    let socket = UnixDatagram::unbound()?;
    match address.as_bytes() {
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => {
            use std::os::linux::net::SocketAddrExt as _;
            let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
            socket.send_to_addr(message, &address)?;
        }
        _ => {
            socket.send_to(message, address)?;
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use openclaw_config::Env;

    use super::{State, tell};

    #[test]
    fn a_named_socket_gets_the_state() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        tell(&Env::empty().with("NOTIFY_SOCKET", &path), State::Ready);
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"READY=1");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_abstract_socket_gets_the_state() {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::SocketAddr;

        let name = format!("openclaw-notify-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        tell(
            &Env::empty().with("NOTIFY_SOCKET", format!("@{name}")),
            State::Stopping,
        );
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"STOPPING=1");
    }

    #[test]
    fn without_a_service_manager_nothing_happens() {
        tell(&Env::empty(), State::Ready);
        tell(
            &Env::empty().with("NOTIFY_SOCKET", "/nowhere/at/all"),
            State::Ready,
        );
    }
}
