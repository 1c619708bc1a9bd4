#!/usr/bin/env bash
# Makes a Debian 12 machine able to build and test lockstep: installs the Debian packages that are missing, and
# writes .bazelrc.local, which points Bazel at them. Running it again changes nothing.
#
#   tools/setup.sh
#
# LOCKSTEP_CACHE   where Bazel's disk cache lies (default ~/.cache/lockstep-bazel)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(
  # building
  bazel-bootstrap bazel-rules-java g++ git protobuf-compiler python3
  # libraries; third_party/README.md says what each is for
  libabsl-dev libcli11-dev libcurl4-openssl-dev libdnnl-dev libeigen3-dev libgmock-dev libgtest-dev
  libjpeg62-turbo-dev libjs-chart.js libmd-dev libminizip-dev libopenmpi-dev libpng-dev libprotobuf-dev librandom123-dev
  libxxhash-dev nlohmann-json3-dev zlib1g-dev
  # running: mpirun, downloads over https, the example data set
  ca-certificates dataset-fashion-mnist openmpi-bin
  # packaging
  patchelf
  # testing: fuzz targets, and two emulated hosts
  clang iproute2 libclang-rt-14-dev
)

# Prints the packages among the arguments that are not installed, one a line.
missing_packages() {
  local package state
  for package in "$@"; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || printf '%s\n' "$package"
  done
}

install_packages() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      printf 'setup: these packages are missing: %s; run this as root, or install sudo\n' "$*" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  printf 'setup: installing %s\n' "$*"
  "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 -qq update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 -qq -y --no-install-recommends install "$@" </dev/null
}

# Replaces a file only where its text changes, so that Bazel's server is not restarted for nothing.
write_if_changed() {
  local path=$1 text=$2
  if [ ! -f "$path" ] || [ "$(cat "$path")" != "$text" ]; then
    printf '%s\n' "$text" >"$path"
    printf 'setup: wrote %s\n' "$path"
  fi
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  printf 'setup: this script knows Debian 12 only; install what third_party/README.md lists by hand\n' >&2
  exit 1
fi
mapfile -t missing < <(missing_packages "${packages[@]}")
if [ "${#missing[@]}" -gt 0 ]; then
  install_packages "${missing[@]}"
else
  printf 'setup: all %d packages are installed\n' "${#packages[@]}"
fi

cache=${LOCKSTEP_CACHE:-${HOME:-/var/tmp}/.cache/lockstep-bazel}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
write_if_changed .bazelrc.local "# Written by tools/setup.sh for this machine.
startup --host_jvm_args=-Xmx1200m --max_idle_secs=600
build --override_repository=rules_java=/usr/share/bazel/rules/java
build --override_repository=rules_cc=$PWD/third_party/bazel_shims/rules_cc
build --override_repository=remote_coverage_tools=$PWD/third_party/bazel_shims/remote_coverage_tools
build --disk_cache=$cache"
