#!/usr/bin/env bash
# Installs what is missing, builds lockstep, trains a classifier of clothing on 2 MPI ranks, evaluates it on the test set and
# writes report.html. It says where each result lies.
#
#   tools/demo.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/setup.sh
printf 'demo: building; the first time takes some minutes\n'
bazel build --color=no --curses=no --noshow_progress //tools:lockstep </dev/null
lockstep=bazel-bin/tools/lockstep

run_dir=runs/demo-$(date +%Y%m%d-%H%M%S)
mpirun=(mpirun --oversubscribe -n 2)
[ "$(id -u)" -eq 0 ] && mpirun+=(--allow-run-as-root)
printf 'demo: training Fashion-MNIST on 2 ranks\n'
"${mpirun[@]}" "$lockstep" train examples/fashion_mnist.textproto --run-dir "$run_dir" </dev/null

evaluation=$("$lockstep" evaluate "$run_dir")
"$lockstep" report "$run_dir"
printf '\ndemo: test set: %s\ndemo: report: %s\n' "$evaluation" "$PWD/$run_dir/report.html"
