"""What JPKI does among neighbours, and the same without them: the answers must be equal.

A scene is a list of steps. ``play`` does them on a card in a known state, with or without those of
the neighbours, and looks at everything of JPKI that can be seen from outside. No rule says what the
answers should be, only that nobody else makes a difference (REQ-6-3-a).

A neighbour on a channel of its own is simply left out for the comparison. One that takes the
channel of JPKI ends what was selected there, which is its right; so JPKI is selected again after
it, and of such an *excursion* the selection alone stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Response
from fixtures.card.jpki import EF, JpkiCard, another
from fixtures.card.logical_channel import LogicalChannel
from fixtures.card.platform import Platform
from fixtures.outcome import Inconclusive, Violation
from fixtures.targets.port import AccessPath, Channel

RULE = "REQ-6-3-a"
SIGNED = bytes(range(32))
SEEN_FILES = (EF.TOKEN_INFORMATION, EF.USER_CA, EF.SIGNATURE_CA, EF.USER_CERTIFICATE)


@dataclass(frozen=True)
class Neighbour:
    """Something else that can be selected, and what it is spoken to with."""

    name: str
    aid: bytes
    exercise: tuple[bytes, ...]


@dataclass(frozen=True)
class Stage:
    """A card in a known state. JPKI has channel ``home``, neighbours have ``others``."""

    bench: Bench
    platform: Platform
    card: JpkiCard
    home: int
    home_channel: Channel
    others: tuple[Channel, ...]
    free: tuple[int, ...]  # the numbers of these


@dataclass(frozen=True)
class Step:
    """``jpki``: what JPKI answers, if it is spoken to; ``around``: what neighbours do before."""

    sentence: str
    jpki: Callable[[Stage], Response] | None = None
    around: Callable[[Stage], object] | None = None


@dataclass(frozen=True)
class Setting:
    """JPKI over ``path`` on the basic channel or one of its own, neighbours over ``beside``."""

    path: AccessPath
    beside: AccessPath
    own_channel: bool
    neighbours_channels: int = 2


# --- steps --------------------------------------------------------------------------------


def said(sentence: str, jpki: Callable[[JpkiCard, Bench], Response]) -> Step:
    """Something JPKI is asked."""
    return Step(sentence, lambda stage: jpki(stage.card, stage.bench))


JPKI_STEPS = {
    step.sentence: step
    for step in (
        said("the user PIN is entered", lambda c, b: c.verify(EF.USER_PIN, b.user_pin)),
        said("the password is entered", lambda c, b: c.verify(EF.PASSWORD, b.password)),
        said("the tries are asked", lambda c, _: c.tries_left(EF.USER_PIN)),
        said("the user certificate is read", lambda c, _: c.read_sfi(EF.USER_CERTIFICATE.sfi)),
        said("the user key signs", lambda c, _: c.sign(EF.USER_KEY, SIGNED)),
        said("the signature key signs", lambda c, _: c.sign(EF.SIGNATURE_KEY, SIGNED)),
        said("EF 000B is selected", lambda c, _: c.select_ef(EF.USER_CA)),
        said("the selected file is read on", lambda c, _: c.read(16, 16)),
        said("EF 0018 is selected", lambda c, _: c.select_ef(EF.USER_PIN)),
        said("the selected PIN is asked", lambda c, _: c.tries_left_current()),
        said("JPKI is selected again", lambda c, _: c.select_ap()),
    )
}
A_WRONG_PIN = said(
    "a wrong user PIN is entered", lambda c, b: c.verify(EF.USER_PIN, another(b.user_pin))
)
"""At most once in a scene: then every card has a try left for the right one."""


def beside(neighbour: Neighbour, slot: int) -> Step:
    """The neighbour is selected and exercised on a channel of its own."""

    def act(stage: Stage) -> None:
        exercised(stage.others[slot % len(stage.others)], neighbour)

    return Step(f"{neighbour.name} is selected and used beside, on channel {slot + 1}", around=act)


def excursion(neighbour: Neighbour) -> Step:
    """The neighbour takes the channel of JPKI, which is selected again afterwards."""
    return Step(
        f"{neighbour.name} is selected in place of JPKI and used, then JPKI again",
        jpki=lambda stage: stage.card.select_ap(),
        around=lambda stage: exercised(stage.home_channel, neighbour),
    )


def exercised(channel: Channel, neighbour: Neighbour) -> list[int]:
    """Select and use it; the status words, which are its own affair."""
    select = bytes((0x00, 0xA4, 0x04, 0x00, len(neighbour.aid))) + neighbour.aid + b"\x00"
    answers = [Response.parse(channel.transmit(select))]
    if answers[0].ok:
        answers += [Response.parse(channel.transmit(each)) for each in neighbour.exercise]
    return [answer.sw for answer in answers]


def reopened(slot: int) -> Step:
    """A channel of the neighbours is closed and opened again."""

    def act(stage: Stage) -> None:
        number = stage.free[slot % len(stage.free)]
        if number:  # the basic channel never closes
            stage.platform.close_channel(number)
            stage.platform.open_channel()

    return Step("a channel beside is closed and opened again", around=act)


# --- playing ------------------------------------------------------------------------------


def play(bench: Bench, setting: Setting, steps: Sequence[Step], *, alone: bool) -> list[Response]:
    """JPKI's answers, behind the tries it begins with and before all that can be seen of it at the
    end; ``alone``: nobody else acts."""
    stage = raised(bench, setting)
    answers = tries(stage)
    for step in steps:
        if step.around is not None and not alone:
            step.around(stage)
        if step.jpki is not None:
            answers.append(step.jpki(stage))
    return [*answers, *seen(stage)]


def seen(stage: Stage) -> list[Response]:
    """PIN states, files, and what both keys sign: all that JPKI shows at this moment."""
    card = stage.card
    files = [card.read_sfi(ef.sfi, 0, 32) for ef in SEEN_FILES]
    return [
        *tries(stage),
        *files,
        *(card.sign(key, SIGNED) for key in (EF.USER_KEY, EF.SIGNATURE_KEY)),
    ]


def tries(stage: Stage) -> list[Response]:
    """Of both PINs, without costing any."""
    return [stage.card.tries_left(ef) for ef in (EF.USER_PIN, EF.PASSWORD)]


def raised(bench: Bench, setting: Setting) -> Stage:
    """Power cycle, full counters, channels open, JPKI selected on its own."""
    raw, other = bench.channel_by(setting.path), bench.channel_by(setting.beside)
    raw.reset()
    platform = Platform(raw.transmit, bench.platform.keys)
    refreshed(JpkiCard(raw), bench)
    raw.reset()
    numbers = [platform.new_channel() for _ in range(setting.neighbours_channels)]
    home = numbers[0] if setting.own_channel else 0
    free = [0, *numbers[1:]] if setting.own_channel else numbers
    home_channel = LogicalChannel(raw, home)
    card = JpkiCard(home_channel)
    if not card.select_ap().ok:
        raise Inconclusive("JPKI cannot be selected on a card in its known state")
    if card.sign(EF.USER_KEY, SIGNED).ok:
        raise Inconclusive("a verification outlives a power cycle; see JPKI-J-10")
    others = tuple(LogicalChannel(other, number) for number in free)
    return Stage(bench, platform, card, home, home_channel, others, tuple(free))


def refreshed(card: JpkiCard, bench: Bench) -> None:
    """The right PINs restore the counters, at no cost of tries."""
    card.select_ap()
    for ef in (EF.USER_PIN, EF.PASSWORD):
        if card.verify(ef, bench.right(ef)).sw != SW.OK:
            raise Inconclusive(f"the right reference data of EF {ef:04X} is refused")
    card.select_ap()
    if card.sign(EF.USER_KEY, SIGNED).ok:
        raise Inconclusive("a verification outlives SELECT; see JPKI-J-01")


def compare(bench: Bench, setting: Setting, steps: Sequence[Step]) -> None:
    """``Violation`` where neighbours make a difference."""
    with_them = play(bench, setting, steps, alone=False)
    without = play(bench, setting, steps, alone=True)
    if with_them[:2] != without[:2]:
        raise Inconclusive("the right PINs do not bring both counters back; see JPKI-PIN-01, -02")
    if with_them != without and play(bench, setting, steps, alone=True) != without:
        raise Inconclusive("JPKI alone does not answer twice alike; neighbours are not to blame")
    for number, (got, want) in enumerate(zip(with_them, without, strict=True)):
        if got != want:
            told = [step.sentence for step in steps]
            raise Violation(RULE, _told(got), _told(want), f"{' · '.join(told)} (answer {number})")


def _told(answer: Response) -> str:
    return f"{answer.data[:8].hex().upper()}{'…' * (len(answer.data) > 8)} {answer.sw:04X}"
