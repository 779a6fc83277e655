"""Timing signatures by touch: from the field's coming to a signature that verifies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixtures.card.jpki import EF, JpkiCard
from fixtures.outcome import Inconclusive
from suites.applet.probes import certificate
from suites.applet.signatures import digest_info, verifies
from suites.timing.breakdown import NAMES, Parts
from suites.timing.measuring import enter_user_pin

if TYPE_CHECKING:
    from fixtures.bench import Bench
    from fixtures.card.apdu import Response
    from fixtures.targets.port import AccessPath, Breakdown, Channel

NS = 1e-9  # s


@dataclass
class Toucher:
    """Holds one model to the reader; ``key``: the public key of its user certificate."""

    bench: Bench
    key: object
    model: str

    @classmethod
    def of(cls, bench: Bench, model: str) -> Toucher:
        """With the key of the issued user certificate. ``Inconclusive`` where it cannot be had."""
        card = bench.card
        card.power_cycle()
        enter_user_pin(bench, card)
        try:
            key = certificate(card.read_file(EF.USER_CERTIFICATE).data).public_key()
        except AssertionError as error:
            raise Inconclusive(f"of the user certificate {error}; see JPKI-CERT-01") from None
        return cls(bench, key, model)

    def touches(self, path: AccessPath, count: int) -> list[Parts]:
        """The time of each touch by this way, in seconds, in the order they were made.

        ``Inconclusive`` where a step of one is refused, or a signature does not verify.
        """
        return [self.touch(path, f"{path} {n}") for n in range(count)]

    def touch(self, path: AccessPath, message: str) -> Parts:
        document = message.encode()
        card = JpkiCard(channel := _Clocked(self.bench, self.bench.channel_by(path)))
        before = self.bench.recorder.spent_ns
        channel.reset()
        _refused("SELECT", card.select_ap(), "JPKI-EF-01")
        _refused("the right PIN", card.verify(EF.USER_PIN, self.bench.user_pin), "JPKI-PIN-01")
        answer = card.sign(EF.USER_KEY, digest_info(document))
        total = (self.bench.recorder.spent_ns - before) * NS
        _refused("a signature", answer, "JPKI-SIG-01")
        if not verifies(self.key, answer.data, document):
            raise Inconclusive("a timed signature does not verify; see REQ-1-1-i")
        return channel.parts(total)


def _refused(what: str, answer: Response, requirement: str) -> None:
    if not answer.ok:
        raise Inconclusive(f"{what} is refused ({answer.sw:04X}); see {requirement}")


class _Clocked:
    """A channel that keeps where the time of its exchanges went, if the target tells."""

    def __init__(self, bench: Bench, channel: Channel) -> None:
        self._bench = bench
        self._channel = channel
        self._splits = bench.statement.has("timing.breakdown")
        self._lanes: list[Breakdown] = []

    def reset(self) -> bytes:
        return self._kept(self._channel.reset())

    def transmit(self, command: bytes, /) -> bytes:
        return self._kept(self._channel.transmit(command))

    def _kept(self, answer: bytes) -> bytes:
        if self._splits:
            self._lanes.append(self._bench.last_breakdown())
        return answer

    def parts(self, total: float) -> Parts:
        """NaN for each part where the target does not tell."""
        if not self._splits:
            return Parts(math.nan, math.nan, math.nan, math.nan, total)
        sums = {name: sum(getattr(lane, name) for lane in self._lanes) * NS for name in NAMES}
        return Parts(**sums, total=total)
