#!/usr/bin/env bash
# Installs what is missing, builds everything, runs every test, the fuzz targets for some seconds each, and the tests
# that ask for a sanitizer under it. The last line is `N passed, N failed`; the exit status is 0 only if none failed.
#
#   tools/test.sh
#
# LOCKSTEP_DATA          folder of real data sets; tests that need it are skipped without it
# LOCKSTEP_PEERS         the Python environment that benchmarks/setup.sh makes (default ~/.cache/lockstep-peers where that is);
#                        tests that compare with PyTorch and ONNX Runtime are skipped without it
# LOCKSTEP_FUZZ_SECONDS  how long each fuzz target runs (default 5; 0 leaves them out)
# LOCKSTEP_SANITIZERS    which sanitizer runs follow (default "asan tsan"; empty leaves them out)
# LOCKSTEP_BAZEL         the Bazel command with its start-up flags (default "bazel")
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null

tools/setup.sh || exit 1

read -ra bazel <<<"${LOCKSTEP_BAZEL:-bazel}"
quiet=(--color=no --curses=no --noshow_progress)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Prints the labels of test and fuzz targets with a tag, one a line; none is no error.
tagged() {
  local tag=$1 kind=$2
  "${bazel[@]}" query --noshow_progress "kind('$kind', attr(tags, '[\\[ ]${tag}[,\\]]', //...))" 2>"$results/query.log" ||
    { cat "$results/query.log" >&2; printf 'query %s: failed\n' "$tag" >>"$results/outcomes"; }
}

# Runs bazel test and keeps its events; a failure that belongs to no test is an outcome of its own.
run_tests() {
  local name=$1 status
  shift
  printf '\n== %s\n' "$name"
  "${bazel[@]}" test "${quiet[@]}" --keep_going --test_summary=terse --build_event_json_file="$results/$name.json" "$@"
  status=$?
  # 3: a test failed, which the events tell; 4: there was no test.
  case $status in 0 | 3 | 4) ;; *) printf 'build for %s: failed\n' "$name" >>"$results/outcomes" ;; esac
}

# Runs one built libFuzzer target from its seeds in tests/fuzz/corpus/NAME, where there are any.
run_fuzz_target() {
  local label=$1 binary=$2 seconds=$3 name seeds outcome=passed
  name=${label##*:}
  seeds=tests/fuzz/corpus/$name
  mkdir -p "$results/fuzz/$name"
  local folders=("$results/fuzz/$name")
  [ -d "$seeds" ] && folders+=("$seeds")
  if ! "$binary" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=0 \
      -artifact_prefix="$results/fuzz/$name-" "${folders[@]}" >"$results/fuzz/$name.log" 2>&1; then
    outcome=failed
    tail -n 40 "$results/fuzz/$name.log"
  fi
  printf 'fuzz %s: %s\n' "$label" "$outcome" | tee -a "$results/outcomes"
}

run_fuzz_targets() {
  local seconds=$1 targets binaries target path
  mapfile -t targets < <(tagged fuzz cc_binary)
  [ "${#targets[@]}" -eq 0 ] && return
  printf '\n== fuzz, %s s each\n' "$seconds"
  if ! "${bazel[@]}" build "${quiet[@]}" --config=fuzz "${targets[@]}"; then
    printf 'build for fuzz: failed\n' >>"$results/outcomes"
    return
  fi
  binaries=$("${bazel[@]}" info "${quiet[@]}" --config=fuzz bazel-bin 2>/dev/null)
  for target in "${targets[@]}"; do
    path=${target#//}
    run_fuzz_target "$target" "$binaries/${path/:/\/}" "$seconds"
  done
}

run_sanitizer() {
  local sanitizer=$1 targets
  mapfile -t targets < <(tagged "$sanitizer" '_test rule')
  [ "${#targets[@]}" -eq 0 ] && return
  run_tests "$sanitizer" --config="$sanitizer" "${targets[@]}"
}

data=()
if [ -n "${LOCKSTEP_DATA:-}" ]; then
  if ! data_folder=$(cd "$LOCKSTEP_DATA" 2>/dev/null && pwd); then
    printf 'test: LOCKSTEP_DATA is %s, which is no folder\n' "$LOCKSTEP_DATA" >&2
    exit 1
  fi
  data=(--test_env="LOCKSTEP_DATA=$data_folder")
fi

# Bazel hides HOME from tests, so they do not find the default by themselves.
peers=()
peers_folder=${LOCKSTEP_PEERS:-${HOME:-}/.cache/lockstep-peers}
if [ -x "$peers_folder/bin/python" ]; then
  peers=(--test_env="LOCKSTEP_PEERS=$(cd "$peers_folder" && pwd)")
elif [ -n "${LOCKSTEP_PEERS:-}" ]; then
  printf 'test: LOCKSTEP_PEERS is %s, which has no bin/python; benchmarks/setup.sh makes one\n' "$LOCKSTEP_PEERS" >&2
  exit 1
fi
if [ ${#peers[@]} -gt 0 ]; then printf 'peers: %s\n' "$peers_folder"; else
  printf 'peers: none, nothing is compared with PyTorch and ONNX Runtime; benchmarks/setup.sh installs them\n'
fi

run_tests all "${data[@]}" "${peers[@]}" //...
for sanitizer in ${LOCKSTEP_SANITIZERS-asan tsan}; do run_sanitizer "$sanitizer"; done
fuzz_seconds=${LOCKSTEP_FUZZ_SECONDS:-5}
[ "$fuzz_seconds" -gt 0 ] && run_fuzz_targets "$fuzz_seconds"

printf '\n'
touch "$results/outcomes"
python3 tools/count_tests.py --outcomes "$results/outcomes" "$results"/*.json
