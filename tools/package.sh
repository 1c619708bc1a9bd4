#!/usr/bin/env bash
# Makes a folder that runs lockstep on any x86-64 Linux with glibc 2.36 or later, and a .tar.gz of it: the stripped
# binary, the shared libraries it needs beyond glibc, the examples and the licences. Nothing is to be installed there.
#
#   tools/package.sh [OUT [BINARY]]      # default: dist/lockstep and dist/lockstep.tar.gz, of a fresh build
#
# Libraries find each other by $ORIGIN in their RUNPATH: no wrapper, and no LD_LIBRARY_PATH that programs which
# lockstep starts would inherit. Debian's Open MPI has an absolute RUNPATH, so patchelf has to replace it anyway.
# CUDA, NCCL and libcurl are opened by name where the machine has them. The machine's Open MPI comes before the copy
# in lib/mpi, which lets lockstep start where there is none: mpirun, its daemons and plugins must be of one build, and
# those of a cluster know its network.
set -euo pipefail
shopt -s inherit_errexit
out=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../dist/lockstep}")
binary=${2:+$(realpath "$2")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly max_bytes=60000000 newest_glibc=2.36
# Where Debian, Fedora and SUSE keep an Open MPI.
readonly system_mpi=/usr/lib/x86_64-linux-gnu:/usr/lib64:/usr/lib64/openmpi/lib:/usr/lib64/mpi/gcc/openmpi4/lib64
# What goes into the binary itself: headers, a script, a static library.
readonly compiled_in=(libcli11-dev libeigen3-dev libjs-chart.js libmd-dev librandom123-dev nlohmann-json3-dev)

fail() {
  printf 'package: %s\n' "$*" >&2
  exit 1
}

# Prints the shared libraries that a file needs, glibc's own left out, one path a line.
libraries_of() {
  local listed
  listed=$(ldd "$1")
  if [[ $listed == *'not found'* ]]; then fail "$1 lacks$(sed -n 's/=> not found//p' <<<"$listed" | tr -s '\t\n' ' ')"; fi
  awk '$2 == "=>" && $3 !~ /\/lib(c|m|dl|rt|pthread|resolv|util)\.so\.[0-9]+$/ { print $3 }' <<<"$listed" | sort
}

# Copies libraries into a folder; each looks for others in `runpath`.
add_libraries() {
  local folder=$1 runpath=$2 library
  shift 2
  mkdir -p "$folder"
  for library in "$@"; do
    install -m 644 "$(realpath "$library")" "$folder/$(basename "$library")"
    patchelf --set-rpath "$runpath" "$folder/$(basename "$library")"
  done
}

# Prints the Debian package that a file is of; merged /usr makes two names possible.
package_of() {
  (dpkg-query --search "$1" "${1#/usr}" 2>/dev/null || true) | sed -n '1s/:.*//p'
}

# Copies what the licences of Debian packages say, and the common texts that they point to.
add_licences() {
  local package text
  mkdir -p "$out/licences"
  for package in "$@"; do
    [ -f "/usr/share/doc/$package/copyright" ] || fail "no licence in /usr/share/doc/$package; reinstall $package"
    install -m 644 "/usr/share/doc/$package/copyright" "$out/licences/$package"
  done
  (grep -rhoE '/usr/share/common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]' "$out/licences" || true) | sort -u |
    while read -r text; do
      [ ! -f "$text" ] || install -D -m 644 "$text" "$out/licences/common/$(basename "$text")"
    done
}

add_licences_of() {
  local library package packages=("${compiled_in[@]}")
  for library in "$@"; do
    package=$(package_of "$(realpath "$library")")
    [ -n "$package" ] || fail "$library is of no Debian package, so its licence is not known"
    packages+=("$package")
  done
  add_licences "${packages[@]}"
}

# Prints what the libraries need that the binary names itself, libmpi left out.
libraries_besides_mpi() {
  local library names
  names=$(objdump --private-headers "$binary" | awk '$1 == "NEEDED" && $2 !~ /^libmpi\./ { print $2 }')
  for library in "$@"; do
    if grep -qxF "$(basename "$library")" <<<"$names"; then printf '%s\n' "$library" && libraries_of "$library"; fi
  done | sort -u
}

add_program() {
  local all rest mpi
  all=$(libraries_of "$binary")
  mapfile -t all <<<"$all"
  rest=$(libraries_besides_mpi "${all[@]}")
  mapfile -t rest <<<"$rest"
  mpi=$(printf '%s\n' "${all[@]}" "${rest[@]}" | sort | uniq -u)
  mapfile -t mpi <<<"$mpi"
  add_libraries "$out/lib" "\$ORIGIN" "${rest[@]}"
  add_libraries "$out/lib/mpi" "\$ORIGIN:\$ORIGIN/.." "${mpi[@]}"
  install -D -m 755 "$binary" "$out/bin/lockstep"
  strip "$out/bin/lockstep"
  patchelf --set-rpath "\$ORIGIN/../lib:$system_mpi:\$ORIGIN/../lib/mpi" "$out/bin/lockstep"
  add_licences_of "${all[@]}"
}

add_version() {
  local version commit
  version=$("$binary" --version)
  commit=$(git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null) || commit='not known: no git folder'
  printf '%s\ncommit %s\n' "$version" "$commit" >"$out/VERSION"
}

add_texts() {
  local folder
  for folder in examples clusters; do
    cp --recursive --dereference --no-preserve=mode "$folder" "$out/$folder"
    find "$out/$folder" -name BUILD -delete
    find "$out/$folder" -name '*.sh' -exec chmod 755 {} +
  done
  install -m 644 tools/package_readme.txt "$out/README.txt"
}

# Refuses a package that is larger or asks for a newer glibc than promised.
check_package() {
  local bytes newest
  bytes=$(du --summarize --apparent-size --block-size=1 "$out" | cut -f1)
  [ "$bytes" -lt "$max_bytes" ] || fail "$out has $bytes bytes, expected fewer than $max_bytes"
  newest=$(find "$out/bin" "$out/lib" -type f -exec objdump -T {} + | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1)
  [ "$(printf 'GLIBC_%s\n%s\n' "$newest_glibc" "$newest" | sort -V | tail -n 1)" = "GLIBC_$newest_glibc" ] ||
    fail "$out needs $newest, expected GLIBC_$newest_glibc or older: package on Debian 12"
  printf 'package: %s, %s bytes, needs %s\n' "$out" "$bytes" "$newest"
}

for tool in ldd objdump patchelf strip; do
  command -v "$tool" >/dev/null || fail "$tool is missing; tools/setup.sh installs it"
done
if [ -z "$binary" ]; then
  bazel build //tools:lockstep </dev/null
  binary=$(realpath bazel-bin/tools/lockstep)
fi
# Only what looks like a package is replaced.
if [ -e "$out" ] && ! grep -qs "^lockstep " "$out/VERSION"; then fail "$out is there and no package; name another folder"; fi
rm -rf "$out"
mkdir -p "$out"
add_version
add_program
add_texts
check_package
tar --create --gzip --file="$out.tar.gz" --sort=name --owner=0 --group=0 --numeric-owner \
  --directory="$(dirname "$out")" "$(basename "$out")"
printf 'package: %s.tar.gz, %s bytes\n' "$out" "$(stat --format=%s "$out.tar.gz")"
