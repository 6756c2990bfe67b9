//! The sessions of the server: one `sshd -i` per connection, each a process group.

use std::fs::OpenOptions;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};

use crate::process::signal_group;

/// All sessions of one server.
#[derive(Debug, Clone)]
pub(super) struct Sessions(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    sshd: PathBuf,
    config: PathBuf,
    log: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    accepted: usize,
    /// Leaders of process groups.
    running: Vec<u32>,
}

/// The thread that accepts connections. Ends when dropped.
#[derive(Debug)]
pub(super) struct Front {
    address: std::net::SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sessions {
    pub(super) fn new(sshd: PathBuf, config: PathBuf, log: PathBuf) -> Self {
        Self(Arc::new(Shared {
            sshd,
            config,
            log,
            state: Mutex::default(),
            changed: Condvar::new(),
        }))
    }

    /// Serves the connections of this listener.
    pub(super) fn serve(&self, listener: TcpListener) -> Front {
        let is_over = Arc::new(AtomicBool::new(false));
        let address = listener.local_addr().expect("it is bound");
        let sessions = self.clone();
        let over = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                sessions.accept(stream);
            }
        });
        Front {
            address,
            is_over,
            thread: Some(thread),
        }
    }

    fn accept(&self, stream: TcpStream) {
        let input = OwnedFd::from(stream);
        let output = input.try_clone().expect("a further descriptor");
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.0.log)
            .expect("open the log");
        let mut state = self.lock();
        let child = Command::new(&self.0.sshd)
            .args(["-i", "-e", "-f"])
            .arg(&self.0.config)
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(output))
            .stderr(Stdio::from(log))
            .process_group(0)
            .spawn()
            .expect("sshd runs");
        state.accepted += 1;
        state.running.push(child.id());
        self.0.changed.notify_all();
        drop(state);
        let sessions = self.clone();
        std::thread::spawn(move || sessions.bury(child));
    }

    /// Waits for the end of a session. One that has ended has left the list before its number can
    /// be another's: nobody signals without the lock.
    fn bury(&self, mut child: Child) {
        let pid = child.id();
        if let Some(id) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while matches!(waitid(WaitId::Pid(id), ended), Err(Errno::INTR)) {}
        }
        self.lock().running.retain(|&running| running != pid);
        let _ = child.wait();
        self.0.changed.notify_all();
    }

    pub(super) fn accepted(&self) -> usize {
        self.lock().accepted
    }

    pub(super) fn wait_until_idle(&self) {
        let mut state = self.lock();
        while !state.running.is_empty() {
            state = self
                .0
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
        self.wait_until_idle();
    }

    fn signal(&self, signal: Signal) {
        for &pid in &self.lock().running {
            let _ = signal_group(pid, signal);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
