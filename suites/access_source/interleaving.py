"""Readers and an app by turns, in any order: nothing that one of them proved serves another.

Two designs are allowed (ASI-06). A card may keep a state for each way, or one state that ends when
somebody else speaks; so after a turn of another speaker an earlier state is *in doubt* and both
answers are right. What is never right: a source that is not the true one, an administrator by
radio, a signature for a speaker who never entered the PIN when another one did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Command
from fixtures.card.jpki import EF, JpkiCard, cryptogram
from fixtures.outcome import Inconclusive, Violation
from fixtures.targets.port import AccessPath
from suites.access_source.model import TRUE
from suites.access_source.policy import ALLOWED, Operation

SIGNED = bytes(32)
OBSERVED = Command(0x00, 0xB0, 0x86, 0x00, le=1)  # READ BINARY of EF 0006: allowed to everybody


class Known(Enum):
    """What is known of a state that a speaker has earned."""

    NO = auto()
    YES = auto()
    IN_DOUBT = auto()  # somebody else spoke since


@dataclass
class Speaker:
    """One way to the card, and what was earned by it."""

    path: AccessPath
    card: JpkiCard
    selected: Known = Known.NO
    verified: Known = Known.NO
    ever_verified: bool = False

    def doubt(self) -> None:
        """Somebody else speaks."""
        if self.selected is Known.YES:
            self.selected = Known.IN_DOUBT
        if self.verified is Known.YES:
            self.verified = Known.IN_DOUBT

    def lose_power(self) -> None:
        self.selected = self.verified = Known.NO


@dataclass
class Walk:
    """A walk on a renewed card; ``commands`` counts what the applet was asked."""

    bench: Bench
    speakers: dict[AccessPath, Speaker] = field(init=False)
    story: list[str] = field(default_factory=list)
    commands: int = 0

    def __post_init__(self) -> None:
        self.bench.renew()
        self.speakers = {
            path: Speaker(path, JpkiCard(self.bench.channel_by(path)))
            for path in self.bench.statement.pixit.paths
        }
        self.bench.channel.reset()

    def turn(self, path: AccessPath, letter: str) -> None:
        """One speaker does one thing. Raises Violation, or Inconclusive where another rule broke.

        A walk goes on only where the answer was right.
        """
        speaker = self.speakers[path]
        self.story.append(f"{path}: {letter}")
        for other in self.speakers.values():
            if other is not speaker:
                other.doubt()
        LETTERS[letter](self, speaker)
        self.commands += 1
        self.look(speaker)

    def look(self, speaker: Speaker) -> None:
        """What the applet took the turn for, where it tells (``platform.source_view``)."""
        if speaker.selected is not Known.YES or not self.bench.statement.has(
            "platform.source_view"
        ):
            return
        speaker.card.send(OBSERVED)
        source = self.bench.last_source(speaker.path)
        if source and source not in TRUE[speaker.path]:
            wanted = " or ".join(sorted(TRUE[speaker.path]))
            raise Violation("REQ-6-5-a", source, wanted, self.told)

    @property
    def told(self) -> str:
        return " · ".join(self.story)

    # --- letters -------------------------------------------------------------------------

    def selects(self, speaker: Speaker) -> None:
        if speaker.card.select_ap().ok:
            speaker.selected, speaker.verified = Known.YES, Known.NO

    def verifies(self, speaker: Speaker) -> None:
        """The right PIN; never a wrong one, so that no walk can block anything."""
        answer = speaker.card.verify(EF.USER_PIN, self.bench.user_pin)
        if answer.ok:
            speaker.selected = speaker.verified = Known.YES
            speaker.ever_verified = True
        elif speaker.selected is Known.YES:
            raise Inconclusive(f"the right PIN is refused ({answer.sw:04X}); see JPKI-PIN-01")

    def signs(self, speaker: Speaker) -> None:
        answer = speaker.card.sign(EF.USER_KEY, SIGNED)
        if answer.ok and not speaker.ever_verified:
            if not any(other.ever_verified for other in self.speakers.values()):
                raise Inconclusive("the key signs without any PIN; see JPKI-J-02")
            raise Violation("REQ-6-5-d", answer.sw, SW.SECURITY_STATUS_NOT_SATISFIED, self.told)
        if not answer.ok and speaker.verified is Known.YES:
            raise Inconclusive(f"the key refuses after VERIFY ({answer.sw:04X}); see JPKI-J-02")
        if speaker.verified is Known.IN_DOUBT:
            speaker.verified = Known.YES if answer.ok else Known.NO

    def asks(self, speaker: Speaker) -> None:
        speaker.card.tries_left(EF.USER_PIN)

    def administers(self, speaker: Speaker) -> None:
        """A proof that is right, of a challenge asked by the same way."""
        challenge = speaker.card.challenge()
        if not challenge.ok:
            return
        proof = cryptogram(self.bench.administrator_key, challenge.data)
        answer = speaker.card.external_authenticate(proof)
        allowed = speaker.path in ALLOWED[Operation.ADMINISTER]
        if answer.ok and not allowed:
            raise Violation("REQ-6-5-d", answer.sw, SW.SECURITY_STATUS_NOT_SATISFIED, self.told)
        if allowed and not answer.ok and speaker.selected is Known.YES:
            raise Inconclusive(f"the administrator is refused ({answer.sw:04X}); see JPKI-PIN-01")

    def loses_power(self, speaker: Speaker) -> None:
        speaker.card.channel.reset()
        for one in self.speakers.values():
            one.lose_power()


LETTERS: dict[str, Callable[[Walk, Speaker], None]] = {
    "SELECT": Walk.selects,
    "VERIFY": Walk.verifies,
    "sign": Walk.signs,
    "tries left": Walk.asks,
    "administrator": Walk.administers,
    "power cycle": Walk.loses_power,
}


def play(bench: Bench, turns: Sequence[tuple[AccessPath, str]]) -> int:
    """A whole walk; how many commands were judged."""
    walk = Walk(bench)
    for path in walk.speakers:
        walk.turn(path, "SELECT")
    for path, letter in turns:
        walk.turn(path, letter)
    return walk.commands
