#!/bin/sh
# Makes the virtual environment of the checkout: the pinned set, the checkout itself, and, where
# the system lets us, the PC/SC extra (a reader library and the clients that use our virtual card).
set -eu
PYTHON=${PYTHON:-python3}
VENV=${VENV:-.venv}
SYSTEM_PACKAGES="gcc libc6-dev libpcsclite-dev opensc opensc-pkcs11 pcscd swig tshark vsmartcard-vpcd"

echo "setting up $VENV (a minute) …" >&2
[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
"$VENV/bin/python" -m pip install -qq --require-hashes --no-deps -r requirements.lock
"$VENV/bin/python" -m pip install -qq --no-deps --no-build-isolation --editable .
# the loops of the judges of random numbers, compiled once and kept beside their sources
"$VENV/bin/python" -m suites.random_numbers.bench || echo "compiling waits until the first use" >&2

missing() {
    [ ! -e /usr/include/PCSC/winscard.h ] || ! command -v pcscd >/dev/null || ! command -v pkcs11-tool >/dev/null \
        || ! command -v swig >/dev/null || ! command -v gcc >/dev/null || ! command -v tshark >/dev/null \
        || ! ls /usr/lib/pcsc/drivers/serial/libifdvpcd.so >/dev/null 2>&1
}
if missing && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing $SYSTEM_PACKAGES" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $SYSTEM_PACKAGES; } \
        >/dev/null 2>&1 || echo "apt-get did not succeed; going on without PC/SC" >&2
fi
if [ -e /usr/include/PCSC/winscard.h ]; then
    "$VENV/bin/python" -m pip install -qq --require-hashes --no-deps --no-build-isolation -r requirements-pcsc.lock >/dev/null 2>&1 \
        || echo "pyscard did not build; the reader targets stay unavailable" >&2
fi
if missing; then
    echo "PC/SC readers and the OpenSC check need:  sudo apt-get install -y $SYSTEM_PACKAGES" >&2
    echo "afterwards:  make clean certify   (everything else works without)" >&2
fi
