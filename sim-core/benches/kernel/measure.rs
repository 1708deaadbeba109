//! Timing, memory, and the tables.

use cpu_time::ThreadTime;

/// How often each measurement is repeated; the least time counts, for it has the least of other programs in it.
const ROUNDS: usize = 5;

/// Prints the tables that are wanted.
pub(crate) struct Report {
    wanted: Vec<String>,
    table: &'static str,
}

/// One workload, in the kernel and bare. Both give the number of events (or runs) that they handled.
pub(crate) struct Workload<'a> {
    pub(crate) name: String,
    /// What is counted: `event`, `run`.
    pub(crate) unit: &'static str,
    /// Nodes, for the bytes of each; 0 if that is not told.
    pub(crate) nodes: u64,
    pub(crate) kernel: Box<dyn FnMut() -> u64 + 'a>,
    pub(crate) bare: Box<dyn FnMut() -> u64 + 'a>,
}

impl Report {
    pub(crate) fn new(wanted: Vec<String>) -> Report {
        Report { wanted, table: "" }
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|word| name.contains(word))
    }

    fn head(&mut self, table: &'static str) {
        if self.table != table {
            self.table = table;
            println!("\n{table}");
        }
    }

    /// Measures a workload and prints its line. Rates of the kernel count the bare loop's events, so that the ratio
    /// compares times for the same work.
    pub(crate) fn line(&mut self, mut workload: Workload<'_>) {
        if !self.wants(&workload.name) {
            return;
        }
        self.head(
            "workload                    units   bare ns   bare /s      kernel ns   kernel /s  of bare   bytes/node",
        );
        let before = crate::ALLOCATOR.current_usage();
        crate::ALLOCATOR.reset_peak_usage();
        (workload.kernel)();
        let bytes = crate::ALLOCATOR.peak_usage().saturating_sub(before) as u64;
        let (mut bare, mut kernel, mut units) = (u64::MAX, u64::MAX, 0);
        for _ in 0..ROUNDS {
            let (nanos, count) = timed(&mut *workload.bare);
            (bare, units) = (bare.min(nanos), count);
            let (nanos, count) = timed(&mut *workload.kernel);
            kernel = kernel.min(nanos);
            assert!(count >= units - units / 10, "{}: {count} of {units} in the kernel", workload.name);
        }
        let rate = |nanos: u64| grouped(units * 1_000_000_000 / nanos.max(1));
        println!(
            "{:<22} {:>10} {:>9} {:>11} {:>12} {:>11} {:>7}% {:>10}",
            workload.name,
            format!("{} {}s", short(units), workload.unit),
            tenths(bare, units),
            rate(bare),
            tenths(kernel, units),
            rate(kernel),
            bare * 100 / kernel.max(1),
            bytes.checked_div(workload.nodes).map_or_else(|| "-".to_owned(), grouped),
        );
    }

    /// Measures one thing and prints its time for each of what it counts, beside a reference of the same table.
    pub(crate) fn plain(&mut self, table: &'static str, name: &str, mut work: impl FnMut() -> u64) -> u64 {
        self.head(table);
        let (nanos, count) = (0..ROUNDS).map(|_| timed(&mut work)).min().unwrap_or((0, 1));
        println!("{name:<40} {:>9} ns", tenths(nanos, count));
        nanos
    }
}

/// The processor time that `work` takes, in nanoseconds, and its count.
fn timed(work: &mut dyn FnMut() -> u64) -> (u64, u64) {
    let start = ThreadTime::now();
    let count = work();
    (u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX), count)
}

/// `nanos / count` with one decimal.
fn tenths(nanos: u64, count: u64) -> String {
    let tenths = nanos.saturating_mul(10) / count.max(1);
    format!("{}.{}", grouped(tenths / 10), tenths % 10)
}

/// Digits in groups of three.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count to two or three digits.
fn short(n: u64) -> String {
    match n {
        0..10_000 => n.to_string(),
        10_000..10_000_000 => format!("{}k", n / 1000),
        _ => format!("{}M", n / 1_000_000),
    }
}
