"""A command whose power fails at each of its writes in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixtures.card.apdu import SW
from fixtures.card.jpki import EF, parse_public_key
from suites.applet.signatures import encoded_block, recovered_block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.bench import Bench
    from fixtures.card.apdu import Command

PROBE = b"\x01"  # any data; the question is whether the key obeys


@dataclass(frozen=True)
class Outcome:
    """What a card shows after it lost its power ``after`` pages into a command."""

    after: int
    tries: int | None  # None: asking gives no number, or changes it (J-03)
    user_key_signs: bool  # without a new VERIFY
    accepted: tuple[bytes, ...]  # candidates it took, asked on copies of the moment
    public_key: bytes
    certificate: bytes
    signature: bytes

    def accepts(self, value: bytes) -> bool:
        return value in self.accepted

    def signs_with_its_key(self) -> bool:
        """True when the signature made afterwards belongs to the public key beside it."""
        key = parse_public_key(self.public_key)
        return bool(self.signature) and recovered_block(key, self.signature) == encoded_block(PROBE)


def cut_everywhere(
    bench: Bench,
    prepare: Sequence[Command],
    command: Command,
    most: int,
    *,
    administrator: bool = False,
) -> list[Outcome]:
    """Cut after 0, 1, … all pages of the command, ``most`` positions at the most, in order."""
    _bring_up(bench, prepare, administrator)
    pages = bench.writes_of(command)
    positions = range(pages + 1)
    if len(positions) > most:
        positions = [round(i * pages / (most - 1)) for i in range(most)]  # type: ignore[assignment]
    outcomes = []
    for after in positions:
        _bring_up(bench, prepare, administrator)
        bench.transmit_and_cut(command, after)
        outcomes.append(_look(bench, after, command.data))
    return outcomes


def _bring_up(bench: Bench, prepare: Sequence[Command], administrator: bool) -> None:
    bench.renew()
    bench.card.power_cycle()
    if administrator:
        bench.card.authenticate_administrator(bench.administrator_key)
    for command in prepare:
        bench.card.send(command)


def _look(bench: Bench, after: int, new: bytes) -> Outcome:
    card = bench.card
    card.power_cycle()
    signs = card.signature(EF.USER_KEY, PROBE).sw == SW.OK
    tries, again = (card.tries_left(EF.USER_PIN).tries_left for _ in range(2))
    candidates = dict.fromkeys((bench.user_pin, new))  # in this order, each once
    accepted = tuple(c for c in candidates if c and card.verify(EF.USER_PIN, c).ok)
    if accepted:
        card.verify(EF.USER_PIN, accepted[-1])
    certificate = card.read_file(EF.USER_CERTIFICATE)
    return Outcome(
        after=after,
        tries=tries if tries == again else None,
        user_key_signs=signs,
        accepted=accepted,
        public_key=card.public_key_object(EF.USER_KEY).data,
        certificate=certificate.data if certificate.ok else b"",
        signature=card.signature(EF.USER_KEY, PROBE).data,
    )
