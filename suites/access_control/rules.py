"""Access rules as a tester writes and reads them (GPD_SPE_013 v1.1, REF-AR-DO). Pure.

Nothing is checked when a rule is written: a test must be able to build what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from fixtures.card.global_platform_values import tlv
from fixtures.card.tlv import DataObject, find, parse_tlv

ALWAYS, NEVER = b"\x01", b"\x00"
"""Contents of APDU-AR-DO and NFC-AR-DO."""


@dataclass(frozen=True)
class Rule:
    """Of one application (``aid``) and one app (``app``, the hash of its signer).

    ``aid``: b"" all applications, None the implicitly selected one. ``app``: b"" all apps.
    ``apdu``, ``nfc``: the contents of the access, None where nothing is said. ``package`` and
    ``permissions`` are for carriers' privileges and say nothing of channels.
    """

    aid: bytes | None
    app: bytes
    apdu: bytes | None = None
    nfc: bytes | None = None
    package: bytes | None = None
    permissions: bytes | None = None

    def __bytes__(self) -> bytes:
        return tlv(0xE2, self.reference + tlv(0xE3, self.access))

    @property
    def access(self) -> bytes:
        """Content of AR-DO."""
        said = ((0xD0, self.apdu), (0xD1, self.nfc), (0xDB, self.permissions))
        return b"".join(tlv(tag, value) for tag, value in said if value is not None)

    @property
    def reference(self) -> bytes:
        """REF-DO, by which a rule is asked for or deleted."""
        application = tlv(0xC0, b"") if self.aid is None else tlv(0x4F, self.aid)
        package = b"" if self.package is None else tlv(0xCA, self.package)
        return tlv(0xE1, application + tlv(0xC1, self.app) + package)

    @classmethod
    def parse(cls, content: bytes) -> Rule:
        """The content of one E2. ``ValueError`` for what is none."""
        reference, access = find(content, 0xE1), dict(tags(find(content, 0xE3)))
        named = dict(tags(reference))
        if 0xC1 not in named or (0x4F in named) == (0xC0 in named):
            raise ValueError(f"{reference.hex()} names no application and app")
        return cls(
            named.get(0x4F), named[0xC1], access.get(0xD0), access.get(0xD1),
            named.get(0xCA), access.get(0xDB),
        )  # fmt: skip


def tags(raw: bytes) -> list[tuple[int, bytes]]:
    return [(found.tag, found.value) for found in parse_tlv(raw)]


def parse_rules(raw: bytes) -> tuple[Rule, ...]:
    """The content of Response-ALL-REF-AR-DO (FF40). ``ValueError`` for what is none."""
    return tuple(Rule.parse(found.value) for found in parse_tlv(raw) if is_rule(found))


def content_of(raw: bytes, tag: int) -> bytes:
    """The value of the one data object that must be all there is. ``ValueError``."""
    found = list(parse_tlv(raw))
    if [one.tag for one in found] != [tag]:
        raise ValueError(f"not one data object {tag:X}")
    return found[0].value


def is_rule(found: DataObject) -> bool:
    if found.tag != 0xE2:
        raise ValueError(f"{found.tag:X} among access rules")
    return True


def filters(*pairs: tuple[str, str]) -> bytes:
    """Header and mask of each APDU filter, in hex."""
    return b"".join(bytes.fromhex(header + mask) for header, mask in pairs)
