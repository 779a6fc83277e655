"""The applet knows a reader from an app on every command, and acts on it (REQ-6-5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Command
from fixtures.card.jpki import EF, JpkiCard
from fixtures.effort import Effort
from fixtures.outcome import BenchError, Inconclusive, NotRun
from fixtures.targets.port import AccessPath, DeclaredChip
from fixtures.verdict import Finding, Findings, Verdict
from suites.access_source import both_types
from suites.access_source.forged import forged
from suites.access_source.interleaving import LETTERS, OBSERVED, SIGNED, play
from suites.access_source.model import LEAST, TRUE, View, judge_values, judge_views
from suites.access_source.policy import (
    ALLOWED,
    DENIED,
    PROBES,
    UNKNOWN,
    UNVERIFIED,
    Operation,
    Probe,
    judge_probe,
)
from suites.access_source.record import RecordError, judge_record, read_record

NEVER_REPORTED = 0xC0  # no medium of the Java Card API
OBSERVABLE = next(probe for probe in PROBES if probe.name.startswith("UPDATE BINARY"))
GATED = tuple(
    probe
    for probe in PROBES
    if probe.operation is not Operation.ADMINISTER or probe.name.startswith("EXTERNAL")
)
"""For the gate one command of the administrator stands for all: the row itself is REQ-6-5-d."""
KINDS_OF_GP_SE = 4  # technical verification deck p.3, p.34


@pytest.fixture
def sample(bench: Bench) -> Iterator[Bench]:
    """A bench whose target is the chip it was afterwards."""
    yield bench
    if bench.statement.has("platform.chip_profiles"):
        bench.deliver_protocol(None)
        bench.use_chip(None)


def speakers(bench: Bench) -> dict[AccessPath, JpkiCard]:
    """Every way to the card, each with the application selected, nothing proved by any."""
    cards = {path: JpkiCard(bench.channel_by(path)) for path in bench.statement.pixit.paths}
    bench.channel.reset()
    for card in cards.values():
        card.select_ap()
    return cards


def observed(bench: Bench, path: AccessPath, card: JpkiCard) -> View:
    """One harmless command by this way, and what the applet took it for."""
    card.send(OBSERVED)
    return View(path, "READ BINARY", bench.last_source(path))


def by_turns(bench: Bench) -> list[View]:
    """``LEAST`` commands by each way, the ways by turns: nothing may be left of the last one."""
    cards = speakers(bench)
    turns = islice(cycle(cards.items()), LEAST * len(cards))
    return [observed(bench, path, card) for path, card in turns]


# --- REQ-6-5-a: every command -------------------------------------------------------------


@pytest.mark.requirement("REQ-6-5-a")
@pytest.mark.needs("platform.access_source", "platform.source_view")
def test_every_command_is_taken_for_what_it_is(sample: Bench, findings: Findings):
    """Readers and an app by turns, 299 commands each (ASI-01, ASI-08)."""
    findings += judge_views("REQ-6-5-a", "by turns", by_turns(sample))


@pytest.mark.requirement("REQ-6-5-a")
@pytest.mark.needs("platform.access_source", "platform.source_view")
def test_nothing_in_a_command_makes_it_come_from_elsewhere(sample: Bench, findings: Findings):
    """All classes, channels, parameters, lengths, and data that name a source (ASI-03)."""
    views = []
    cards = speakers(sample)
    ways = cycle(cards.items())
    for name, raw in list(forged()) * len(cards):
        path, card = next(ways)
        if len(raw) >= sample.shortest_command:
            card.channel.transmit(raw)
            views.append(View(path, name, sample.last_source(path)))
        after = observed(sample, path, card)
        views.append(View(path, f"READ BINARY after {name}", after.source))
    findings += judge_views("REQ-6-5-a", "forged commands", views)


@pytest.mark.requirement("REQ-6-5-a", "REQ-6-5-d")
@pytest.mark.needs("platform.access_source", "pin.auth", "pin.unblock", "specimen.renew")
@pytest.mark.destructive
def test_any_order_of_speakers(sample: Bench, effort: Effort, seed: int, findings: Findings):
    """Random interleavings on all ways (ASI-05 to ASI-08): not one answer for the wrong source."""
    ways = sample.statement.pixit.paths
    judged = 0

    @seeded(seed)
    @settings(
        max_examples=effort.machine_walks * 2,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(
            st.tuples(st.sampled_from(ways), st.sampled_from(sorted(LETTERS))),
            min_size=effort.machine_steps // 2,
            max_size=effort.machine_steps,
        )
    )
    def walks(turns: list[tuple[AccessPath, str]]) -> None:
        nonlocal judged
        judged += play(sample, turns)

    walks()
    told = f"{judged} commands in random order, none answered for another source"
    for requirement in ("REQ-6-5-a", "REQ-6-5-d"):
        findings.append(Finding(requirement, Verdict.PASS, told, "any order", 0, 0, "commands"))


@pytest.mark.requirement("REQ-6-5-a")
@pytest.mark.needs("platform.access_source")
@pytest.mark.denied("platform.source_view")
def test_the_way_shows_in_what_is_refused(sample: Bench, findings: Findings):
    """Where the applet does not tell, an operation that is refused over radio tells (ASI-01)."""
    views = []
    cards = speakers(sample)
    for path, card in islice(cycle(cards.items()), LEAST * len(cards)):
        refused = card.send(OBSERVABLE.command).sw == DENIED
        radio = path in both_types.TYPES
        right = min(TRUE[path])
        views.append(View(path, OBSERVABLE.name, right if refused == radio else "another source"))
    findings += judge_views("REQ-6-5-a", "by what is refused", views)


# --- REQ-6-5-b: every kind of GP-SE -------------------------------------------------------


def values_taken(bench: Bench) -> dict[int, str]:
    """For every byte that the chip could report, what the applet takes a command for."""
    card = speakers(bench)[bench.path]
    seen = {}
    for value in range(0x100):
        bench.deliver_protocol(value)
        seen[value] = observed(bench, bench.path, card).source
    bench.deliver_protocol(None)
    return seen


@pytest.mark.requirement("REQ-6-5-b")
@pytest.mark.needs("platform.access_source", "platform.source_view", "platform.chip_profiles")
def test_every_kind_of_gp_se_tells_them_apart(sample: Bench, findings: Findings):
    """The four products: by turns, and every byte they could report (ASI-10, ASI-11)."""
    chips = sample.chips()
    if len(chips) < KINDS_OF_GP_SE:
        told = f"{len(chips)} kinds of GP-SE, the deck has {KINDS_OF_GP_SE}"
        findings.append(Finding("REQ-6-5-b", Verdict.INCONCLUSIVE, told))
    for chip in chips:
        sample.use_chip(chip.name)
        findings += judge_views("REQ-6-5-b", f"chip {chip.name}", by_turns(sample))
        subject = f"chip {chip.name}, all values"
        taken = values_taken(sample)
        findings.append(judge_values("REQ-6-5-b", subject, taken, chip.protocol))


@pytest.mark.requirement("REQ-6-5-a")
@pytest.mark.needs("platform.access_source", "platform.source_view", "platform.chip_profiles")
def test_what_the_chip_never_reports_is_unknown(sample: Bench, findings: Findings):
    """The chip as it is, made to report every byte (ASI-10): nothing is guessed."""
    product = sample.statement.capabilities["platform.product"]
    chip = next((chip for chip in sample.chips() if chip.name == product), None)
    if chip is None:
        raise BenchError(f"the statement names product {product}, the target has no such chip")
    taken = values_taken(sample)
    findings.append(judge_values("REQ-6-5-a", f"chip {product}", taken, chip.protocol))


@pytest.mark.requirement("REQ-6-5-b")
@pytest.mark.needs("platform.access_source", "platform.product", "platform.source_view")
@pytest.mark.denied("platform.chip_profiles")
def test_this_kind_of_gp_se_tells_them_apart(sample: Bench, findings: Findings):
    """One product: the other kinds have campaigns of their own."""
    product = sample.statement.capabilities["platform.product"]
    findings += judge_views("REQ-6-5-b", f"product {product}", by_turns(sample))


# --- REQ-6-5-c: every new chip ------------------------------------------------------------


def probed(
    card: JpkiCard, source: str, requirement: str, probes: Sequence[Probe] = PROBES
) -> list[Finding]:
    """Every operation by one source."""
    found = []
    for probe in probes:
        if probe.file is not None:
            card.select_ef(probe.file)
        answer = card.send(probe.command)
        found.append(judge_probe(requirement, probe, source, answer.sw))
    return found


def disabled(bench: Bench, chip: DeclaredChip, why: str) -> list[Finding]:
    """A chip without a fresh result: the policy is off, says so, and nobody administers."""
    subject = f"chip {chip.name}, {why}"
    status = bench.source_policy()
    if status.enabled or not status.told.strip():
        told = "the policy is in force" if status.enabled else "the policy is off and says nothing"
        return [Finding("REQ-6-5-c", Verdict.FAIL, told, subject)]
    found = [Finding("REQ-6-5-c", Verdict.PASS, status.told, subject)]
    for card in speakers(bench).values():
        found += probed(card, UNVERIFIED, "REQ-6-5-c", GATED)
    return found


@pytest.mark.requirement("REQ-6-5-c")
@pytest.mark.needs("platform.access_source", "platform.product", "platform.chip_profiles")
def test_a_chip_without_a_fresh_result_loses_the_policy(sample: Bench, findings: Findings):
    """Another operating system, a result too old, a result of a day to come (ASI-12)."""
    sample.use_chip(None)
    for chip in sample.chips():
        sample.use_chip(chip.name)
        status = sample.source_policy()
        verdict = Verdict.PASS if status.enabled else Verdict.FAIL
        told = status.told or "verified, and in force"
        findings.append(Finding("REQ-6-5-c", verdict, told, f"chip {chip.name} as declared"))
        sample.use_chip(chip.name, f"{chip.os_version}.1")
        findings += disabled(sample, chip, "operating system updated")
        for years, why in ((10, "ten years later"), (-10, "ten years before")):
            day = date(2026, 11, 25) + timedelta(days=365 * years)
            sample.use_chip(chip.name, "", day.isoformat())
            findings += disabled(sample, chip, why)


@pytest.mark.requirement("REQ-6-5-c")
@pytest.mark.needs("platform.access_source", "platform.product")
@pytest.mark.denied("platform.chip_profiles")
def test_the_record_covers_this_chip(bench: Bench, findings: Findings):
    """A device: the record that the statement names has a result for it that holds today."""
    pixit = bench.statement.pixit
    if not pixit.access_source_record:
        raise NotRun("the statement names no access_source_record; see docs/access_source.md")
    try:
        results = read_record(Path(pixit.access_source_record).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, RecordError) as error:
        told = f"access_source_record {pixit.access_source_record}: {error}"
        raise BenchError(f"{told}; see docs/access_source.md") from None
    product = str(bench.statement.capabilities["platform.product"])
    today = datetime.now(UTC).date()
    findings.append(judge_record(results, product, bench.statement.target.os_version, today))


# --- REQ-6-5-d: rules by source -----------------------------------------------------------


@pytest.mark.requirement("REQ-6-5-d")
@pytest.mark.needs("platform.access_source")
def test_the_policy_table_is_in_force(sample: Bench, findings: Findings):
    """Operation × source, every cell (ASI-02)."""
    for path, card in speakers(sample).items():
        findings += probed(card, path, "REQ-6-5-d")
    if not sample.statement.has("platform.chip_profiles"):
        return
    card = speakers(sample)[sample.path]
    sample.deliver_protocol(NEVER_REPORTED)
    findings += probed(card, UNKNOWN, "REQ-6-5-d")
    sample.deliver_protocol(None)


@pytest.mark.requirement("REQ-6-5-d")
@pytest.mark.needs("platform.access_source", "platform.chip_profiles", "pin.auth")
@pytest.mark.destructive
def test_a_refusal_by_source_changes_nothing(sample: Bench, findings: Findings):
    """An unknown source with the right and a wrong PIN: no try is spent, nothing is opened."""
    card = speakers(sample)[sample.path]
    before = card.tries_left(EF.USER_PIN).sw
    if card.tries_left(EF.USER_PIN).sw != before:
        raise Inconclusive("the tries left cannot be asked reliably; see JPKI-J-03")
    sample.deliver_protocol(NEVER_REPORTED)
    wrong = card.verify(EF.USER_PIN, bytes(4)).sw
    right = card.verify(EF.USER_PIN, sample.user_pin).sw
    signed = card.sign(EF.USER_KEY, SIGNED).sw
    sample.deliver_protocol(None)
    after = card.tries_left(EF.USER_PIN).sw
    for name, sw in (("a wrong PIN", wrong), ("the right PIN", right), ("a signature", signed)):
        verdict = Verdict.PASS if sw == DENIED else Verdict.FAIL
        told = "" if sw == DENIED else f"answered {sw:04X}, want 6982"
        findings.append(Finding("REQ-6-5-d", verdict, told, f"{name} from an unknown source"))
    verdict = Verdict.PASS if before == after else Verdict.FAIL
    told = f"tries left were {before:04X} and are {after:04X}"
    findings.append(Finding("REQ-6-5-d", verdict, told, "tries of the user PIN"))


@pytest.mark.requirement("REQ-6-5-d")
@pytest.mark.needs("platform.access_source", "pin.auth")
def test_what_one_source_proved_serves_no_other(sample: Bench, findings: Findings):
    """VERIFY by one way, the signature asked for by every other one (ASI-05)."""
    ways = sample.statement.pixit.paths
    for first in ways:
        for second in ways:
            if first is not second:
                findings.append(crossed(sample, first, second))


def crossed(bench: Bench, first: AccessPath, second: AccessPath) -> Finding:
    """INCONCLUSIVE where the key signs without any PIN, or refuses after one: another rule."""
    cards = speakers(bench)
    if cards[second].sign(EF.USER_KEY, SIGNED).ok:
        raise Inconclusive("the key signs without any PIN; see JPKI-J-02")
    cards[first].select_ap()
    if not cards[first].verify(EF.USER_PIN, bench.user_pin).ok:
        raise Inconclusive(f"the right PIN is refused by {first}; see JPKI-PIN-01")
    sw = cards[second].sign(EF.USER_KEY, SIGNED).sw
    verdict = Verdict.FAIL if sw == SW.OK else Verdict.PASS
    told = "the key signs for a source that entered no PIN" if sw == SW.OK else ""
    return Finding("REQ-6-5-d", verdict, told, f"VERIFY by {first}, signature by {second}")


@pytest.mark.requirement("REQ-6-5-d")
@pytest.mark.needs("platform.access_source", "pin.unblock", "specimen.renew")
@pytest.mark.destructive
def test_an_administrator_of_one_source_is_none_by_another(sample: Bench):
    """Authenticated by the app, RESET RETRY COUNTER by contacts or radio: refused."""
    administering = [
        path for path in sample.statement.pixit.paths if path in ALLOWED[Operation.ADMINISTER]
    ]
    if not administering:
        raise Inconclusive("no path of the statement is an administrator's")
    first = administering[0]
    for second in sample.statement.pixit.paths:
        if second is first:
            continue
        cards = speakers(sample)
        if cards[second].unblock(EF.USER_PIN, sample.user_pin).ok:
            raise Inconclusive("anybody unblocks; see JPKI-PIN-01")
        cards[first].select_ap()
        cards[first].authenticate_administrator(sample.administrator_key)
        sw = cards[second].unblock(EF.USER_PIN, sample.user_pin).sw
        assert sw != SW.OK, f"unblocked by {second} on the proof given by {first}"


@pytest.mark.requirement("REQ-6-5-d")
@pytest.mark.needs("platform.access_source")
def test_the_rest_of_an_answer_is_for_who_asked(sample: Bench):
    """A public key in pieces: asked for by one way, the rest fetched by another (ASI-07)."""
    for first in sample.statement.pixit.paths:
        for second in sample.statement.pixit.paths:
            cards = speakers(sample)
            cards[first].select_ef(EF.USER_KEY)
            piece = cards[first].send(Command(0x00, 0x46, 0x81, 0x00, le=256))
            if piece.sw & 0xFF00 != SW.BYTES_REMAINING:
                raise Inconclusive(f"no answer in pieces to be had by {first} ({piece.sw:04X})")
            rest = cards[second].send(Command(0x00, 0xC0, 0x00, 0x00, le=256))
            if second is not first:
                assert not rest.data, f"{second} fetched what {first} had asked for"


@pytest.mark.requirement("REQ-6-5-d")
@pytest.mark.needs("platform.access_source", "pin.auth", "specimen.renew")
@pytest.mark.destructive
def test_type_a_and_type_b_are_treated_alike(
    sample: Bench, effort: Effort, seed: int, findings: Findings
):
    """TAB-01: every command of the application, and any bytes, by both types."""
    if not set(both_types.TYPES) <= set(sample.statement.pixit.paths):
        raise Inconclusive("the statement does not name both contactless_a and contactless_b")
    by_type = [
        both_types.answers(sample, path, seed, effort.any_bytes) for path in both_types.TYPES
    ]
    findings.append(both_types.judge_types("REQ-6-5-d", *by_type))
