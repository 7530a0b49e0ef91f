#!/bin/sh
# Makes .venv-train with the packages that a training needs, again when requirements.lock changes. PYTHON names the interpreter.
set -eu
cd "$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)"

venv=.venv-train
if cmp -s train/requirements.lock "$venv/requirements.lock"; then exit 0; fi
"${PYTHON:-python3}" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r train/requirements.lock
# Last, so that one that was interrupted is made again.
cp train/requirements.lock "$venv/requirements.lock"
printf '%s\n' "$venv is ready: $venv/bin/python train/train.py --quick"
