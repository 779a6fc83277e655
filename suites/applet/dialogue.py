"""Dialogues: sequences of steps played on a card and on the model side by side.

A step is one thing a terminal or holder does, with a sentence as its name. ``play`` brings the
card to a known state, does the steps, and at the end looks at everything that can be seen from
outside (counters, protected files, both keys). The first disagreement is a ``Mismatch`` that
names the observation and the requirement.

A mismatch seen after a long dialogue may have its cause early in it, and then the rule blamed
last is the wrong one. So ``minimise`` leaves out steps for as long as the same observation still
disagrees; what remains is the story, and its requirement is the one reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Command, Response
from fixtures.card.jpki import EF, JpkiCard, another
from suites.applet.model import START, CardModel, Expected

UNKNOWN_FILE = 0x00FF
NAME = {EF.USER_PIN: "user PIN", EF.PASSWORD: "password"}
SIGNED = bytes.fromhex("3031300D060960864801650304020105000420") + bytes(32)


class Mismatch(Exception):  # noqa: N818  a disagreement, not an error of ours
    """Card and model disagree."""

    def __init__(self, observation: str, requirement: str, got: int, want: int) -> None:
        super().__init__(f"{observation}: got {got:04X}, want {want:04X}")
        self.observation = observation
        self.requirement = requirement
        self.got = got
        self.want = want


@dataclass
class World:
    """Card and model, side by side."""

    bench: Bench
    card: JpkiCard
    model: CardModel

    def agree(self, observation: str, response: Response, expected: Expected) -> None:
        if response.sw != expected.sw:
            rule = blamed(response.sw, expected)
            raise Mismatch(observation, rule, response.sw, expected.sw)


@dataclass(frozen=True)
class Step:
    """One thing that is done, by the sentence that tells it."""

    sentence: str
    act: Callable[[World], None]


@dataclass(frozen=True)
class Story:
    """A mismatch with the shortest dialogue found that shows it."""

    requirement: str
    observation: str
    got: int
    want: int
    steps: tuple[str, ...]

    def __str__(self) -> str:
        told = " · ".join(self.steps) or "a freshly selected application"
        words = f"got {self.got:04X}, want {self.want:04X}"
        return f"{self.requirement}: {self.observation}: {words} after {told}"


def blamed(got: int, expected: Expected) -> str:
    """The requirement a disagreement is about, from the kind of answer that came instead."""
    if got & 0xFF00 == SW.BYTES_REMAINING and expected.sw == SW.OK:
        return "JPKI-J-05"
    return expected.requirement


# --- steps --------------------------------------------------------------------------------


def enter(ef: EF, *, right: bool) -> Step:
    def act(world: World) -> None:
        touched_by = world.model.pins[ef].tries_by
        response = world.card.verify(ef, candidate(world, ef, right))
        expected = world.model.verify(ef, right=right)
        world.agree(f"VERIFY {NAME[ef]}", response, _counting(response, expected, touched_by))

    return Step(f"the {'right' if right else 'wrong'} {NAME[ef]} is entered", act)


def enter_selected(ef: EF, *, right: bool) -> Step:
    def act(world: World) -> None:
        world.agree("SELECT EF", world.card.select_ef(ef), world.model.select_ef(ef))
        touched_by = world.model.pins[ef].tries_by
        response = world.card.verify_current(candidate(world, ef, right))
        expected = _counting(response, world.model.verify(ef, right=right), touched_by)
        world.agree(f"VERIFY selected {NAME[ef]}", response, expected)

    return Step(f"the {'right' if right else 'wrong'} selected {NAME[ef]} is entered", act)


def candidate(world: World, ef: EF, right: bool) -> bytes:
    value = world.bench.right(ef)
    return value if right else another(value)


def _counting(response: Response, expected: Expected, touched_by: str) -> Expected:
    """A wrong number of tries, or none where there should be, was there before this VERIFY."""
    blocked_but_open = response.sw == SW.OK and expected.sw != SW.OK
    if response.tries_left is not None or blocked_but_open:
        return replace(expected, requirement=touched_by)
    return expected


def ask(*efs: EF) -> Step:
    def act(world: World) -> None:
        for ef in efs:
            ask_tries(world, ef)

    return Step("the tries left are asked", act)


def ask_tries(world: World, ef: EF) -> None:
    """The retry query; a wrong number is blamed on whatever touched the counter last.

    A number that is another one when asked again was changed by the asking.
    """
    touched_by = world.model.pins[ef].tries_by
    response, expected = world.card.tries_left(ef), world.model.query(ef)
    wrong_number = response.tries_left is not None and response.sw != expected.sw
    if wrong_number and world.card.tries_left(ef).sw == response.sw:
        expected = replace(expected, requirement=touched_by)
    world.agree(f"tries of the {NAME[ef]}", response, expected)


def _reselect(world: World) -> None:
    world.agree("SELECT by AID", world.card.select_ap(), world.model.select_ap())


def _power(world: World) -> None:
    """Before the application is selected again, nothing of the old state may be left."""
    world.card.channel.reset()
    world.model.power_cycle()
    for key in (EF.USER_KEY, EF.SIGNATURE_KEY):
        if (got := world.card.sign(key, SIGNED).sw) == SW.OK:
            raise Mismatch(
                "signature without SELECT", "JPKI-J-10", got, SW.CONDITIONS_NOT_SATISFIED
            )
    if (got := world.card.read(0, 1).sw) == SW.OK:
        raise Mismatch("READ BINARY without SELECT", "JPKI-J-10", got, SW.CONDITIONS_NOT_SATISFIED)
    selected = world.card.select_ap()
    world.agree("SELECT by AID", selected, Expected(SW.OK, "JPKI-J-09"))


def change(ef: EF) -> Step:
    def act(world: World) -> None:
        response = world.card.change(ef, world.bench.right(ef))
        world.agree(f"CHANGE {NAME[ef]}", response, world.model.change(ef))

    return Step(f"the {NAME[ef]} is changed", act)


def change_badly(ef: EF, new: bytes) -> Step:
    def act(world: World) -> None:
        state_by = world.model.pins[ef].state_by
        response = world.card.change(ef, new)
        expected = world.model.change(ef, well_formed=False)
        if response.sw == SW.SECURITY_STATUS_NOT_SATISFIED and state_by != START:
            expected = replace(expected, requirement=state_by)  # what was proved got lost
        world.agree(f"CHANGE {NAME[ef]} to a malformed value", response, expected)

    return Step(f"the {NAME[ef]} is changed to a malformed value", act)


def unblock(ef: EF) -> Step:
    def act(world: World) -> None:
        response = world.card.unblock(ef, world.bench.right(ef))
        world.agree(f"RESET RETRY COUNTER {NAME[ef]}", response, world.model.unblock(ef))

    return Step(f"the {NAME[ef]} is unblocked", act)


def _administrator(world: World) -> None:
    world.card.authenticate_administrator(world.bench.administrator_key)
    world.model.administrator = True


def select_file(fid: int) -> Step:
    def act(world: World) -> None:
        world.agree("SELECT EF", world.card.select_ef(fid), world.model.select_ef(fid))

    return Step(f"EF {fid:04X} is selected", act)


def _read_current(world: World) -> None:
    current = world.model.current
    expected = (
        Expected(SW.NO_CURRENT_EF, world.model.current_by)
        if current is None
        else world.model.read(current)
    )
    world.agree("READ BINARY of the selected EF", world.card.read(0, 1), expected)


def _sign_current(world: World) -> None:
    current = world.model.current
    if current in (EF.USER_KEY, EF.SIGNATURE_KEY):
        expected = world.model.sign(EF(current))
    else:
        word = SW.NO_CURRENT_EF if current is None else SW.INCOMPATIBLE_FILE
        expected = Expected(word, world.model.current_by if current is None else "JPKI-J-09")
    world.agree("signature with the current EF", world.card.sign_current(SIGNED), expected)


def _unknown_instruction(world: World) -> None:
    response = world.card.send(Command(0x00, 0xEE, 0x00, 0x00))
    world.agree("unknown INS", response, Expected(SW.INS_NOT_SUPPORTED, "JPKI-J-09"))


RESELECT = Step("the application is selected again", _reselect)
POWER_CYCLE = Step("the power goes and comes back", _power)
ADMINISTRATOR = Step("the administrator authenticates", _administrator)
READ_CURRENT = Step("the current EF is read", _read_current)
SIGN_CURRENT = Step("the current key signs", _sign_current)
UNKNOWN_INSTRUCTION = Step("an unknown instruction is sent", _unknown_instruction)

ALPHABET = {
    "V": enter(EF.USER_PIN, right=True),
    "w": enter(EF.USER_PIN, right=False),
    "P": enter(EF.PASSWORD, right=True),
    "p": enter(EF.PASSWORD, right=False),
    "R": RESELECT,
    "0": POWER_CYCLE,
    "Q": ask(EF.USER_PIN, EF.PASSWORD),
    "C": change(EF.USER_PIN),
}
"""The letters of the exhaustive tour."""


# --- playing ------------------------------------------------------------------------------


def begin(bench: Bench) -> World:
    """A card in a known state: as delivered where that can be had, else brought there.

    On a card that cannot be renewed the right PINs restore the counters and a power cycle ends
    the session; that costs no try.
    """
    if bench.statement.has("specimen.renew"):
        bench.renew()
    bench.bring_to_known_state()
    return World(bench, bench.card, CardModel(phone=bench.is_phone))


def observe(world: World) -> None:
    """Everything that can be seen from outside, before and after asking for the tries left."""
    _look(world, "", verified_only=False)
    for ef in (EF.USER_PIN, EF.PASSWORD):
        ask_tries(world, ef)
    _look(world, " after asking", verified_only=True)


def _look(world: World, when: str, *, verified_only: bool) -> None:
    for pin, certificate, key in (
        (EF.PASSWORD, EF.SIGNATURE_CERTIFICATE, EF.SIGNATURE_KEY),
        (EF.USER_PIN, EF.USER_CERTIFICATE, EF.USER_KEY),
    ):
        if verified_only and not world.model.pins[pin].verified:
            continue
        expected = world.model.read(certificate)
        world.agree(
            f"READ BINARY of EF {certificate:04X}{when}",
            world.card.read_sfi(certificate.sfi, 0, 1),
            expected,
        )
        world.model.current = certificate
        signed = world.card.sign(key, SIGNED)
        world.agree(f"signature with key {key:04X}{when}", signed, world.model.sign(key))


def play(bench: Bench, steps: Sequence[Step]) -> Mismatch | None:
    """Play the steps on a card in a known state; the first disagreement, or None."""
    world = begin(bench)
    try:
        for step in steps:
            step.act(world)
        observe(world)
    except Mismatch as mismatch:
        return mismatch
    return None


def minimise(bench: Bench, steps: Sequence[Step], mismatch: Mismatch) -> Story:
    """The shortest, mildest dialogue found in which the same observation still disagrees.

    Steps are left out; then a power cycle gives way to a SELECT, which it contains.
    """
    steps = list(steps)
    shorter = True
    while shorter:
        shorter = False
        for at in reversed(range(len(steps))):
            for instead in ([], [RESELECT]) if steps[at] is POWER_CYCLE else ([],):
                rest = [*steps[:at], *instead, *steps[at + 1 :]]
                again = play(bench, rest)
                if again is not None and again.observation == mismatch.observation:
                    steps, mismatch, shorter = rest, again, True
                    break
    names = tuple(step.sentence for step in steps)
    return Story(mismatch.requirement, mismatch.observation, mismatch.got, mismatch.want, names)


def contains(sequence: str, part: str) -> bool:
    """True when the letters of ``part`` stand in ``sequence`` in this order."""
    letters: Iterator[str] = iter(sequence)
    return all(letter in letters for letter in part)
