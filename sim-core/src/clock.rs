//! A node's two clocks: integer piecewise-linear maps of true time.
//!
//! Drift and freezing act on the oscillator and so on both clocks; steps and slews touch the wall clock only. Only the
//! current segment is kept: every change of rate happens at a window's edge, and time never runs back.

use crate::time::{Drift, LocalTime, SignedSpan, Span, Time, WallTime};

/// What every true wall clock shows at the start of a run: 2000-01-01T00:00:00Z.
const EPOCH_NANOS: i64 = 946_684_800_000_000_000;
const BILLION: i64 = 1_000_000_000;

/// A straight piece of a clock's map: `value` at true time `from`, gaining `drift`.
#[derive(Clone, Copy, Debug)]
struct Segment {
    from: Time,
    value: i64,
    drift: Drift,
}

impl Segment {
    /// The reading at `now`, rounded down.
    #[inline]
    fn at(&self, now: Time) -> i64 {
        let elapsed = now.since(self.from).0 as i64;
        if self.drift.0 == 0 {
            return self.value.wrapping_add(elapsed);
        }
        let gained = match elapsed.checked_mul(self.drift.0) {
            Some(product) => product.div_euclid(BILLION),
            // The same in two steps, for long runs with coarse clocks.
            None => elapsed / BILLION * self.drift.0 + (elapsed % BILLION * self.drift.0).div_euclid(BILLION),
        };
        self.value.wrapping_add(elapsed).wrapping_add(gained)
    }

    fn turn(&mut self, now: Time, drift: Drift) {
        *self = Segment { value: self.at(now), from: now, drift };
    }
}

/// The clocks of one node's machine.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    monotonic: Segment,
    wall: Segment,
    base: Drift,
    /// The sum of open drift windows.
    windows: i64,
    /// The sum of open slew windows: extra rate of the wall clock.
    slews: i64,
    freezes: u32,
}

impl Clock {
    pub(crate) fn new(offset: SignedSpan, drift: Drift) -> Clock {
        let start = |value| Segment { from: Time::ZERO, value, drift };
        Clock {
            monotonic: start(0),
            wall: start(EPOCH_NANOS.saturating_add(offset.0)),
            base: drift,
            windows: 0,
            slews: 0,
            freezes: 0,
        }
    }

    #[inline]
    pub(crate) fn monotonic(&self, now: Time) -> LocalTime {
        LocalTime(self.monotonic.at(now) as u64)
    }

    pub(crate) fn wall(&self, now: Time) -> WallTime {
        WallTime(self.wall.at(now))
    }

    /// The earliest true time at which the monotonic clock shows `due`, given that nothing changes its rate.
    #[inline]
    pub(crate) fn when(&self, due: LocalTime, now: Time) -> Time {
        let Segment { from, value, drift } = self.monotonic;
        let wanted = (due.0 as i64).saturating_sub(value);
        if drift.0 == 0 {
            return Time((from.0 as i64).saturating_add(wanted).max(now.0 as i64) as u64);
        }
        let rate = BILLION + drift.0;
        if rate <= 0 {
            return if self.monotonic.at(now) >= due.0 as i64 { now } else { Time::MAX };
        }
        // elapsed + floor(elapsed * drift / 1e9) >= wanted, the same as floor(elapsed * rate / 1e9) >= wanted: the least is
        // wanted * 1e9 / rate, rounded up, which is wanted - floor(wanted * drift / rate). Words of 64 bits nearly always do.
        let wanted = wanted.max(0);
        let gained = match wanted.checked_mul(drift.0) {
            Some(product) => i128::from(product.div_euclid(rate)),
            None => (i128::from(wanted) * i128::from(drift.0)).div_euclid(i128::from(rate)),
        };
        let at = i128::from(from.0) + i128::from(wanted) - gained;
        Time(u64::try_from(at).unwrap_or(u64::MAX)).max(now)
    }

