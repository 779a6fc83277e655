"""Privileges of applications and security domains (GPCS 6.6, 11.1.2)."""

from __future__ import annotations

from enum import IntFlag

from reference_impl.applet.apdu import SW, Refused


class Privilege(IntFlag):
    """Three bytes, the first of them on top (tables 11-7 to 11-9)."""

    SECURITY_DOMAIN = 0x80_0000
    DAP_VERIFICATION = 0xC0_0000
    DELEGATED_MANAGEMENT = 0xA0_0000
    CARD_LOCK = 0x10_0000
    CARD_TERMINATE = 0x08_0000
    CARD_RESET = 0x04_0000
    CVM_MANAGEMENT = 0x02_0000
    MANDATED_DAP = 0xC1_0000
    TRUSTED_PATH = 0x80_00
    AUTHORIZED_MANAGEMENT = 0x40_00
    TOKEN_VERIFICATION = 0x20_00
    GLOBAL_DELETE = 0x10_00
    GLOBAL_LOCK = 0x08_00
    GLOBAL_REGISTRY = 0x04_00
    FINAL_APPLICATION = 0x02_00
    GLOBAL_SERVICE = 0x01_00
    RECEIPT_GENERATION = 0x80
    CIPHERED_LOAD_FILE = 0x40
    CONTACTLESS_ACTIVATION = 0x20
    CONTACTLESS_SELF_ACTIVATION = 0x10


NO_PRIVILEGES = Privilege(0)

ISSUER = Privilege(0x9E_FE80)
"""What the issuer's security domain begins with: all of 6.6.1 but what only others may hold."""

EXCLUSIVE = (
    Privilege.AUTHORIZED_MANAGEMENT,
    Privilege.TOKEN_VERIFICATION,
    Privilege.RECEIPT_GENERATION,
)
"""None of these goes with Delegated Management."""

FOR_DOMAINS = Privilege(0x61_7080)
"""DAP and Mandated DAP, Delegated and Authorized Management, tokens, receipts, Global Delete."""
MANAGEMENT = (
    Privilege.AUTHORIZED_MANAGEMENT | Privilege.TOKEN_VERIFICATION | Privilege.GLOBAL_DELETE
    | Privilege.GLOBAL_LOCK | Privilege.GLOBAL_REGISTRY | Privilege.RECEIPT_GENERATION
)  # fmt: skip
UNIQUE = (Privilege.CARD_RESET, Privilege.FINAL_APPLICATION)


def read_privileges(raw: bytes) -> Privilege:
    """One byte or three. Raises Refused (6A80) for anything else."""
    if len(raw) not in (1, 3):
        raise Refused(SW.INCORRECT_DATA)
    return Privilege(int.from_bytes(raw.ljust(3, b"\x00"), "big"))


def has(held: Privilege, asked: Privilege) -> bool:
    """All bits of it: a delegated domain is one with the bits of a domain too."""
    return int(held) & int(asked) == int(asked)


class PrivilegeRules:
    """Which privileges one application may hold together (6.6.1)."""

    def consistent(self, held: Privilege) -> bool:
        delegated = has(held, Privilege.DELEGATED_MANAGEMENT)
        return not (delegated and any(has(held, other) for other in EXCLUSIVE))

    def grantable(self, held: Privilege, by: Privilege) -> bool:
        """Some are for security domains only, and management is not given by who lacks it."""
        if not has(held, Privilege.SECURITY_DOMAIN) and held & FOR_DOMAINS:
            return False
        return has(by, Privilege.AUTHORIZED_MANAGEMENT) or not held & MANAGEMENT

    def unique(self, held: Privilege) -> tuple[Privilege, ...]:
        """Those of them that only one application on the card has (6.6.2)."""
        return tuple(single for single in UNIQUE if has(held, single))
