//! A process that ends with its handle, together with all that it has started.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::{TemporaryFolder, watchdog::Watchdog};

/// How long a process may take to end after it was killed: it can be busy in the kernel.
const KILL_DEADLINE: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// What a process is started with besides its command.
#[derive(Debug)]
pub struct Options {
    /// A folder that is removed once the process has ended and its handle is stopped or dropped.
    pub folder: Option<TemporaryFolder>,
    /// How long the process has to end after it was asked to, before it is killed. The default is
    /// 10 s, which is enough for a database server to shut down.
    pub grace: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folder: None,
            grace: Duration::from_secs(10),
        }
    }
}

/// A running process that leads a process group of its own.
///
/// The whole group ends when this is stopped or dropped, and also when the process that holds this
/// ends without doing so. What the process leaves running when it ends by itself is killed.
#[derive(Debug)]
pub struct Process {
    child: Child,
    id: Pid,
    has_ended: bool,
    grace: Duration,
    /// `None` once the process was stopped.
    guard: Option<Guard>,
}

/// What cleans up: in the case of a folder, its own watchdog, because the process has to end first.
#[derive(Debug)]
enum Guard {
    Folder(TemporaryFolder),
    Watchdog(Watchdog),
}

impl Guard {
    fn watchdog(&mut self) -> &mut Watchdog {
        match self {
            Self::Folder(folder) => &mut folder.watchdog,
            Self::Watchdog(watchdog) => watchdog,
        }
    }
}

impl Process {
    /// Starts a command. Its input and output are those that the command names, and otherwise those
    /// of this process: in a terminal a process without `Stdio::null()` as its input may be stopped
    /// when it reads.
    ///
    /// # Errors
    ///
    /// If the program or `/bin/sh` cannot be run.
    pub fn spawn(mut command: Command, options: Options) -> io::Result<Self> {
        let mut guard = match options.folder {
            Some(folder) => Guard::Folder(folder),
            None => Guard::Watchdog(Watchdog::start(None)?),
        };
        let mut child = command.process_group(0).spawn()?;
        let id = Pid::from_child(&child);
        if let Err(error) = guard.watchdog().watch(id, options.grace) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
        Ok(Self {
            child,
            id,
            has_ended: false,
            grace: options.grace,
            guard: Some(guard),
        })
    }

    /// The process's id, which is also that of its group.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How the process ended, if it did. Then what it has left running is killed.
    ///
    /// # Errors
    ///
    /// If the system does not tell, because somebody else has waited for the process.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        if !self.has_ended {
            // Not waited for yet, so that no other group can have the same number.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            if waitid(WaitId::Pid(self.id), options)?.is_none() {
                return Ok(None);
            }
            self.signal(Signal::KILL);
            if let Some(guard) = &mut self.guard {
                guard.watchdog().forget();
            }
            self.has_ended = true;
        }
        self.child.wait().map(Some)
    }

    /// Asks the process to end, kills it after the time that it was given, and returns once it has
    /// ended and its folder is gone. Dropping does the same.
    ///
    /// # Errors
    ///
    /// If the process does not even end when it is killed.
    pub fn stop(&mut self) -> io::Result<ExitStatus> {
        let status = self.end();
        self.guard = None;
        status
    }

    fn end(&mut self) -> io::Result<ExitStatus> {
        for (signal, time) in [(Signal::TERM, self.grace), (Signal::KILL, KILL_DEADLINE)] {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            self.signal(signal);
            let deadline = Instant::now() + time;
            while Instant::now() < deadline {
                if let Some(status) = self.ended()? {
                    return Ok(status);
                }
                thread::sleep(POLL_INTERVAL);
            }
        }
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the process {} does not end: kill it by hand", self.id()),
        ))
    }

    /// Only before the process was waited for, as long as its number is its own.
    fn signal(&self, signal: Signal) {
        // It may have ended just now.
        let _ = kill_process_group(self.id, signal);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nothing more can be done about what stays.
        let _ = self.stop();
    }
}
