"""A phone's chip as it was issued, for every test anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.card.content_management import carry_out, loading
from fixtures.card.secure_channel import SecureChannel
from suites.selfcheck.phone_card import PhoneCard, phone_card
from suites.selfcheck.platform_content.scene import PLAIN, UNKNOWN


@pytest.fixture(scope="module")
def reference() -> Iterator[PhoneCard]:
    with phone_card() as card:
        yield card


@pytest.fixture
def card(reference: PhoneCard) -> PhoneCard:
    reference.target.renew()
    reference.reset()
    return reference


@pytest.fixture
def loaded(card: PhoneCard) -> SecureChannel:
    """A session, and a load file that nothing was made of yet."""
    channel = card.domain()
    assert carry_out(channel.send, loading(UNKNOWN, PLAIN)).ok
    return channel
