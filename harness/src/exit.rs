//! How a command ends: documented numbers, and which of several wins.

use std::process::ExitCode;

/// The exit codes of the command line. The numbers are part of its interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// What the scenario expects came true.
    Met,
    /// It did not: a check failed that should pass, or none failed where one should.
    Missed,
    /// A file or the command line is wrong.
    BadInput,
    /// A limit ran out, or a check could not tell.
    Undecided,
    /// There was nothing to run.
    NothingRun,
    /// The same plan gave two different runs: the protocol depends on something outside the simulation.
    NotDeterministic,
    /// A fault of squall itself, or a handler that never came back.
    Internal,
    /// Ended by SIGINT, as with Ctrl-C.
    Interrupted,
    /// Ended by SIGTERM.
    Terminated,
}

impl Exit {
    /// Every way to end, mildest first. Of several runs the worst decides.
    const BY_SEVERITY: [Exit; 9] = [
        Exit::Met,
        Exit::NothingRun,
        Exit::Undecided,
        Exit::Missed,
        Exit::NotDeterministic,
        Exit::BadInput,
        Exit::Internal,
        Exit::Interrupted,
        Exit::Terminated,
    ];

    /// The number given to the operating system.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Met => 0,
            Exit::Missed => 1,
            Exit::BadInput => 2,
            Exit::Undecided => 3,
            Exit::NothingRun => 4,
            Exit::NotDeterministic => 5,
            Exit::Internal => 70,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }

    /// The end that this number means.
    pub(crate) fn from_code(code: u8) -> Option<Exit> {
        Exit::BY_SEVERITY.into_iter().find(|exit| exit.code() == code)
    }

    /// The worse of two: interrupted, internal, bad input, not deterministic, missed, undecided, nothing run, met.
    pub fn worse(self, other: Exit) -> Exit {
        let severity = |exit: Exit| Exit::BY_SEVERITY.iter().position(|known| *known == exit);
        if severity(other) > severity(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// The table that `--help` ends with.
pub(crate) const HELP: &str = "\
Exit codes:
  0    the expectation was met
  1    it was missed
  2    bad input or usage
  3    undecided: a limit ran out, or a check could not tell
  4    nothing was run
  5    the protocol is not deterministic
  70   internal error, or a handler that never came back
  130  interrupted (SIGINT), 143 terminated (SIGTERM)
Of several files the worst decides, in the order 70, 2, 5, 1, 3, 4, 0.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_files_decides() {
        assert_eq!(Exit::Met.worse(Exit::Undecided), Exit::Undecided);
        assert_eq!(Exit::Missed.worse(Exit::Undecided), Exit::Missed);
        assert_eq!(Exit::BadInput.worse(Exit::Missed), Exit::BadInput);
        assert_eq!(Exit::BadInput.worse(Exit::NotDeterministic), Exit::BadInput);
        assert_eq!(Exit::Met.worse(Exit::NothingRun), Exit::NothingRun);
    }

    #[test]
    fn help_lists_every_code() {
        for exit in Exit::BY_SEVERITY {
            let number = exit.code().to_string();
            assert!(HELP.split(|c: char| !c.is_ascii_digit()).any(|word| word == number), "{number}");
        }
    }
}
