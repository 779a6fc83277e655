"""A power cut in every command of an installation."""

from __future__ import annotations

from fixtures.card.content_management import carry_out, issuing, removing
from suites.selfcheck.phone_card import PhoneCard
from suites.selfcheck.platform_content.scene import PLAIN, TRANSIT, free, registry


def test_power_may_fail_in_every_command_of_an_installation(card: PhoneCard):
    """Afterwards the card is as before the command or as after it, and memory adds up."""
    steps = [*issuing(TRANSIT, PLAIN), removing(TRANSIT)]
    for at in range(len(steps)):
        for after in (0, 1, 2, 4, 1_000):
            card.target.renew()
            card.reset()
            channel = card.domain()
            for step in steps[:at]:
                assert channel.send(step).ok
            before = registry(channel), free(card, card.open())
            wrapped = bytes(channel.session.wrap(steps[at]))
            card.target.transmit_and_cut(wrapped, after=after)
            card.reset()
            channel = card.domain()
            found = registry(channel), free(card, card.open())
            if found == before:
                continue
            card.target.renew()
            card.reset()
            channel = card.domain()
            assert carry_out(channel.send, steps[: at + 1]).ok
            assert found == (registry(channel), free(card, card.open()))
