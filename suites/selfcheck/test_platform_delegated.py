"""Delegated management, registry update, the ARA-M and the whole way of issuing, over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fixtures.card.apdu import SW, Command
from fixtures.card.content_management import Applet, carry_out, installing, loading
from fixtures.card.global_platform import (
    delete,
    get_data,
    install,
    install_for_extradition,
    install_for_install,
    install_for_load,
    install_for_personalization,
    key_block,
    loads,
    put_key,
    put_key_set,
    set_status,
    store_data,
)
from fixtures.card.global_platform_answers import (
    card_resources,
    confirmation,
    key_information,
)
from fixtures.card.global_platform_values import (
    DataFormat,
    Install,
    Kind,
    Privilege,
    Subset,
    lv,
    privileges,
    tlv,
)
from fixtures.card.jpki import EF, JpkiCard
from fixtures.card.load_file import as_load_file, synthetic_block
from fixtures.card.scp03_keys import StaticKeys, cmac
from fixtures.card.secure_channel import SecureChannel
from suites.selfcheck.phone_card import (
    ISSUER,
    JPKI,
    KEYS,
    STATEMENT,
    PhoneCard,
    entries,
    phone_card,
)

PACKAGE, MODULE = bytes.fromhex("F0000000A900"), bytes.fromhex("F0000000A90001")
INSTANCE = bytes.fromhex("F0000000A9000101")
DOMAIN_PACKAGE, DOMAIN_MODULE = bytes.fromhex("A0000001515350"), bytes.fromhex("A000000151535041")
DOMAIN = bytes.fromhex("F0000000D001")
PROVIDER = bytes.fromhex("D392F00026FF00000001")
ARA_M = bytes.fromhex("A00000015141434C00")
OWN = StaticKeys(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)))
TOKEN_KEY, RECEIPT_KEY = bytes([0x70]) * 16, bytes([0x71]) * 16
UNKNOWN = Applet(
    "9", PACKAGE, MODULE, INSTANCE, as_load_file(synthetic_block(PACKAGE, (MODULE,), 1_000))
)
PLAIN = 247


@pytest.fixture(scope="module")
def reference() -> Iterator[PhoneCard]:
    with phone_card() as card:
        yield card


@pytest.fixture
def card(reference: PhoneCard) -> PhoneCard:
    reference.target.renew()
    reference.reset()
    return reference


# --- delegated management --------------------------------------------------------------------


@pytest.fixture
def delegated(card: PhoneCard) -> SecureChannel:
    """A session with a domain that needs a token for every step."""
    issuer = card.domain(level=0x33)
    held = privileges(Privilege.SECURITY_DOMAIN | Privilege.DELEGATED_MANAGEMENT)
    assert issuer.send(install_for_install(DOMAIN_PACKAGE, DOMAIN_MODULE, DOMAIN, held=held)).ok
    for version, key in ((0x70, TOKEN_KEY), (0x71, RECEIPT_KEY)):
        assert issuer.send(put_key(version, [key_block(key, KEYS)])).ok
    own = card.domain(DOMAIN, level=0x33)
    assert own.send(put_key_set(0x30, OWN, KEYS)).ok
    own = card.domain(DOMAIN, OWN)
    assert own.send(set_status(Kind.APPLICATION, 0x0F, DOMAIN)).ok
    return own


def with_token(command: Command, key: bytes = TOKEN_KEY) -> Command:
    """INSTALL whose last field, empty so far, becomes the token."""
    covered = command.data[:-1]
    head = bytes((command.p1, command.p2)) + bytes((len(covered),))
    return replace(command, data=covered + lv(cmac(key, head + covered)))


def deletion(aid: bytes, key: bytes = TOKEN_KEY) -> Command:
    plain = delete(aid)
    head = bytes((plain.p1, plain.p2, len(plain.data)))
    return delete(aid, more=tlv(0x9E, cmac(key, head + plain.data)))


def test_every_step_with_its_token_and_a_receipt_for_it(delegated: SecureChannel):
    count = 0
    steps = [
        (with_token(install_for_load(PACKAGE, DOMAIN, UNKNOWN.digest())), None),
        *((command, None) for command in loads(UNKNOWN.load_file, PLAIN)),
        (with_token(installing(UNKNOWN)), lv(PACKAGE) + lv(INSTANCE)),
        (deletion(INSTANCE), lv(INSTANCE)),
        (deletion(PACKAGE), lv(PACKAGE)),
    ]
    loaded = len(steps) - 4
    steps[loaded] = (steps[loaded][0], lv(PACKAGE) + lv(DOMAIN))
    for command, told in steps:
        answer = delegated.send(command)
        assert answer.ok, f"{command!r} {answer.sw:04X}"
        found = confirmation(answer.data)
        assert (found is None) is (told is None)
        if found is not None and told is not None:
            count += 1
            assert found.counter == count
            covered = lv(count.to_bytes(2, "big")) + lv(found.domain_data) + told
            assert found.receipt == cmac(RECEIPT_KEY, covered)


def test_without_a_token_or_with_a_wrong_one_nothing_happens(delegated: SecureChannel):
    plain = install_for_load(PACKAGE, DOMAIN, UNKNOWN.digest())
    assert delegated.send(plain).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    wrong = with_token(plain, RECEIPT_KEY)
    assert delegated.send(wrong).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    other = with_token(replace(plain, p1=Install.LOAD | 0x04))
    moved = replace(other, p1=plain.p1)
    assert delegated.send(moved).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    assert delegated.send(deletion(DOMAIN, bytes(16))).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    assert not entries(delegated, Subset.LOAD_FILES)


def test_a_token_does_not_make_a_stranger_the_owner(card: PhoneCard, delegated: SecureChannel):
    assert delegated.send(deletion(JPKI)).sw == SW.CONDITIONS_NOT_SATISFIED
    moving = with_token(install_for_extradition(DOMAIN, JPKI))
    assert delegated.send(moving).sw == SW.CONDITIONS_NOT_SATISFIED
    assert card.select(JPKI).ok


def test_without_a_key_for_tokens_none_is_right(card: PhoneCard):
    issuer = card.domain(level=0x33)
    held = privileges(Privilege.SECURITY_DOMAIN | Privilege.DELEGATED_MANAGEMENT)
    assert issuer.send(install_for_install(DOMAIN_PACKAGE, DOMAIN_MODULE, DOMAIN, held=held)).ok
    own = card.domain(DOMAIN)
    order = with_token(install_for_load(PACKAGE, DOMAIN), bytes(16))
    assert own.send(order).sw == SW.CONDITIONS_NOT_SATISFIED


def test_delegated_and_authorised_management_exclude_each_other(card: PhoneCard):
    both = Privilege.SECURITY_DOMAIN | Privilege.DELEGATED_MANAGEMENT
    for other in (
        Privilege.AUTHORIZED_MANAGEMENT,
        Privilege.TOKEN_VERIFICATION,
        Privilege.RECEIPT_GENERATION,
    ):
        made = install_for_install(
            DOMAIN_PACKAGE, DOMAIN_MODULE, DOMAIN, held=privileges(both | other)
        )
        assert card.domain().send(made).sw == SW.WRONG_DATA


# --- registry update, privileges -------------------------------------------------------------


def update(aid: bytes, held: bytes, parameters: bytes = b"") -> Command:
    return install(Install.REGISTRY_UPDATE, b"", b"", aid, held, parameters, b"")


def test_a_registry_update_gives_and_takes_privileges(card: PhoneCard):
    channel = card.domain()
    lock = privileges(Privilege.CARD_LOCK)
    assert channel.send(update(JPKI, lock)).ok
    assert {e.aid: e.privileges for e in entries(channel, Subset.APPLICATIONS)}[JPKI] == int(
        Privilege.CARD_LOCK
    )
    assert channel.send(update(JPKI, privileges(Privilege(0)))).ok
    for wrong in (Privilege.SECURITY_DOMAIN, Privilege.AUTHORIZED_MANAGEMENT):
        assert channel.send(update(JPKI, privileges(wrong))).sw == SW.WRONG_DATA


def test_card_reset_makes_the_default_application(card: PhoneCard):
    """It is selected by a reset; nobody else has the privilege then."""
    channel = card.domain()
    assert carry_out(channel.send, loading(UNKNOWN, PLAIN)).ok
    late = installing(UNKNOWN, held=privileges(Privilege.CARD_RESET), make_selectable=False)
    assert channel.send(late).sw == SW.WRONG_DATA
    assert channel.send(installing(UNKNOWN, held=privileges(Privilege.CARD_RESET))).ok
    card.reset()
    assert card.send(get_data(0xE0)).sw == SW.INS_NOT_SUPPORTED
    channel = card.domain()
    (issuer,) = entries(channel, Subset.ISSUER_DOMAIN)
    assert issuer.privileges is not None
    assert not issuer.privileges & Privilege.CARD_RESET


def test_an_application_is_implicitly_selected_on_its_channel(card: PhoneCard):
    channel = card.domain()
    assert carry_out(channel.send, loading(UNKNOWN, PLAIN)).ok
    implicit = tlv(0xEF, tlv(0xCF, b"\x41"))
    assert channel.send(installing(UNKNOWN, parameters=implicit)).ok
    assert card.open() == 1
    assert card.send(get_data(0xE0), 1).sw == SW.INS_NOT_SUPPORTED
    assert card.open() == 2
    assert card.send(get_data(0xE0), 2).ok


# --- ARA-M -----------------------------------------------------------------------------------

RULE = tlv(0xE2, tlv(0xE1, tlv(0x4F, JPKI) + tlv(0xC1, bytes(20))) + tlv(0xE3, b"\xd0\x01\x01"))
STORE = Command(0x80, 0xE2, 0x90, 0x00, tlv(0xF0, RULE))


def test_rules_are_changed_in_a_session_and_read_by_anybody(card: PhoneCard):
    number = card.open()
    assert card.select(ARA_M, number).ok
    assert card.send(get_data(0xFF40), number).sw == SW.REFERENCED_DATA_NOT_FOUND
    tag = card.send(get_data(0xDF20), number).data
    assert card.send(STORE, number).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    channel = card.authenticated(number=number, level=0x33)
    assert channel.send(STORE).ok
    card.select(ARA_M, number)
    assert card.send(get_data(0xFF40), number).data == tlv(0xFF40, RULE)
    assert card.send(get_data(0xDF20), number).data != tag


def test_rules_come_through_the_issuer_too(card: PhoneCard):
    channel = card.domain()
    assert channel.send(install_for_personalization(ARA_M)).ok
    assert channel.send(store_data(tlv(0xF0, RULE), 0, last=True)).ok
    card.select(ARA_M, card.open())
    assert card.send(get_data(0xFF40), 1).data == tlv(0xFF40, RULE)
    assert channel.send(install_for_personalization(ARA_M)).ok
    assert channel.send(store_data(b"\xf0\x05\xe2", 0, last=True)).sw == SW.WRONG_DATA
    assert card.send(get_data(0xFF40), 1).data == tlv(0xFF40, RULE)


def test_long_rules_come_in_pieces_of_their_own(card: PhoneCard):
    card.select(ARA_M)
    channel = card.authenticated()
    for at in range(9):
        told = RULE.replace(bytes(20), bytes((at,)) * 20)
        assert channel.send(replace(STORE, data=tlv(0xF0, told))).ok
    card.select(ARA_M)
    first = card.send(get_data(0xFF40))
    rest = card.send(get_data(0xFF60))
    assert (first.sw, len(first.data), rest.sw) == (SW.OK, 256, SW.OK)
    assert card.send(get_data(0xFF60)).sw == SW.CONDITIONS_NOT_SATISFIED


def test_the_ara_m_can_be_deleted_and_its_rules_with_it(card: PhoneCard):
    channel = card.domain()
    assert channel.send(install_for_personalization(ARA_M)).ok
    assert channel.send(store_data(tlv(0xF0, RULE), 0, last=True)).ok
    assert channel.send(delete(ARA_M)).ok
    assert card.select(ARA_M, card.open()).sw == SW.FILE_NOT_FOUND
    made = install_for_install(ARA_M[:8], ARA_M, ARA_M)
    assert channel.send(made).ok
    assert card.select(ARA_M, 1).ok
    assert card.send(get_data(0xFF40), 1).sw == SW.REFERENCED_DATA_NOT_FOUND


# --- issuing ---------------------------------------------------------------------------------


def issued_by_commands(card: PhoneCard) -> None:
    """From the bare chip to the card before its holder's data: domain, keys, applet, states."""
    jpki = Applet("jpki", JPKI[:8], JPKI, JPKI, card.target.load_file())
    card.target.make_bare()
    card.reset()
    issuer = card.domain(level=0x33)
    held = privileges(Privilege.SECURITY_DOMAIN)
    assert issuer.send(install_for_install(DOMAIN_PACKAGE, DOMAIN_MODULE, PROVIDER, held=held)).ok
    provider = card.domain(PROVIDER, level=0x33)
    assert provider.send(put_key_set(0x30, KEYS, KEYS)).ok
    assert provider.send(set_status(Kind.APPLICATION, 0x0F, PROVIDER)).ok
    issuer = card.domain(level=0x33)
    assert carry_out(issuer.send, loading(jpki, 200, domain=PROVIDER)).ok
    assert issuer.send(installing(jpki)).ok
    for state in (0x07, 0x0F):
        assert issuer.send(set_status(Kind.ISSUER_DOMAIN, state)).ok
    provider = card.domain(PROVIDER, level=0x33)
    assert provider.send(install_for_personalization(JPKI)).ok
    key = b"\x81\x01\x10" + KEYS.sealed(STATEMENT.secret("administrator_key"))
    assert provider.send(store_data(key, 0, last=True, form=DataFormat.DGI, encrypted=True)).ok


def told(card: PhoneCard) -> list[object]:
    """What the registry, the domains and memory say."""
    channel = card.domain()
    found: list[object] = []
    for subset in (Subset.ISSUER_DOMAIN, Subset.APPLICATIONS, Subset.LOAD_FILES_AND_MODULES):
        found += entries(channel, subset)
    for aid in (ISSUER, PROVIDER):
        card.select(aid)
        found += key_information(card.send(get_data(0xE0)).data)
    return [*found, card_resources(card.send(get_data(0xFF21)).data)]


def test_a_card_issued_by_commands_equals_the_one_that_is_delivered(card: PhoneCard):
    """But for the numbers that its own generator drew."""
    delivered = told(card)
    issued_by_commands(card)
    card.target.personalise()
    assert told(card) == delivered
    applet = JpkiCard(card.target.open(card.path))
    applet.select_ap()
    for key, pin, name in (
        (EF.USER_KEY, EF.USER_PIN, "user_pin"),
        (EF.SIGNATURE_KEY, EF.PASSWORD, "password"),
    ):
        assert applet.verify(pin, STATEMENT.secret(name)).ok
        assert applet.sign(key, b"abc").ok
    assert applet.read_file(EF.USER_CERTIFICATE).ok
