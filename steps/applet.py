"""What a terminal does with the application as a whole: selection, power, probes."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Response
from fixtures.card.jpki import EF
from fixtures.outcome import Inconclusive
from steps.terminal import Terminal, assert_refused, assert_sw
from suites.applet import probes


@given("a terminal that has selected the JPKI application", target_fixture="terminal")
def terminal(bench: Bench) -> Terminal:
    bench.bring_to_known_state()
    return Terminal(bench)


@given("a terminal that has selected the application of a plastic card", target_fixture="terminal")
def plastic(card_bench: Bench) -> Terminal:
    return terminal(card_bench)


@given("the terminal has selected EF 0006")
def selected_token(terminal: Terminal) -> None:
    assert_sw(terminal.card.select_ef(EF.TOKEN_INFORMATION), SW.OK)


@when("the terminal selects the application again")
def reselects(terminal: Terminal) -> None:
    assert_sw(terminal.card.select_ap(), SW.OK)


@when("the card loses its power and comes back")
def loses_power(terminal: Terminal) -> None:
    """A power cycle ends in SELECT; what SELECT alone does is not blamed on the power."""
    if "tries" in terminal.notes:
        terminal.card.select_ap()
        if terminal.tries("user PIN") != terminal.notes["tries"]:
            raise Inconclusive("SELECT alone gives tries back; see JPKI-PIN-01")
    terminal.card.power_cycle()


@when("the card loses its power and nothing is selected")
def loses_power_only(terminal: Terminal) -> None:
    terminal.card.channel.reset()


@when("the terminal reads with no file selected")
def reads_nothing(terminal: Terminal) -> None:
    terminal.heard(terminal.card.read())


@then("no command of the application is executed")
def nothing_executed(terminal: Terminal) -> None:
    for name, command in probes.APPLICATION_COMMANDS.items():
        response = terminal.card.send(command)
        assert response.sw != SW.OK, f"{name} was executed"
        assert not response.data, f"{name} gave data"


@when("a terminal probes for 27 foreign applications")
def probes_foreign(terminal: Terminal) -> None:
    for aid in probes.FOREIGN_AIDS:
        terminal.heard(terminal.card.select_ap(p2=0x00, aid=aid))


@then(parsers.parse("each of them is refused with {sw:x}"))
def each_refused(terminal: Terminal, sw: int) -> None:
    for response in terminal.answers:
        assert_refused(response, sw)


@then("the JPKI application can still be selected")
def still_there(terminal: Terminal) -> None:
    for p2, le in ((0x0C, None), (0x00, None), (0x00, 256)):
        assert_sw(terminal.card.select_ap(p2, le=le), SW.OK)
    assert not terminal.card.select_ap().data


@when("unknown instructions, classes and files are sent", target_fixture="unknown")
def sends_unknown(terminal: Terminal) -> list[tuple[str, Response, tuple[int, ...]]]:
    return [(name, terminal.card.send(c), words) for name, c, words in probes.UNKNOWN]


@then("each has the status word of its kind")
def words_of_kind(unknown: list[tuple[str, Response, tuple[int, ...]]]) -> None:
    for name, response, words in unknown:
        told = " or ".join(f"{word:04X}" for word in words)
        assert response.sw in words, f"{name}: got {response.sw:04X}, want {told}"
        assert not response.data, f"{name}: data came with the refusal"
