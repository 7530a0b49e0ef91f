#!/bin/sh
# Installs what the checks need and runs them all: linters, unit tests, integration tests on Docker.
#   ./test.sh                  everything
#   ./test.sh --unit           without Docker: linters and unit tests
#   ./test.sh ARGUMENTS        for pytest; a path among them takes the place of all tests
#   ./test.sh tests/integration/test_browser.py --pictures      takes the README's pictures again
# PYTHON names the interpreter for .venv-dev, python3 otherwise.
set -eu
cd "$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)"

say() { printf '\n== %s\n' "$*"; }
files() { git ls-files --cached --others --exclude-standard -- "$@" | sort -u; }
shell_files() {
    files | while read -r file; do
        if [ -f "$file" ] && head -n 1 "$file" | grep -Eq '^#!.*[/ ](ba)?sh( |$)'; then printf '%s\n' "$file"; fi
    done
}

tests='tests/unit tests/integration'
if [ "${1:-}" = --unit ]; then
    tests=tests/unit
    shift
fi
for argument in "$@"; do
    # A test, a module or a folder: `tests/unit/test_a.py::test_b`.
    if [ -e "${argument%%::*}" ]; then tests=''; fi
done

venv=.venv-dev
if ! cmp -s requirements-dev.lock "$venv/requirements-dev.lock"; then
    say "Making $venv from requirements-dev.lock (once)"
    "${PYTHON:-python3}" -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
    # Last: one that was interrupted is made again.
    cp requirements-dev.lock "$venv/requirements-dev.lock"
fi
PATH=$PWD/$venv/bin:$PATH
export PATH

if [ "$tests" != tests/unit ]; then
    say 'Compose and a base image, where they are missing'
    PYTHON=${PYTHON:-python3} ./stack bootstrap
    say 'A browser, where there is none'
    tests/support/chromium.sh --install
fi

say 'Linters'
ruff check .
ruff format --check .
mypy
MYPYPATH=tests:benchmarks mypy tests/support tests/integration tests/conftest.py benchmarks
PYTHONPATH=src:mlflow:webapp lint-imports
# shellcheck disable=SC2046 # no name in this repository holds a space
shellcheck $(shell_files)
# shellcheck disable=SC2046
hadolint $(files '*Dockerfile')
yamllint --strict .
# shellcheck disable=SC2046
codespell $(files)

say 'Tests'
# Most of the time goes into waiting for containers: two processes, each with an S3 server of its own, and a module whole.
# shellcheck disable=SC2086 # none, one or two folders
exec python -m pytest ${tests:+--numprocesses=2 --dist=loadfile} $tests "$@"
