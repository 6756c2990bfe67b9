//! A process that runs beside the test.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long anything may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process whose lines can be awaited. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    seen: Vec<String>,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Self {
            child,
            stdout,
            stderr,
            seen: Vec::new(),
        }
    }

    /// Waits for a line on stdout that contains this, and returns it.
    #[track_caller]
    pub(crate) fn stdout_line(&mut self, wanted: &str) -> String {
        wait_for(&self.stdout, &mut self.seen, wanted)
    }

    /// Waits for a line on stderr that contains this, and returns it.
    #[track_caller]
    pub(crate) fn stderr_line(&mut self, wanted: &str) -> String {
        wait_for(&self.stderr, &mut self.seen, wanted)
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Tells it to stop, and waits for its end: the exit code.
    pub(crate) fn stop(&mut self, signal: Signal) -> i32 {
        self.signal(signal);
        self.end()
    }

    /// Waits for its end: the exit code, or -1 where a signal ended it.
    #[track_caller]
    pub(crate) fn end(&mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        // Its streams end with it.
        for stream in [&self.stdout, &self.stderr] {
            loop {
                let left = deadline.saturating_duration_since(Instant::now());
                match stream.recv_timeout(left) {
                    Ok(line) => self.seen.push(line),
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => {
                        panic!("still running; it said {:#?}", self.seen)
                    }
                }
            }
        }
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// Everything that it said so far and says until its end.
    pub(crate) fn everything(mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let rest = self.stdout.iter().chain(self.stderr.iter());
        self.seen
            .iter()
            .cloned()
            .chain(rest)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A Gateway that listens.
pub(crate) struct Gateway {
    /// The process.
    pub(crate) process: Process,
    /// Its port.
    pub(crate) port: u16,
}

impl Gateway {
    #[track_caller]
    pub(super) fn ready(mut process: Process) -> Self {
        let line = process.stdout_line("listening on ws");
        let first = line
            .split([',', ' '])
            .find_map(|word| word.split_once("://"))
            .unwrap();
        let port = first.1.rsplit_once(':').unwrap().1.parse().unwrap();
        Self { process, port }
    }

    /// Its port as an argument.
    pub(crate) fn port_text(&self) -> String {
        self.port.to_string()
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

#[track_caller]
fn wait_for(lines: &Receiver<String>, seen: &mut Vec<String>, wanted: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Ok(line) => {
                seen.push(line.clone());
                if line.contains(wanted) {
                    return line;
                }
            }
            Err(error) => panic!("no line with `{wanted}` ({error}); it said {seen:#?}"),
        }
    }
}
