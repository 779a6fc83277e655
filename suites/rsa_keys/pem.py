"""Keys in PEM (RFC 7468, RFC 1421 for the headers of encrypted ones): any number of blocks.

A block is read by what is in it; its label only says what kind of other thing it is. What stands
between blocks is text for people, except a line that looks like the beginning of a block and
is none.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from suites.rsa_keys.containers import keys_in_der, no_rsa
from suites.rsa_keys.der import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from suites.rsa_keys.key import RsaKey

BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 #]+)-----")
DASHES = b"-----"
LARGEST = 1 << 24  # bytes of one block
PARAMETERS = "PARAMETERS"  # stand before an EC or DH key, and are none
ADVICE = {
    "OPENSSH PRIVATE KEY": "is in the format of OpenSSH; convert it (ssh-keygen -p -m PEM -f …)",
    "ENCRYPTED PRIVATE KEY": "is encrypted; decrypt it first (openssl pkey -in … -out …)",
    "PKCS7": "is PKCS #7; take the certificates out (openssl pkcs7 -print_certs -in …)",
    "X509 CRL": "is a revocation list and holds no key; leave it out",
}


def keys_in_pem(lines: Iterable[bytes]) -> Iterator[tuple[str, RsaKey | UnreadableError]]:
    """Each block as its number and the key in it, or why there is none."""
    number, label, content, size = 0, b"", [b""], 0
    last = b""
    for raw in lines:
        last, line = raw, raw.strip()
        begun = BEGIN.fullmatch(line)
        if begun:
            if label:
                yield f"block {number}", _no_end(label)
            number, label, content, size = number + 1, begun[1], [], 0
        elif label and line == b"-----END " + label + b"-----":
            if size > LARGEST:
                what = f"is larger than {LARGEST >> 20} MiB; no key is, so leave it out"
                yield f"block {number}", UnreadableError(what)
            else:
                yield from _block(number, label.decode("ascii"), content)
            label = b""
        elif label:
            size += len(line)
            if size <= LARGEST:
                content.append(line)
        elif line.startswith(DASHES) and line.strip(b"-"):
            yield (
                f"block {number + 1}",
                UnreadableError(
                    "a line begins like one of PEM but is none; take the file from its source again"
                ),
            )
    if label:
        yield f"block {number}", _no_end(label)
    elif last and DASHES.startswith(last):
        yield f"block {number + 1}", UnreadableError("cut short within its first line")


def _no_end(label: bytes) -> UnreadableError:
    return UnreadableError(
        f"{label.decode('ascii')} has no END line: cut short; take it from its source again"
    )


def _block(
    number: int, label: str, content: list[bytes]
) -> Iterator[tuple[str, RsaKey | UnreadableError]]:
    place = f"block {number}"
    if label.endswith(PARAMETERS):
        return
    try:
        data = _decoded(label, content)
    except UnreadableError as why:
        yield place, why
        return
    found = list(keys_in_der(data))
    if len(found) > 1 and not label.startswith("TRUSTED"):  # those have a note of openssl behind
        yield place, UnreadableError("more than one structure in a block; split it")
    for one in found[:1]:
        yield place, one if isinstance(one, UnreadableError) else replace(one, subject=place)
    if not found:
        yield place, UnreadableError("is empty")


def _decoded(label: str, content: list[bytes]) -> bytes:
    if label in ADVICE:
        raise UnreadableError(ADVICE[label])
    if label in ("EC PRIVATE KEY", "DSA PRIVATE KEY"):
        raise no_rsa(label.split(maxsplit=1)[0])
    if any(b"ENCRYPTED" in line for line in content if b":" in line):
        raise UnreadableError(ADVICE["ENCRYPTED PRIVATE KEY"])
    body = b"".join(line for line in content if b":" not in line)
    try:
        return binascii.a2b_base64(body, strict_mode=True)
    except binascii.Error:
        raise UnreadableError(
            "what stands between BEGIN and END is no base64; take it from its source again"
        ) from None
