//! Which part of a sweep this machine runs: `--partition k/n`, or what the engine that started it says.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of several equal parts of a sweep, counted from 1: `2/8`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Shard {
    // In this order, so that shards are sorted by how many there are.
    count: u64,
    number: u64,
}

impl Shard {
    /// The whole sweep.
    pub(crate) const WHOLE: Shard = Shard { count: 1, number: 1 };

    /// The shard with this number, from 1, of so many; `None` if there can be no such shard.
    pub(crate) const fn new(number: u64, count: u64) -> Option<Shard> {
        if number >= 1 && number <= count && count <= MOST { Some(Shard { count, number }) } else { None }
    }

    /// Its place, from 0.
    pub(crate) const fn index(self) -> u64 {
        self.number - 1
    }

    /// How many shards there are.
    pub(crate) const fn count(self) -> u64 {
        self.count
    }
}

/// The most shards that make sense: engines do not go further.
const MOST: u64 = 1_000_000;

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;
    fn from_str(text: &str) -> Result<Shard, String> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let parts = text.split_once('/').and_then(|(number, count)| Some((digits(number)?, digits(count)?)));
        let shard = parts.and_then(|(number, count)| Shard::new(number, count));
        shard
            .ok_or_else(|| format!("`{text}` is no shard; write its number from 1 and how many there are, as in `2/8`"))
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> String {
        shard.to_string()
    }
}
impl TryFrom<String> for Shard {
    type Error = String;
    fn try_from(text: String) -> Result<Shard, String> {
        text.parse()
    }
}

/// A shard as an engine's variables name it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    /// The shard.
    pub(crate) shard: Shard,
    /// Where it was found: ``the Slurm array (`SLURM_ARRAY_TASK_ID` is 3)``.
    pub(crate) source: String,
}

/// An engine that numbers the parts of a job.
struct Engine {
    name: &'static str,
    /// The variable with the part's number.
    index: &'static str,
    /// The number of the first part.
    first: u64,
    /// The variable with how many parts there are, if the engine says so.
    count: Option<&'static str>,
    /// How to say it where the engine does not.
    hint: &'static str,
}

const ENGINES: &[Engine] = &[
    Engine {
        name: "AWS Batch array",
        index: "AWS_BATCH_JOB_ARRAY_INDEX",
        first: 0,
        count: Some("AWS_BATCH_JOB_ARRAY_SIZE"),
        hint: "",
    },
    Engine {
        name: "Bazel test shards",
        index: "TEST_SHARD_INDEX",
        first: 0,
        count: Some("TEST_TOTAL_SHARDS"),
        hint: "",
    },
    Engine {
        name: "GitHub matrix",
        index: "STRATEGY_JOB_INDEX",
        first: 0,
        count: Some("STRATEGY_JOB_TOTAL"),
        hint: "set `STRATEGY_JOB_TOTAL: ${{ strategy.job-total }}`",
    },
    Engine {
        name: "GitLab matrix",
        index: "CI_NODE_INDEX",
        first: 1,
        count: Some("CI_NODE_TOTAL"),
        hint: "set `parallel:` for the job",
    },
    Engine {
        name: "Kubernetes Indexed Job",
        index: "JOB_COMPLETION_INDEX",
        first: 0,
        count: None,
        hint: "Kubernetes does not tell a pod how many there are; give the job's `completions`",
    },
    Engine {
        name: "Nomad group",
        index: "NOMAD_ALLOC_INDEX",
        first: 0,
        count: None,
        hint: "Nomad does not tell an allocation how many there are; give the group's `count`",
    },
];

/// Looks the shard up in the variables of the engine that started this process. `count` is how many shards the command
/// line asks for, if it says so; `variable` reads the environment.
///
/// # Errors
/// If there is no engine, more than one, or one whose numbers cannot be a partition.
pub(crate) fn auto(count: Option<u64>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Found, String> {
    let mut found: Vec<Found> = Vec::new();
    if variable("SLURM_ARRAY_TASK_ID").is_some() {
        found.push(slurm(count, variable)?);
    }
    for engine in ENGINES {
        if let Some(index) = variable(engine.index) {
            found.push(engine.read(&index, count, variable)?);
        }
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            Err("`--shard auto` finds no array or matrix job here: none of the variables of Kubernetes Indexed Jobs, \
                   Slurm arrays, AWS Batch arrays, GitHub and GitLab matrices, Bazel or Nomad is set; \
                   `--partition 1/8` names a shard itself"
                .to_owned())
        }
        several => {
            let names: Vec<&str> = several.iter().map(|found| found.source.as_str()).collect();
            Err(format!("more than one engine numbers this job: {}; `--partition` settles it", names.join(" and ")))
        }
    }
}

