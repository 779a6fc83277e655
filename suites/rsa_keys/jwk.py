"""Keys as JSON: a JWK, a JWK set or a list of JWKs (RFC 7517; RFC 7518 6.3 for RSA).

Numbers are Base64urlUInt: without sign, so none can be negative. A message names the member that
is wrong and never quotes it: it may be private.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

from suites.rsa_keys.containers import insist_on_modulus, no_rsa
from suites.rsa_keys.der import UnreadableError
from suites.rsa_keys.key import RsaKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PRIVATE = {"d": "d", "p": "p", "q": "q", "dp": "dp", "dq": "dq", "qi": "qinv"}
KINDS = {"EC": "EC", "OKP": "Edwards-curve", "oct": "symmetric"}  # RFC 7518 6.1, RFC 8037
BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")


def keys_in_jwk(text: bytes) -> Iterator[tuple[str, RsaKey | UnreadableError]]:
    """Each key of the object as its number and the key, or why there is none."""
    try:
        whole: object = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        line = (
            f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else ""
        )
        yield "", UnreadableError(f"is no JSON ({line or 'encoding or depth'}); was it cut short?")
        return
    entries = whole.get("keys") if isinstance(whole, dict) and "keys" in whole else whole
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], 1):
        place = f"key {number}"
        try:
            yield place, _key(entry, place)
        except UnreadableError as why:
            yield place, why


def _key(entry: object, place: str) -> RsaKey:
    if not isinstance(entry, dict) or "kty" not in entry:
        raise UnreadableError("is JSON, but no JWK: member kty is missing")
    if entry["kty"] != "RSA":
        raise no_rsa(KINDS.get(str(entry["kty"]), "unknown"))
    n, e = _number(entry, "n"), _number(entry, "e")
    insist_on_modulus(n)
    private = {ours: _number(entry, name) for name, ours in PRIVATE.items() if name in entry}
    return RsaKey(place, n, e, **private, container="JWK")


def _number(entry: Mapping[str, object], member: str) -> int:
    if member not in entry:
        raise UnreadableError(f"a JWK without member {member}; export it again")
    value = entry[member]
    if not isinstance(value, str) or not BASE64URL.fullmatch(value):
        raise UnreadableError(f"member {member} is no base64url; correct it")
    digits = value.rstrip("=")
    if len(digits) % 4 == 1:
        raise UnreadableError(f"member {member} is cut short: {len(digits)} characters")
    return int.from_bytes(base64.urlsafe_b64decode(digits + "=" * (-len(digits) % 4)), "big")
