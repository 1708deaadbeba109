//! `until` and `calm`: when the run ends, and from when on liveness is judged.

use sim_core::Time;
use sim_core::fault::Window;

use crate::diagnostic::Code;
use crate::reader::{Fields, Reader};

/// How long a run is, if `until` is left out.
const UNTIL: Time = Time(60_000_000_000);

/// When the run ends and when calm begins. `None` where the file does not say so rightly, so that nothing is judged by it.
#[derive(Clone, Copy)]
pub(super) struct Horizon {
    pub(super) until: Option<Time>,
    pub(super) calm: Option<Time>,
}

impl Horizon {
    /// Reads `until` and `calm`.
    pub(super) fn read(reader: &mut Reader<'_>, file: &Fields<'_, '_>) -> Horizon {
        let until = match file.get("until") {
            Some(_) => reader.optional(file, "until"),
            None => Some(UNTIL),
        };
        let calm = reader.optional::<Time>(file, "calm");
        if until == Some(Time::ZERO) {
            reader.report(Code::LIMIT, file.span("until"), "until", "a run needs some length");
        }
        if let (Some(until), Some(calm)) = (until, calm)
            && calm > until
        {
            let message = format!("calm begins at {calm}, after the run has ended at {until}");
            reader.report(Code::CALM_OUTSIDE, file.span("calm"), "calm", message);
        }
        Horizon { until, calm }
    }

    /// When the run ends.
    pub(super) fn end(&self) -> Time {
        self.until.unwrap_or(UNTIL)
    }

    /// When calm begins: by itself when the last of these windows has closed, or at half of the run if that is later and
    /// more windows are drawn.
    pub(super) fn calm(&self, reader: &mut Reader<'_>, file: &Fields<'_, '_>, windows: &[Window]) -> Time {
        let drawn = file.get("chaos").is_some() || file.get("failures").is_some();
        let calm = self.calm.unwrap_or_else(|| {
            let last = windows.iter().filter_map(|window| window.until.time()).max().unwrap_or(Time::ZERO);
            if drawn { last.max(Time(self.end().0 / 2)) } else { last }
        });
        if drawn && calm == Time::ZERO {
            let message = "there is no time before calm in which windows could be drawn";
            reader.report(Code::CHAOS, file.span("calm"), "calm", message);
        }
        calm
    }
}
