#!/bin/sh
# Make .venv from requirements.lock, unless it was made from this very lock already.
set -eu
cd "$(dirname "$0")/.."

fail() { printf '%s\n' "$1" >&2; exit 1; }

version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if command -v "$name" >/dev/null 2>&1 && suits "$name"; then
            printf '%s\n' "$name"
            return
        fi
    done
    found=$(${PYTHON:-python3} --version 2>&1 || true)
    fail "The book needs Python 3.11, 3.12 or 3.13, and ${PYTHON:-python3} is '${found:-missing}'; install one of them, or name it: make PYTHON=/path/to/python3.12."
}

# An environment that is there is never removed: it may hold more than ours.
refuse_other() {
    kept="it is left as it is: rename or delete the folder .venv, then run make again."
    has=$(version .venv/bin/python) ||
        fail "The environment in .venv has no Python that starts; $kept"
    case $has in
        3.11 | 3.12 | 3.13) ;;
        *) fail "The environment in .venv is of Python $has, and the book needs 3.11, 3.12 or 3.13; $kept" ;;
    esac
    asked=$(version "${PYTHON:-.venv/bin/python}") || asked=$has
    [ "$asked" = "$has" ] ||
        fail "The environment in .venv is of Python $has, and PYTHON=$PYTHON is $asked; $kept"
}

if [ -e .venv ]; then refuse_other; fi

# Each file's own checksum: what is installed follows the content, not the time stamps.
wanted=$(cat requirements.lock requirements.txt pyproject.toml | cksum)
stamp=.venv/made-from
if [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi

python=$(find_python)
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "Python's venv module is missing; on Debian or Ubuntu: sudo apt-get install python3-venv."
printf 'Making the environment in .venv (%s), about a minute.\n' "$("$python" --version)"
if [ ! -e .venv ]; then "$python" -m venv .venv; fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check "$(grep -o '^uv==[0-9.]*' requirements.lock)"
# sync: what has left the lock leaves the environment too. The lock has a hash for every file.
# Compiled once, here: where Python may not write bytecode, each process that imports TensorFlow
# would compile it anew.
.venv/bin/uv pip sync --quiet --compile-bytecode --python .venv/bin/python \
    --require-hashes requirements.lock
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --editable .
printf '%s\n' "$wanted" >"$stamp.new"
mv "$stamp.new" "$stamp"
