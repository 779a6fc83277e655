"""RSA keys in their ASN.1 containers, and in the template of a card.

PKCS #1 (RFC 8017 A.1), PKCS #8 (RFC 5958), SubjectPublicKeyInfo and certificates (RFC 5280 4.1),
certificate requests (RFC 2986), and ``7F49 {81 modulus, 82 exponent}`` (ISO/IEC 7816-8). A
container is known by the kinds of its parts, never by a name. Nothing is checked but where the
numbers stand: of a certificate only the key is taken, its signature is judged elsewhere. The one
number refused is a modulus that is not positive, because then there is nothing to judge.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from suites.rsa_keys.der import Element, Tag, UnreadableError, elements
from suites.rsa_keys.key import RsaKey

if TYPE_CHECKING:
    from collections.abc import Iterator

INT, BITS, OCTETS, OID, SEQ = (
    Tag.INTEGER, Tag.BIT_STRING, Tag.OCTET_STRING, Tag.OBJECT_IDENTIFIER, Tag.SEQUENCE,
)  # fmt: skip
RSA = {
    "2a864886f70d010101": "rsaEncryption",
    "2a864886f70d010107": "id-RSAES-OAEP",
    "2a864886f70d01010a": "id-RSASSA-PSS",
}  # RFC 8017 A.1, A.2
OTHERS = {
    "2a8648ce3d0201": "EC", "2a8648ce380401": "DSA", "2a864886f70d010301": "DH", "2b656e": "X25519",
    "2b656f": "X448", "2b6570": "Ed25519", "2b6571": "Ed448",
}  # fmt: skip
TEMPLATE = 0x7F49
MOST_PARTS_OF_A_REQUEST = 4  # version, name, key, attributes (RFC 2986 4.1); a certificate has 6
PADDING = (b"\x00", b"\xff")  # what a card keeps behind the content of a file
SUCCESS = 0x90, b""  # the status word 9000 behind a template, read as an element


def no_rsa(kind: str) -> UnreadableError:
    """What is said of a key of another kind."""
    article = "an" if kind[0] in "EXu" else "a"
    return UnreadableError(
        f"holds {article} {kind} key; only RSA keys are judged here, leave it out"
    )


def keys_in_der(data: bytes) -> Iterator[RsaKey | UnreadableError]:
    """The keys of one or more containers in a row; the subject of each is its number.

    What cannot be read is yielded as the error, and the rest is read; a container that is cut
    short ends the matter.
    """
    rest = iter(elements(_unpadded(data)))
    number, tag = 0, 0
    while True:
        try:
            top = next(rest, None)
            if top is None:
                return
            if tag == TEMPLATE and (top.tag, top.content) == SUCCESS:
                continue
            number, tag = number + 1, top.tag
            yield key_in(top, f"key {number}")
        except UnreadableError as why:
            yield why


def _unpadded(data: bytes) -> bytes:
    """Without the padding of a card's file, or a line end, behind the last container."""
    end = 0
    try:
        for one in elements(data):
            if one.tag not in (SEQ, TEMPLATE):
                break
            end = one.at + len(one.content)
    except UnreadableError:
        pass
    rest = data[end:]
    padded = rest.rstrip(rest[-1:]) == b"" and rest[-1:] in PADDING
    return data[:end] if end and (padded or rest in (b"\n", b"\r\n")) else data


def key_in(top: Element, subject: str) -> RsaKey:
    """The key of one container; ``UnreadableError`` when it holds none that can be read."""
    if top.tag == TEMPLATE:
        return _template(top, subject)
    if top.tag != SEQ:
        raise UnreadableError(
            f"byte {top.at:,}: tag {top.tag:X} begins no key; a SEQUENCE (30) or 7F49 does"
        )
    parts = top.parts()
    tags = tuple(part.tag for part in parts)
    if tags == (INT, INT):
        return replace(_key(subject, *(part.integer() for part in parts)), container="PKCS #1")
    if tags[:9] == (INT,) * 9:  # a tenth part holds further primes: judged as n ≠ p·q
        return _key(subject, *(part.integer() for part in parts[1:9]))
    if tags[:3] == (INT, SEQ, OCTETS):
        return _wrapped(parts[1], parts[2], parts[2].content, parts[2].at, subject)
    if tags == (SEQ, BITS):
        return replace(_bit_string(parts[0], parts[1], subject), container="public key")
    if tags == (SEQ, SEQ, BITS):
        return _signed(parts[0], subject)
    raise _unknown(tags)


