#!/bin/sh
# The browser journeys need a Chromium; installs Debian's where it is missing and we may.
set -eu
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    apt-get install -y -qq chromium fonts-noto-color-emoji
else
    echo "sextant: no Chromium found; install it (Debian: apt-get install chromium fonts-noto-color-emoji) to run the browser tests." >&2
    exit 1
fi
