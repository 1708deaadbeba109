#!/usr/bin/env bash
#SBATCH --job-name=squall
#SBATCH --array=0-7
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=squall-%A-%a.log
#
# A sweep as a Slurm array: a task runs one shard, and goes on where it was when it is requeued.
#
#   job=$(sbatch --parsable harness/deploy/slurm.sh scenarios/*.ron --seeds 0..1000000)
#   sbatch --dependency=afterany:"$job" --wrap "squall merge squall-out/slurm-$job/*"
#
# The array must count evenly (`--array=0-31`, not `--array=1,3,7`): squall refuses a shard that it cannot number. A task
# that is submitted by itself needs `--partition k/n` in place of `--shard auto`. Every task ends with the exit code of
# its shard; `squall merge` has the verdict on the whole, and names shards that are missing.
set -eu
# `exec`, so that the signal before the end of the time reaches squall and not a shell that would leave it behind.
exec "${SQUALL:-squall}" sweep "$@" --shard auto --jobs "${SLURM_CPUS_PER_TASK:-1}" \
    --out "squall-out/slurm-$SLURM_ARRAY_JOB_ID/$SLURM_ARRAY_TASK_ID" --resume
