#!/bin/sh
# Prints the Chromium of the browser tests: $CHROMIUM, or the first of these on PATH. Exit 1 with what to install otherwise.
#   chromium.sh --install      gets Debian's where there is none, as root or with a sudo that asks nothing
set -eu

found() {
    if [ -n "${CHROMIUM:-}" ]; then
        command -v "$CHROMIUM" || { echo "CHROMIUM=$CHROMIUM: there is no such program" >&2 && exit 1; }
        exit 0
    fi
    for name in chromium google-chrome google-chrome-stable chromium-browser; do
        if command -v "$name"; then exit 0; fi
    done
}

found
if [ "${1:-}" = --install ] && command -v apt-get >/dev/null; then
    if [ "$(id -u)" = 0 ]; then as_root=''; else as_root='sudo -n'; fi
    # A font: without one every letter of a picture is a box.
    if ${as_root:-env} true 2>/dev/null; then
        {
            $as_root apt-get update --quiet
            $as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get install --quiet --yes --no-install-recommends chromium fonts-dejavu-core
        } >&2
        found
    fi
fi
echo 'The browser tests need Chromium: sudo apt-get install chromium, or name one with CHROMIUM=/path/to/it' >&2
exit 1
