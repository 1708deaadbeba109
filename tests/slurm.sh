#!/usr/bin/env bash
# A sweep on a real engine: a Slurm array of 8 tasks on this machine, one of which is ended in the middle and requeued.
# The joined report must equal that of a single process byte for byte.
#
#   tests/slurm.sh [SQUALL]      the binary; built in release mode unless given
#
# Where this is root and packages can be installed, a Slurm that does not start is a failure; elsewhere the test says
# loudly that it was skipped.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

skip() { printf '\n**********\nSKIPPED: the sweep on a real Slurm array: %s\n**********\n\n' "$1" >&2; exit 0; }
fail() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }

[ "$(id -u)" = 0 ] || skip "it needs root, to start the daemons"
if ! command -v slurmctld slurmd munged >/dev/null; then
    command -v apt-get >/dev/null || skip "there is no Slurm here and no apt-get to install it"
    apt-get update -q >/dev/null || skip "packages cannot be fetched"
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends slurm-wlm munge >/dev/null ||
        fail "Slurm cannot be installed"
fi

if [ $# -gt 0 ]; then
    squall=$(realpath "$1")
else
    (cd "$root" && cargo build --release --locked --package squall)
    squall=$(cd "$root" && cargo metadata --no-deps --format-version 1 |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/release/squall
fi

work=$(mktemp -d -t squall-slurm-XXXXXX)
host=$(hostname -s)
export SLURM_CONF=$work/slurm.conf
cd "$work"
cp "$root/scenarios/catalog/heartbeat/chaos.ron" "$root/scenarios/catalog/heartbeat/bug_h2_no_sequence_check.ron" .

# Whatever happens, no daemon of ours outlives this script.
stop() {
    local file id
    for file in "$work/slurmd.pid" "$work/slurmctld.pid" "$work/munged.pid"; do
        [ -s "$file" ] || continue
        id=$(cat "$file")
        kill "$id" 2>/dev/null || continue
        while kill -0 "$id" 2>/dev/null; do sleep 0.1; done
    done
}
finish() {
    local code=$?
    [ "$code" = 0 ] || tail -n 30 "$work"/*.log >&2 || true
    stop
    if [ "$code" = 0 ]; then rm -rf "$work"; else echo "what was left behind is in $work" >&2; fi
}
trap finish EXIT

getent hosts "$host" >/dev/null || echo "127.0.0.1 $host" >>/etc/hosts
mkdir -p state spool
install -d -o munge -g munge -m 0755 /run/munge munge
cat >"$SLURM_CONF" <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthInfo=cred_expire=5
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1
JobCompType=jobcomp/filetxt
JobCompLoc=$work/jobcomp.log
JobFileAppend=1
KillWait=5
MinJobAge=3600
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc)
PartitionName=main Nodes=$host Default=YES State=UP
CONF
# The key that the package made, and a daemon that is ours to stop. One that is at work already serves as well.
if [ ! -S /run/munge/munge.socket.2 ] || ! munge -n >/dev/null 2>&1; then
    runuser -u munge -- /usr/sbin/munged --force
    ln -sf /run/munge/munged.pid "$work/munged.pid"
fi
/usr/sbin/slurmctld -f "$SLURM_CONF"
/usr/sbin/slurmd -f "$SLURM_CONF"
for _ in $(seq 200); do
    [ "$(sinfo -h -o %T 2>/dev/null)" = idle ] && break
    sleep 0.1
done
[ "$(sinfo -h -o %T 2>/dev/null)" = idle ] || fail "Slurm does not start"
echo "Slurm $(sinfo --version | cut -d' ' -f2) is up"

# As many seeds as one task needs some seconds for, whatever this machine and this build are.
files="chaos.ron bug_h2_no_sequence_check.ron"
# shellcheck disable=SC2086
rate=$("$squall" sweep $files --budget 2s --jobs 1 --format json 2>/dev/null | sed -n 's/.*"next":\([0-9]*\).*/\1/p')
sweep="$files --seeds 0..$((rate * 16))"
echo "sweep $sweep"

# shellcheck disable=SC2086
job=$(SQUALL=$squall sbatch --parsable --output 'log-%a.txt' "$root/harness/deploy/slurm.sh" $sweep)
out=squall-out/slurm-$job
state() { scontrol -o show job "${job}_$1" 2>/dev/null | sed -n 's/.* JobState=\([A-Z]*\).*/\1/p' | head -n 1; }
wait_for() { # seconds, what, command...
    local seconds=$1 what=$2
    shift 2
    for _ in $(seq $((seconds * 10))); do "$@" && return; sleep 0.1; done
    fail "$what"
}

has_batch() { compgen -G "$out/1/batch-*.jsonl" >/dev/null; }
wait_for 120 "task 1 writes no results" has_batch
scancel "${job}_1"
is_cancelled() { [ "$(state 1)" = CANCELLED ]; }
wait_for 60 "task 1 does not end" is_cancelled
sleep 7 # The credential of the first start must have expired.
scontrol requeue "${job}_1"
echo "task 1 was ended in the middle and requeued"

is_done() { [ -z "$(squeue -h -j "$job")" ]; }
wait_for 600 "the array does not end" is_done
for task in 0 1 2 3 4 5 6 7; do
    [ "$(state $task)" = COMPLETED ] || fail "task $task is $(state $task)"
done
[ "$(grep -c "shard 2/8 from the Slurm array" log-1.txt)" = 2 ] || fail "task 1 did not run twice"
runs() { sed -n 's/^\([0-9,]*\) runs\{0,1\} in .*/\1/p' "$1" | tr -d , ; }
# One line for each start of the task: what both ran is one shard, no seed twice and none left out.
share=$(runs log-1.txt | awk '{ sum += $1 } END { print sum }')
expected=$(sed -n 's/.*"runs":\([0-9]*\),"seeds".*/\1/p' "$out/1/report.jsonl")
echo "task 1 ran $(runs log-1.txt | paste -sd+) = $share of $expected runs"
[ "$share" = "$expected" ] || fail "task 1 ran $share, not $expected"

"$squall" merge "$out"/* --format json >merged.jsonl || fail "the shards do not join"
# shellcheck disable=SC2086
"$squall" sweep $sweep --format json >whole.jsonl 2>/dev/null || fail "the single process fails"
cmp merged.jsonl whole.jsonl || fail "the joined report is not that of a single process"
echo "8 tasks, one of them requeued: the joined report is that of a single process ($(wc -c <whole.jsonl) bytes)"