def _unknown(tags: tuple[int, ...]) -> UnreadableError:
    if tags == (SEQ, OCTETS):
        return UnreadableError("is encrypted; decrypt it first (openssl pkey -in … -out …)")
    if tags[:2] == (INT, OCTETS):
        return no_rsa("EC")
    if tags == (INT,) * 6:
        return no_rsa("DSA")
    return UnreadableError(
        "is DER, but neither PKCS #1, PKCS #8, SubjectPublicKeyInfo nor a certificate; export it "
        "as one of these"
    )


def _signed(body: Element, subject: str) -> RsaKey:
    """Certificate or certificate request: the first part that looks like a public key is it."""
    parts = body.parts()
    kind = "request" if len(parts) <= MOST_PARTS_OF_A_REQUEST else "certificate"
    for part in parts:
        if part.tag == SEQ and part.content:
            inner = part.parts()
            if tuple(one.tag for one in inner) == (SEQ, BITS):
                return replace(_bit_string(inner[0], inner[1], subject), container=kind)
    raise UnreadableError("is signed like a certificate, but holds no public key")


def _bit_string(algorithm: Element, key: Element, subject: str) -> RsaKey:
    if key.content[:1] != b"\x00":
        raise UnreadableError(f"byte {key.at:,}: a public key that is no whole number of bytes")
    return _wrapped(algorithm, key, key.content[1:], key.at + 1, subject)


def _wrapped(algorithm: Element, outer: Element, content: bytes, at: int, subject: str) -> RsaKey:
    _insist_on_rsa(algorithm)
    inner = tuple(elements(content, at))
    if len(inner) != 1 or inner[0].tag != SEQ:
        raise UnreadableError(f"byte {outer.at:,}: holds no RSA key of PKCS #1")
    tags = tuple(part.tag for part in inner[0].parts())
    if tags != (INT, INT) and tags[:9] != (INT,) * 9:  # no container within a container
        raise UnreadableError(f"byte {outer.at:,}: holds no RSA key of PKCS #1")
    return key_in(inner[0], subject)


def _insist_on_rsa(algorithm: Element) -> None:
    parts = algorithm.parts()
    if not parts or parts[0].tag != OID:
        raise UnreadableError(f"byte {algorithm.at:,}: names no algorithm")
    identifier = parts[0].content.hex()
    if identifier not in RSA:
        raise no_rsa(OTHERS.get(identifier, f"unknown (OID {identifier})"))


def _template(top: Element, subject: str) -> RsaKey:
    """Numbers without sign, the modulus with or without a leading 00 (ISO/IEC 7816-8)."""
    parts = {part.tag: part for part in top.parts()}
    if 0x86 in parts:
        raise no_rsa("EC")
    if missing := [f"{tag:02X}" for tag in (0x81, 0x82) if tag not in parts]:
        raise UnreadableError(f"byte {top.at:,}: 7F49 without data object {', '.join(missing)}")
    numbers = (int.from_bytes(parts[tag].content, "big") for tag in (0x81, 0x82))
    return replace(_key(subject, *numbers), container="7F49")


def _key(subject: str, n: int, e: int, *private: int) -> RsaKey:
    insist_on_modulus(n)
    d, p, q, dp, dq, qinv = private or (None,) * 6
    return RsaKey(subject, n, e, d, p, q, dp, dq, qinv)


def insist_on_modulus(n: int) -> None:
    """``UnreadableError`` for a modulus that is negative or zero."""
    if n < 0:
        raise UnreadableError(
            "the modulus is negative; DER wants 00 before a first byte of 80 and more, so correct "
            "what wrote it"
        )
    if n == 0:
        raise UnreadableError("the modulus is zero; take the key from its source again")