    /// Starts both clocks on a new segment with the rates that the open windows give them.
    fn turn(&mut self, now: Time) {
        let rate = |extra: i64| match self.freezes {
            // Clocks run forwards, and at most at twice the true rate, whatever windows add up to.
            0 => Drift((self.base.0 + self.windows + extra).clamp(1 - BILLION, BILLION)),
            _ => Drift(-BILLION),
        };
        let (monotonic, wall) = (rate(0), rate(self.slews));
        self.monotonic.turn(now, monotonic);
        self.wall.turn(now, wall);
    }

    pub(crate) fn drift(&mut self, now: Time, by: Drift, opens: bool) {
        self.windows += if opens { by.0 } else { -by.0 };
        self.turn(now);
    }

    pub(crate) fn freeze(&mut self, now: Time, opens: bool) {
        if opens {
            self.freezes += 1;
        } else {
            self.freezes -= 1;
        }
        self.turn(now);
    }

    /// Sets the wall clock by `by` (back again when the window closes).
    pub(crate) fn step(&mut self, now: Time, by: SignedSpan, opens: bool) {
        self.turn(now);
        self.wall.value = self.wall.value.saturating_add(if opens { by.0 } else { -by.0 });
    }

    /// Moves the wall clock by `by` over `length`: an extra rate, rounded to parts per billion and below one.
    pub(crate) fn slew(&mut self, now: Time, by: SignedSpan, length: Span, opens: bool) {
        let rate = i128::from(by.0) * i128::from(BILLION) / i128::from(length.0.max(1));
        let rate = rate.clamp(i128::from(1 - BILLION), i128::from(BILLION - 1)) as i64;
        self.slews += if opens { rate } else { -rate };
        self.turn(now);
    }

    /// The machine restarts: its monotonic clock begins again.
    pub(crate) fn reboot(&mut self, now: Time) {
        self.turn(now);
        self.monotonic.value = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_true_clock_shows_true_time() {
        let clock = Clock::new(SignedSpan(0), Drift(0));
        assert_eq!(clock.monotonic(Time(5)), LocalTime(5));
        assert_eq!(clock.wall(Time(5)).0, EPOCH_NANOS + 5);
    }

    #[test]
    fn steps_and_slews_touch_the_wall_clock_only() {
        let mut clock = Clock::new(SignedSpan(0), Drift(0));
        clock.step(Time(1000), SignedSpan(-500), true);
        assert_eq!(clock.wall(Time(1000)).0, EPOCH_NANOS + 500);
        assert_eq!(clock.monotonic(Time(1000)), LocalTime(1000));
        clock.step(Time(2000), SignedSpan(-500), false);
        assert_eq!(clock.wall(Time(2000)).0, EPOCH_NANOS + 2000);
        let (open, close) = (Time::ZERO + Span::from_secs(10), Time::ZERO + Span::from_secs(20));
        clock.slew(open, SignedSpan(1_000_000_000), Span::from_secs(10), true);
        clock.slew(close, SignedSpan(1_000_000_000), Span::from_secs(10), false);
        assert_eq!(clock.wall(Time(30_000_000_000)).0, EPOCH_NANOS + 31_000_000_000);
    }

    #[test]
    fn a_frozen_clock_stands_still_and_goes_on() {
        let mut clock = Clock::new(SignedSpan(0), Drift(0));
        clock.freeze(Time(100), true);
        assert_eq!(clock.monotonic(Time(500)), LocalTime(100));
        assert_eq!(clock.when(LocalTime(101), Time(500)), Time::MAX);
        clock.freeze(Time(500), false);
        assert_eq!(clock.monotonic(Time(600)), LocalTime(200));
    }

    proptest! {
        /// A timer never fires early on its own clock, and not a nanosecond later than it must.
        #[test]
        fn when_is_the_exact_inverse(drift in -900_000_000i64..900_000_000, start in 0u64..1 << 40, ahead in 0u64..1 << 50) {
            let mut clock = Clock::new(SignedSpan(0), Drift(0));
            clock.drift(Time(start), Drift(drift), true);
            let due = LocalTime(start + ahead);
            let at = clock.when(due, Time(start));
            prop_assert!(clock.monotonic(at) >= due);
            prop_assert!(at == Time(start) || clock.monotonic(Time(at.0 - 1)) < due);
        }
    }
}
