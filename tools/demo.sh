#!/usr/bin/env bash
# Installs what is missing, builds lockstep, trains a classifier of clothing on 2 MPI ranks, evaluates it on the test set
# and writes report.html. The last lines name the accuracy and the file.
#
#   tools/demo.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\ndemo: %s\n' "$*"; }

tools/setup.sh

say 'building; the first time takes some minutes'
build_flags=(--ui_event_filters=-info --show_result=0)
# Bazel's own progress is for a terminal; a file gets errors only.
[ -t 1 ] || build_flags+=(--color=no --curses=no --noshow_progress)
bazel build "${build_flags[@]}" //tools:lockstep </dev/null
lockstep=bazel-bin/tools/lockstep

run_dir=runs/demo-$(date +%Y%m%d-%H%M%S)
mpirun=(mpirun --oversubscribe -n 2)
[ "$(id -u)" -eq 0 ] && mpirun+=(--allow-run-as-root)
say 'training Fashion-MNIST on 2 MPI ranks'
"${mpirun[@]}" "$lockstep" train examples/fashion_mnist.textproto --run-dir "$run_dir" </dev/null

say 'evaluating on the test set'
evaluation=$("$lockstep" evaluate "$run_dir")
printf '%s\n' "$evaluation"
"$lockstep" report "$run_dir"

accuracy=$(sed -n 's/^test accuracy //p' <<<"$evaluation")
say "test accuracy $accuracy"
printf 'demo: report %s\n' "$PWD/$run_dir/report.html"
