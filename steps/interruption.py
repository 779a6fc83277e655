"""Cutting the power at every write of a command, and looking at what came back.

Each outcome is one cut: the card is brought to the same state, the command is sent, the supply
fails after so many pages, the card is switched on again and looked at.
"""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from fixtures.card.apdu import Command
from fixtures.card.jpki import EF, another
from fixtures.effort import Effort
from fixtures.outcome import Inconclusive
from steps.terminal import Terminal
from suites.applet.tearing import Outcome, cut_everywhere

GENERATE = Command(0x00, 0x46, 0x80, 0x00, le=65_536, extended=True)


def new_pin(terminal: Terminal) -> bytes:
    """Neither the right one nor the wrong one."""
    return another(terminal.wrong("user PIN"))


def verify_command(value: bytes) -> Command:
    return Command(0x00, 0x20, 0x00, 0x80 | EF.USER_PIN.sfi, value)


@when(
    parsers.re(
        "the power fails at every write of a VERIFY with (the|a) (?P<kind>right|wrong) user PIN"
    ),
    target_fixture="outcomes",
)
def cut_verify(terminal: Terminal, effort: Effort, kind: str) -> list[Outcome]:
    value = terminal.right("user PIN") if kind == "right" else terminal.wrong("user PIN")
    return cut_everywhere(terminal.bench, [], verify_command(value), effort.torn_positions)


@then("somewhere on its way the try was paid and not yet given back")
def paid(terminal: Terminal, outcomes: list[Outcome]) -> None:
    tries = told_tries(outcomes)
    a_paid_try_stays_paid(terminal)
    assert tries[0] - 1 in tries, f"tries left by cut: {tries}; it compares before it pays"


@then("the tries left are all or one less, and never more once they were fewer")
def never_refunded(terminal: Terminal, outcomes: list[Outcome]) -> None:
    tries = told_tries(outcomes)
    a_paid_try_stays_paid(terminal)
    assert set(tries) <= {tries[0], tries[0] - 1}, f"tries left by cut: {tries}"
    assert tries == sorted(tries, reverse=True), f"a later cut leaves more tries: {tries}"
    assert tries[-1] == tries[0] - 1, f"undisturbed, the guess left {tries[-1]} of {tries[0]} tries"


def told_tries(outcomes: list[Outcome]) -> list[int]:
    """Tries left by cut; ``Inconclusive`` where the card does not tell them."""
    tries = [outcome.tries for outcome in outcomes if outcome.tries is not None]
    if len(tries) < len(outcomes):
        raise Inconclusive("the tries left cannot be asked reliably; see JPKI-J-03")
    return tries


def a_paid_try_stays_paid(terminal: Terminal) -> None:
    """``Inconclusive`` when SELECT or an undisturbed power cycle already gives a try back."""
    terminal.bench.renew()
    terminal.card.power_cycle()
    terminal.enter("user PIN", terminal.wrong("user PIN"))
    before = terminal.tries("user PIN")
    terminal.card.power_cycle()
    if terminal.tries("user PIN") != before:
        raise Inconclusive("tries come back without a cut; see JPKI-PIN-01, JPKI-J-10")


@then("after each failure the user key refuses to sign")
def shut(outcomes: list[Outcome]) -> None:
    opened = [outcome.after for outcome in outcomes if outcome.user_key_signs]
    assert not opened, f"the key still signs after a cut at page {opened}"


@when("the power fails at every write of a change of the user PIN", target_fixture="outcomes")
def cut_change(terminal: Terminal, effort: Effort) -> list[Outcome]:
    """The holder's change, from full tries."""
    prepare = [verify_command(terminal.right("user PIN"))]
    command = Command(0x00, 0x24, 0x01, 0x80 | EF.USER_PIN.sfi, new_pin(terminal))
    return cut_everywhere(terminal.bench, prepare, command, effort.torn_positions)


@when(
    "the power fails at every write of an unblocking with two tries left",
    target_fixture="outcomes",
)
def cut_unblock(terminal: Terminal, effort: Effort) -> list[Outcome]:
    prepare = [verify_command(terminal.wrong("user PIN"))]
    command = Command(0x00, 0x2C, 0x02, 0x80 | EF.USER_PIN.sfi, new_pin(terminal))
    most = effort.torn_positions
    return cut_everywhere(terminal.bench, prepare, command, most, administrator=True)


@then("the old PIN with its tries or the new PIN with all tries is in force")
def old_or_new(terminal: Terminal, outcomes: list[Outcome]) -> None:
    """What "its" and "all" are, the first and the last cut show: nothing and all was done."""
    right = terminal.right("user PIN")
    tries = told_tries(outcomes)
    old, new = (tries[0], True, False), (tries[-1], False, True)
    if not outcomes[-1].accepts(new_pin(terminal)):
        raise Inconclusive("even undisturbed the new PIN is not in force; see JPKI-PIN-01")
    for outcome in outcomes:
        state = (outcome.tries, outcome.accepts(right), outcome.accepts(new_pin(terminal)))
        told = f"cut after {outcome.after} pages: tries, old accepted, new accepted = {state}"
        assert state in (old, new), told


@when("the power fails at writes of a key generation", target_fixture="outcomes")
def cut_generation(terminal: Terminal, effort: Effort) -> list[Outcome]:
    prepare = [Command(0x00, 0xA4, 0x02, 0x0C, EF.USER_KEY.to_bytes(2, "big"))]
    most = effort.torn_positions
    return cut_everywhere(terminal.bench, prepare, GENERATE, most, administrator=True)


@then("the old key with its certificate or the new key without one is there")
def old_or_new_key(terminal: Terminal, outcomes: list[Outcome]) -> None:
    old = outcomes[0]
    if not old.signs_with_its_key():
        raise Inconclusive("the key does not sign properly even undisturbed; see JPKI-SIG-01")
    if outcomes[-1].public_key == old.public_key:
        raise Inconclusive("a new key pair is the old one again; see REQ-1-1-a")
    for outcome in outcomes:
        if outcome.public_key == old.public_key:
            assert outcome.certificate == old.certificate, f"page {outcome.after}: certificate lost"
        else:
            assert not outcome.certificate, f"page {outcome.after}: new key, old certificate"
        assert outcome.signs_with_its_key(), f"page {outcome.after}: key broken"
