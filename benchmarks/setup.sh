#!/usr/bin/env bash
# Makes the virtual environment that the peers of benchmarks/compare.py run in: PyTorch and Keras, both for the CPU.
# Running it again changes nothing.
#
#   benchmarks/setup.sh
#
# LOCKSTEP_PEERS   where the environment lies (default ~/.cache/lockstep-peers); about 3 GB
set -euo pipefail

peers=${LOCKSTEP_PEERS:-$HOME/.cache/lockstep-peers}
# PyTorch's CPU build has an index of its own, the others are on PyPI. Where that index cannot be reached, PyPI's build with CUDA
# times the CPU just as well and is only larger.
torch=torch==2.15.0
others=(numpy==2.4.6 keras==3.15.1 tensorflow-cpu==2.21.0 setuptools onnx onnxruntime safetensors protobuf)

[ -x "$peers/bin/pip" ] || python3 -m venv "$peers"
printf 'setup: installing %s %s in %s\n' "$torch" "${others[*]}" "$peers"
if ! "$peers/bin/pip" install --quiet --disable-pip-version-check "$torch" \
  --index-url https://download.pytorch.org/whl/cpu; then
  printf 'setup: no CPU build of PyTorch; installing the one of PyPI\n'
  "$peers/bin/pip" install --quiet --disable-pip-version-check "$torch"
fi
"$peers/bin/pip" install --quiet --disable-pip-version-check "${others[@]}"
"$peers/bin/python" -c 'import keras, torch; print("setup: torch", torch.__version__, "keras", keras.__version__)'
