//! How much memory this process takes, and how much it may take before it harms others. Known on Linux only.

use std::fs;

/// Bytes of memory that this process holds; `None` where the system does not say.
pub(crate) fn resident() -> Option<u64> {
    kilobytes("/proc/self/status", "VmRSS:")
}

/// Three quarters of what is free now, here and in this process's control group; `None` where the system does not say.
pub(crate) fn bearable() -> Option<u64> {
    let free = kilobytes("/proc/meminfo", "MemAvailable:")?;
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    Some(free.min(group.unwrap_or(u64::MAX)) / 4 * 3)
}

/// The value of a line such as `VmRSS:   1234 kB`, in bytes.
fn kilobytes(file: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn both_are_known_and_of_a_likely_size() {
        let (resident, bearable) = (resident().unwrap(), bearable().unwrap());
        assert!(resident > 1 << 16, "{resident}");
        assert!(bearable > resident, "{bearable}");
    }
}
