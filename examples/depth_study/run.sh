#!/bin/bash
# Deeper plain networks train worse, residual ones do not (He et al. 2015, figures 1 and 6): trains 20 and 56 layers
# with and without shortcuts, and draws the four curves in one page.
#
#     examples/depth_study/run.sh [FOLDER]       # default: runs/depth_study; add options of train after it
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lockstep=$here/../../bin/lockstep  # of a package
[[ -x $lockstep ]] || lockstep=$here/../../bazel-bin/tools/lockstep
folder=${1:-runs/depth_study}
shift || true
[[ -x $lockstep ]] || { echo "depth_study: no $lockstep; build it: bazel build //tools:lockstep" >&2; exit 66; }
runs=()
for net in plain20 plain56 resnet20 resnet56; do
  "$lockstep" train "$here/depth_study.textproto" --set "name: '$net' model { zoo: '${net}_cifar' }" --run-dir "$folder/$net" "$@"
  runs+=("$folder/$net")
done
"$lockstep" report "${runs[@]}"
