"""What the tests of content management have in common: applets, memory, domains."""

from __future__ import annotations

from fixtures.card.content_management import Applet
from fixtures.card.global_platform import get_data, install_for_install, put_key_set, set_status
from fixtures.card.global_platform_answers import card_resources
from fixtures.card.global_platform_values import Kind, Privilege, Subset, privileges
from fixtures.card.load_file import as_load_file, synthetic_block
from fixtures.card.scp03_keys import StaticKeys
from fixtures.card.secure_channel import SecureChannel
from suites.selfcheck.phone_card import KEYS, PhoneCard, entries

PACKAGE, MODULE = bytes.fromhex("F0000000A900"), bytes.fromhex("F0000000A90001")
INSTANCE = bytes.fromhex("F0000000A9000101")
PLAIN = 247  # bytes of a block under C-MAC
DOMAIN_PACKAGE, DOMAIN_MODULE = bytes.fromhex("A0000001515350"), bytes.fromhex("A000000151535041")
DOMAIN = bytes.fromhex("F0000000D001")
OTHER_KEYS = StaticKeys(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)))
PAGE = 64


def applet(number: int, size: int = 2_000, personalization: tuple[str, ...] = ()) -> Applet:
    """A neighbour: 1 transit, 2 payment, 3 ticket, 9 one that nobody stands for."""
    package = bytes.fromhex(f"F0000000A{number}00")
    module = package + b"\x01"
    block = synthetic_block(package, (module,), size)
    groups = tuple(map(bytes.fromhex, personalization))
    return Applet(
        str(number), package, module, module + b"\x01", as_load_file(block), personalization=groups
    )


UNKNOWN = applet(9)
TRANSIT = applet(1, personalization=("01010412345678", f"020210{bytes(range(16)).hex()}"))
PAYMENT = applet(2, personalization=("0303023132", f"020210{bytes(range(16)).hex()}"))
TICKET = applet(3)
ALL = (TRANSIT, PAYMENT, TICKET, UNKNOWN)


def free(card: PhoneCard, number: int = 0) -> tuple[int, int]:
    """Persistent and volatile memory, as whoever is selected there tells."""
    told = card_resources(card.send(get_data(0xFF21), number).data)
    return told.free_data, told.free_volatile


def registry(channel: SecureChannel) -> list[object]:
    found: list[object] = []
    for subset in (Subset.ISSUER_DOMAIN, Subset.APPLICATIONS, Subset.LOAD_FILES_AND_MODULES):
        found += entries(channel, subset)
    return found


def new_domain(
    card: PhoneCard, aid: bytes = DOMAIN, held: Privilege = Privilege.SECURITY_DOMAIN
) -> None:
    """A personalised supplementary domain with keys of its own."""
    issuer = card.domain(level=0x33)
    made = install_for_install(DOMAIN_PACKAGE, DOMAIN_MODULE, aid, held=privileges(held))
    assert issuer.send(made).ok
    own = card.domain(aid, level=0x33)  # still by the keys of the issuer
    assert own.send(put_key_set(0x30, OTHER_KEYS, KEYS)).ok
    own = card.domain(aid, OTHER_KEYS)
    assert own.send(set_status(Kind.APPLICATION, 0x0F, aid)).ok
