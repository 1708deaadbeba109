//! A failed run looked into inside a test's own process: run again, shrunk, kept, told.

use super::regressions::Regressions;
use super::runner;
use crate::case::{Case, How};
use crate::human;
use crate::label::Label;
use crate::load::Loaded;
use crate::no_verdict::NoVerdict;
use crate::registry::Registry;
use crate::report::Report;
use crate::screen::Screen;

/// A run that failed.
pub(crate) struct Confirm<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) loaded: &'a Loaded,
    pub(crate) seed: u64,
    pub(crate) shrink: bool,
    /// Where the smallest schedule that still fails is kept.
    pub(crate) regressions: Option<&'a Regressions>,
}

impl Confirm<'_> {
    /// The page about it. `before` is the digest that the run had the first time.
    pub(crate) fn page(&self, before: Option<&str>) -> String {
        match self.tell(before) {
            Ok(report) => human::page(&report),
            Err(why) => why.page(&Label::of(self.loaded, self.seed)),
        }
    }

    fn tell(&self, before: Option<&str>) -> Result<Report, NoVerdict> {
        let Confirm { registry, loaded, seed, .. } = *self;
        let mut runner = runner(registry, loaded);
        let screen = Screen::default();
        let case = Case { registry, screen: &screen, loaded, seed };
        let unshrunk = case.run(&mut *runner, How { shrink: false, ..How::default() })?;
        if let Some(before) = before.filter(|digest| *digest != unshrunk.digest) {
            let words = format!("the same seed gave another run: {before} became {}", unshrunk.digest);
            return Err(NoVerdict::NotDeterministic(words));
        }
        if !self.shrink {
            return Ok(unshrunk);
        }
        let mut report = case.run(&mut *runner, How { shrink: true, ..How::default() })?;
        if let Some(regressions) = self.regressions {
            regressions.keep(&mut report);
        }
        Ok(report)
    }
}
