//! How many seeds a sweep runs, for a core and for two threads beside one: five nodes that beat every 100 ms for ten
//! simulated seconds, with chaos and checks on.
//!
//! `cargo bench -p squall` prints the table. Rates for a core count the processor time of the process, which other programs
//! disturb little; that two threads are nearly twice as fast as one can only be seen on a quiet machine with two processors
//! to spare, so their processor time for the same work stands beside the wall time.

use std::path::Path;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

/// Seeds of one measurement.
const SEEDS: u64 = 4000;

/// How often each is repeated, in turns; the least time counts, for it has the least of other programs in it.
const ROUNDS: usize = 5;

/// What a sweep took.
#[derive(Clone, Copy)]
struct Took {
    processor: Duration,
    wall: Duration,
}

impl Took {
    const LONGEST: Took = Took { processor: Duration::MAX, wall: Duration::MAX };

    fn least(self, other: Took) -> Took {
        Took { processor: self.processor.min(other.processor), wall: self.wall.min(other.wall) }
    }
}

fn sweep(file: &Path, jobs: usize) -> Took {
    let (processor, wall) = (ProcessTime::now(), Instant::now());
    squall::check(file).seeds(0..SEEDS).jobs(jobs).run();
    Took { processor: processor.elapsed(), wall: wall.elapsed() }
}

/// Seeds in a second.
fn rate(took: Duration) -> u128 {
    u128::from(SEEDS) * 1_000_000 / took.as_micros().max(1)
}

/// How many times longer one took than the other: `1.93`.
fn ratio(one: Duration, other: Duration) -> String {
    let hundredths = one.as_micros() * 100 / other.as_micros().max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn main() {
    println!("{:<10} {:>14} {:>20} {:>22}", "", "runs/s a core", "2 jobs, wall time", "2 jobs, processor time");
    for name in ["beats", "answered"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(name).with_extension("ron");
        let (mut one, mut two) = (Took::LONGEST, Took::LONGEST);
        for _ in 0..ROUNDS {
            one = one.least(sweep(&file, 1));
            two = two.least(sweep(&file, 2));
        }
        println!(
            "{name:<10} {:>14} {:>18} x {:>20} x",
            rate(one.processor),
            ratio(one.wall, two.wall),
            ratio(two.processor, one.processor)
        );
    }
}
