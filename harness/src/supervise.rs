//! A process that watches the one which runs: a stack overflow or a kill by the system leaves nobody there to tell.
//!
//! The command line starts itself again and waits. If that process dies, its black box says which run it was; the run
//! is made once more in a third process which notes every handler before it calls it, and dies at the same place.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::low_level::signal_name;

use crate::black_box::BlackBox;
use crate::cli::{Format, PROBE};
use crate::exit::Exit;
use crate::interrupt::Polite;
use crate::label::Label;
use crate::no_verdict::NoVerdict;
use crate::screen::Screen;

/// The hidden option that tells a process that it is watched, and where its black box is.
pub(crate) const OPTION: &str = "--black-box";

/// How long a process may take to end after it was interrupted.
const GRACE: Duration = Duration::from_secs(10);

/// How long the run that looks for the place may take.
const PROBE_PATIENCE: Duration = Duration::from_secs(60);

/// The shortest and the longest time between two looks at a process.
const LOOKS: (Duration, Duration) = (Duration::from_micros(200), Duration::from_millis(20));

/// Runs this command line again in a process of its own and gives its end.
///
/// # Errors
/// If there is no such process to be had; nothing has been run then.
pub(crate) fn supervise(screen: &Screen, format: Format) -> io::Result<Exit> {
    let file = tempfile::Builder::new().prefix("squall-").suffix(".box").tempfile()?;
    let black_box = BlackBox::at(file.path());
    let mut command = Command::new(env::current_exe()?);
    command.arg(OPTION).arg(file.path()).args(env::args_os().skip(1));
    let polite = Polite::begin();
    let status = wait(command.spawn()?, &polite)?;
    match status.code().and_then(|code| Exit::from_code(u8::try_from(code).ok()?)) {
        // A handler that ends the process must not choose the verdict.
        Some(exit) if black_box.is_closed() || severe(exit) => Ok(exit),
        _ => Ok(polite.asked().unwrap_or_else(|| post_mortem(&black_box, status, screen, format))),
    }
}

/// Ends that are told where they happen, and leave no time to close the box.
const fn severe(exit: Exit) -> bool {
    matches!(exit, Exit::Internal | Exit::Interrupted | Exit::Terminated)
}

/// Waits for a process; passes on a request to end.
fn wait(mut child: Child, polite: &Polite) -> io::Result<ExitStatus> {
    let mut pause = LOOKS.0;
    let mut asked_at: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        match (polite.asked(), asked_at) {
            (None, _) => {}
            (Some(exit), None) => {
                asked_at = Some(Instant::now());
                // A terminal has told both of us: it does no harm to say it again.
                pass_on(exit, &mut child);
            }
            (Some(_), Some(since)) if since.elapsed() > GRACE => child.kill()?,
            (Some(_), Some(_)) => {}
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LOOKS.1);
    }
}

#[cfg(unix)]
fn pass_on(exit: Exit, child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = if exit == Exit::Interrupted { Signal::INT } else { Signal::TERM };
    // If it has just ended by itself, all is well.
    let _ = kill_process(Pid::from_child(child), signal);
}

#[cfg(not(unix))]
fn pass_on(_: Exit, child: &mut Child) {
    // If it has just ended by itself, all is well.
    let _ = child.kill();
}

/// Tells of a process that died.
fn post_mortem(black_box: &BlackBox, status: ExitStatus, screen: &Screen, format: Format) -> Exit {
    let Some(label) = black_box.label() else {
        screen.talk(&format!("error: the process was ended by the system ({status}) before anything was run"));
        return Exit::Internal;
    };
    let place = probe(&label).unwrap_or_else(|| "at a place that could not be found again".to_owned());
    let detail = format!("the process was ended by the system ({}) {place}{}", cause(status), hint(status));
    NoVerdict::Crashed(detail).show(&label, screen, format);
    Exit::Internal
}

/// Makes the run again, noting every handler; where it died.
fn probe(label: &Label) -> Option<String> {
    let file = tempfile::Builder::new().prefix("squall-").suffix(".probe").tempfile().ok()?;
    let seed = label.seed.to_string();
    let arguments: [&OsStr; 7] = [
        OPTION.as_ref(),
        file.path().as_ref(),
        PROBE.as_ref(),
        "--seed".as_ref(),
        seed.as_ref(),
        "--".as_ref(),
        Path::new(&label.file).as_ref(),
    ];
    let mut command = Command::new(env::current_exe().ok()?);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let since = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if since.elapsed() > PROBE_PATIENCE {
            child.kill().ok()?;
        }
        thread::sleep(LOOKS.1);
    }
    BlackBox::at(file.path()).place()
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> Option<i32> {
    None
}

fn cause(status: ExitStatus) -> String {
    signal_of(status).and_then(signal_name).map_or_else(|| status.to_string(), str::to_owned)
}

fn hint(status: ExitStatus) -> &'static str {
    match signal_of(status).and_then(signal_name) {
        Some("SIGABRT" | "SIGSEGV") => ": does it call itself without end, or ask for more memory than there is?",
        Some("SIGKILL") => ": does it grow for ever?",
        _ => "",
    }
}
