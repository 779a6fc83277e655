"""A second opinion on the whole card: the host of yubikit (yubikey-manager) manages its keys.

What it does to a domain that stands alone is in ``test_scp03_yubikit.py``; here there is a platform
between, with selection, chaining of answers and a registry.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from yubikit.core import TRANSPORT
from yubikit.core.smartcard import ApduError, SmartCardConnection
from yubikit.core.smartcard.scp import KeyRef, Scp03KeyParams, StaticKeys
from yubikit.securitydomain import SecurityDomainSession

from suites.selfcheck.phone_card import KEYS, PhoneCard, phone_card

OURS = StaticKeys(KEYS.enc, KEYS.mac, KEYS.dek)
NEW = StaticKeys(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)))


class Pipe(SmartCardConnection):
    """Bytes to the card and back."""

    def __init__(self, card: PhoneCard) -> None:
        self.card = card

    @property
    def transport(self) -> TRANSPORT:
        """With NFC it keeps to short commands."""
        return TRANSPORT.NFC

    def send_and_receive(self, apdu: bytes) -> tuple[bytes, int]:
        answer = self.card.transmit(apdu)
        return answer[:-2], int.from_bytes(answer[-2:], "big")


@pytest.fixture
def card() -> Iterator[PhoneCard]:
    with phone_card() as card:
        yield card


def session(card: PhoneCard, keys: StaticKeys = OURS, version: int = 0x30) -> SecurityDomainSession:
    opened = SecurityDomainSession(Pipe(card))
    opened.authenticate(Scp03KeyParams(KeyRef(1, version), keys))
    return opened


def test_it_finds_the_keys_and_the_card_data(card: PhoneCard):
    keys = session(card).get_key_information()
    assert set(keys) == {KeyRef(identifier, 0x30) for identifier in (1, 2, 3)}
    assert session(card).get_card_recognition_data()


def test_it_puts_a_key_set_and_removes_the_old_one(card: PhoneCard):
    session(card).put_key(KeyRef(1, 0x31), NEW)
    later = session(card, NEW, 0x31)
    later.delete_key(kid=0, kvn=0x30)
    assert {key.kvn for key in session(card, NEW, 0x31).get_key_information()} == {0x31}
    with pytest.raises(ApduError, match="6985"):
        session(card, NEW, 0x31).delete_key(kid=0, kvn=0x31)


def test_a_wrong_key_is_told_apart(card: PhoneCard):
    with pytest.raises(Exception, match="Incorrect SCP parameters"):
        session(card, NEW)