impl Engine {
    fn read(
        &self,
        index: &str,
        wanted: Option<u64>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Found, String> {
        let at = number(self.index, index)?;
        let told = match self.count {
            Some(name) => variable(name).map(|text| number(name, &text)).transpose()?,
            None => None,
        };
        let count = match (told, wanted) {
            (Some(told), Some(wanted)) if told != wanted => return Err(disagree(self.name, told, wanted)),
            (Some(count), _) | (None, Some(count)) => count,
            (None, None) => {
                let hint = if self.hint.is_empty() { "the engine should say so" } else { self.hint };
                return Err(format!(
                    "{} says which shard this is (`{}` is {at}) but not of how many: {hint}, or with `--shards N`",
                    self.name, self.index
                ));
            }
        };
        let shard = at.checked_sub(self.first).and_then(|place| Shard::new(place + 1, count));
        let shard = shard.ok_or_else(|| {
            format!("{}: `{}` is {at}, which is no part of {count} counted from {}", self.name, self.index, self.first)
        })?;
        Ok(Found { shard, source: format!("the {} (`{}` is {at})", self.name, self.index) })
    }
}

/// A Slurm array may begin anywhere and leave numbers out.
fn slurm(wanted: Option<u64>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Found, String> {
    let read = |name: &str| {
        let text = variable(name).ok_or_else(|| format!("the Slurm array lacks `{name}`"))?;
        number(name, &text)
    };
    let at = read("SLURM_ARRAY_TASK_ID")?;
    let (count, min, max) =
        (read("SLURM_ARRAY_TASK_COUNT")?, read("SLURM_ARRAY_TASK_MIN")?, read("SLURM_ARRAY_TASK_MAX")?);
    let step = read("SLURM_ARRAY_TASK_STEP")?.max(1);
    let regular = max.checked_sub(min).map(|width| width / step + 1);
    if regular != Some(count) {
        return Err(format!(
            "the Slurm array {min}-{max} in steps of {step} has {count} tasks: which is which cannot be told; submit \
             `--array=0-{}`, or use `--partition`",
            count.saturating_sub(1)
        ));
    }
    if let Some(wanted) = wanted.filter(|wanted| *wanted != count) {
        return Err(disagree("the Slurm array", count, wanted));
    }
    let place = at.checked_sub(min).filter(|distance| distance % step == 0).map(|distance| distance / step);
    let shard = place.and_then(|place| Shard::new(place + 1, count));
    let shard = shard.ok_or_else(|| format!("the Slurm array {min}-{max} in steps of {step} has no task {at}"))?;
    Ok(Found { shard, source: format!("the Slurm array (`SLURM_ARRAY_TASK_ID` is {at})") })
}

fn number(name: &str, text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| format!("`{name}` is `{text}`, which is no number"))
}

fn disagree(engine: &str, told: u64, wanted: u64) -> String {
    format!("`--shards {wanted}` is asked for, but {engine} has {told}; `--partition` names a shard itself")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)], count: Option<u64>) -> Result<Found, String> {
        auto(count, &|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    fn array(
        id: &'static str,
        count: &'static str,
        min: &'static str,
        max: &'static str,
        step: &'static str,
    ) -> [(&'static str, &'static str); 5] {
        [
            ("SLURM_ARRAY_TASK_ID", id),
            ("SLURM_ARRAY_TASK_COUNT", count),
            ("SLURM_ARRAY_TASK_MIN", min),
            ("SLURM_ARRAY_TASK_MAX", max),
            ("SLURM_ARRAY_TASK_STEP", step),
        ]
    }

    #[test]
    fn shards_are_read_and_written() {
        assert_eq!("2/8".parse(), Ok(Shard::new(2, 8).unwrap()));
        assert_eq!(Shard::new(2, 8).unwrap().to_string(), "2/8");
        for text in ["", "2", "0/8", "9/8", "2/", "/8", "-1/8", "+1/8", "1/0", "1/9999999"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_engine_is_understood_and_named() {
        for (variables, shard, word) in [
            (vec![("JOB_COMPLETION_INDEX", "3")], "4/8", "Kubernetes"),
            (vec![("AWS_BATCH_JOB_ARRAY_INDEX", "0"), ("AWS_BATCH_JOB_ARRAY_SIZE", "8")], "1/8", "AWS Batch"),
            (vec![("STRATEGY_JOB_INDEX", "7"), ("STRATEGY_JOB_TOTAL", "8")], "8/8", "GitHub"),
            (vec![("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "8")], "1/8", "GitLab"),
            (vec![("TEST_SHARD_INDEX", "1"), ("TEST_TOTAL_SHARDS", "8")], "2/8", "Bazel"),
            (vec![("NOMAD_ALLOC_INDEX", "5")], "6/8", "Nomad"),
            (array("5", "8", "0", "7", "1").to_vec(), "6/8", "Slurm"),
            (array("21", "8", "7", "21", "2").to_vec(), "8/8", "Slurm"),
        ] {
            let found = with(&variables, Some(8)).unwrap();
            assert_eq!(found.shard.to_string(), shard, "{word}");
            assert!(found.source.contains(word), "{}", found.source);
        }
    }

    #[test]
    fn what_is_no_partition_is_refused() {
        let several = [("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "8"), ("NOMAD_ALLOC_INDEX", "0")];
        for (variables, count, words) in [
            (vec![], None, "none of the variables"),
            (several.to_vec(), Some(8), "more than one engine"),
            (vec![("JOB_COMPLETION_INDEX", "3")], None, "--shards N"),
            (vec![("JOB_COMPLETION_INDEX", "8")], Some(8), "is 8, which is no part of 8"),
            (vec![("JOB_COMPLETION_INDEX", "x")], Some(8), "is no number"),
            (vec![("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "8")], None, "counted from 1"),
            (vec![("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "8")], Some(4), "has 8"),
            // `--array=1,3,5`: the step is told as 1.
            (array("3", "3", "1", "5", "1").to_vec(), None, "cannot be told"),
            // One task of an array of eight, submitted again by itself.
            (array("5", "1", "5", "5", "1").to_vec(), Some(8), "has 1"),
            (array("4", "3", "1", "5", "2").to_vec(), None, "has no task 4"),
        ] {
            let refused = with(&variables, count).unwrap_err();
            assert!(refused.contains(words), "{refused}");
        }
    }
}
