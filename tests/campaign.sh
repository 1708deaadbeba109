#!/usr/bin/env bash
# A campaign: many seeds of every chaos file of the catalogue. No correct variant may fail under any of them.
#
#   tests/campaign.sh [--seeds N] [--jobs N] [--squall FILE] [--out DIR] [PROTOCOL | CHAOS-FILE]...
#
# Runs `squall sweep` on `scenarios/catalog/<protocol>/chaos*.ron` of each protocol named (`primary_backup`, `hash_ring`,
# ..; all of them if none is), or on single files (`primary_backup/chaos_disk`), one after the other. Tells one line for
# each file, and the whole report of each that fails. Exits with 1 if one did, with 2 if there is nothing to run.
#
#   --seeds N      seeds 0..N of each file; 100000 unless given
#   --jobs N       threads; as many as there are processors unless given
#   --squall FILE  the binary; unless given, a release build is made first
#   --out DIR      keeps reports there. A campaign that was stopped goes on where it was when it is given the same folder;
#                  begin each campaign in a new one
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
catalog=$root/scenarios/catalog
seeds=100000 squall='' out='' jobs=() wanted=()

usage() {
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"
}
while (($#)); do
    case $1 in
        --seeds) seeds=$2 && shift 2 ;;
        --jobs) jobs=(--jobs "$2") && shift 2 ;;
        --squall) squall=$2 && shift 2 ;;
        --out) out=$2 && shift 2 ;;
        -h | --help) usage && exit 0 ;;
        -*) usage >&2 && exit 2 ;;
        *) wanted+=("$1") && shift ;;
    esac
done

shopt -s nullglob
files=()
((${#wanted[@]})) || wanted=($(cd "$catalog" && printf '%s\n' */chaos*.ron | cut -d/ -f1 | sort -u))
for name in "${wanted[@]}"; do
    name=${name//-/_}
    found=("$catalog/$name"/chaos*.ron "$catalog/${name%.ron}".ron)
    [[ -e ${found[-1]} ]] || unset 'found[-1]'
    ((${#found[@]})) || { echo "no chaos file is called \`$name\` in $catalog" >&2 && exit 2; }
    files+=("${found[@]}")
done
if [[ -z $squall ]]; then
    cargo build --release --quiet --manifest-path "$root/Cargo.toml" -p squall
    squall=${CARGO_TARGET_DIR:-$root/target}/release/squall
fi

report=$(mktemp)
trap 'rm -f "$report"' EXIT
failed=0
for file in "${files[@]}"; do
    name=${file#"$catalog/"} && name=${name%.ron}
    keep=()
    [[ -z $out ]] || keep=(--out "$out/$name" --resume)
    began=$SECONDS
    if "$squall" sweep "$file" --seeds "0..$seeds" "${jobs[@]}" "${keep[@]}" --no-shrink >"$report" 2>/dev/null; then
        printf 'pass  %-50s %8d seeds %6d s\n' "$name" "$seeds" $((SECONDS - began))
    else
        failed=1
        printf 'FAIL  %-50s %8d seeds %6d s\n' "$name" "$seeds" $((SECONDS - began))
        cat "$report"
    fi
done
exit "$failed"
