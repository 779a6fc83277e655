"""How long key pairs and signatures take (REQ-1-1-b to -h, -j).

Whether the times are those of a search for two primes is asked of each product: a preset is what
REQ-1-1-d speaks of. Of the target itself it is REQ-1-1-b, the mean time of *generating* a pair: a
mean of times in which none is searched for, or that drift or hang, is not that.

A target with presets is several products: each is measured, and from effort quick on the target
itself too, whose key pairs are made in earnest. Any other target is one product. Every pair and
every signature is looked at on the way; what the times are good for, the judges beside say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.effort import Effort
from fixtures.outcome import Inconclusive, NotRun
from fixtures.targets.port import AccessPath, DeclaredPreset
from fixtures.verdict import Finding, Findings, Verdict
from suites.applet.probes import certificate
from suites.timing.apart import judge_apart
from suites.timing.breakdown import Parts, judge_breakdown, judge_delay
from suites.timing.declared import judge_declared
from suites.timing.keygen_model import judge_keygen
from suites.timing.measuring import (
    Measurement,
    Stopwatch,
    Times,
    applet_series,
    enter_user_pin,
    public_key,
    series,
    timed_signature,
)
from suites.timing.products import judge_products
from suites.timing.series import FEWEST, Series
from suites.timing.signing import judge_applet_spread, judge_signing
from suites.timing.summary import (
    judge_count,
    judge_majority,
    judge_mean,
    judge_two_seconds,
    summary,
)

LEADING = EF.SIGNATURE_KEY  # stands for both where one will do; REQ-1-1-g says they are alike
ITSELF = "the target itself"
UNDER_A_PRESET = 20  # pairs of each key; they cost nothing, and the mean of 20 is known better
OF_A_PRESET = {"distilled": 100, "quick": 200, "full": 1_000}  # pairs, to know its statistics by
SPLIT = 10  # signatures by each access path
DELAY_NS = 100_000_000
SEED = 1  # of the judges' simulations


@pytest.fixture
def workshop(bench: Bench) -> Iterator[Bench]:
    """A bench whose target is itself again afterwards."""
    yield bench
    if bench.statement.has("timing.presets"):
        bench.use_preset(None)


def products(bench: Bench, effort: Effort) -> list[str | None]:
    """The presets, if any, and the target itself (None) unless they are enough."""
    if not bench.statement.has("timing.presets"):
        return [None]
    names: list[str | None] = [preset.name for preset in bench.presets()]
    return names if effort.name == "distilled" else [None, *names]


def become(bench: Bench, name: str | None) -> str:
    """Let the target be this product; returns what a reader calls it."""
    if bench.statement.has("timing.presets"):
        bench.use_preset(name)
    return ITSELF if name is None else f"product {name}"


def measured(bench: Bench, name: str | None, *, signs: bool) -> Times:
    """One product, at least ten pairs of each key where the wear limits allow it."""
    product = become(bench, name)
    return Measurement(bench, product, signs).take(FEWEST if name is None else UNDER_A_PRESET)


@pytest.mark.requirement("REQ-1-1-b", "REQ-1-1-c", "REQ-1-1-e", "REQ-1-1-f", "REQ-1-1-g")
@pytest.mark.needs("key.generate")
@pytest.mark.destructive
def test_every_product_is_measured(workshop: Bench, effort: Effort, findings: Findings):
    """Both key pairs in turn, at least ten of each, and a signature with every new user key."""
    signs = workshop.statement.has("pin.auth")
    taken = {name: measured(workshop, name, signs=signs) for name in products(workshop, effort)}
    of_presets = [times.of_key(LEADING) for name, times in taken.items() if name is not None]
    side_by_side = of_presets or [times.of_key(LEADING) for times in taken.values()]
    findings.append(judge_majority(side_by_side, "REQ-1-1-c", as_in_deck=bool(of_presets)))
    for name, times in taken.items():
        of_keys = [times.of_key(ef) for ef in times.keys]
        findings += [judge_mean(one, "REQ-1-1-b") for one in of_keys]
        findings += [counted(one) for one in of_keys]
        findings.append(judge_two_seconds(of_keys[0], "REQ-1-1-c"))
        findings.append(judge_apart(of_keys[0], of_keys[1], "REQ-1-1-g"))
        if name is None:
            findings += searched(workshop, name, times.keys[LEADING], "REQ-1-1-b")
        findings += signing(workshop, name, times) if signs else [no_signature()]


def searched(bench: Bench, name: str | None, parts: list[Parts], requirement: str) -> list[Finding]:
    """Whether the times of the leading key are those of a search; an alarm is repeated once."""
    subject = become(bench, name)
    first = judge_keygen(applet_series(subject, parts), generator(), requirement)
    if len(first) == 1 or all(one.verdict is Verdict.PASS for one in first):
        return first  # of one finding: there is nothing to judge
    try:
        fresh = Measurement(bench, subject, signs=False).take(len(parts), (LEADING,))
    except NotRun:  # no more pairs may be made, so the alarm stays unconfirmed
        return first
    again = applet_series(subject, fresh.keys[LEADING])
    return judge_keygen(again, generator(), requirement, repeated=True)


def generator() -> np.random.Generator:
    """Of the judges' simulations; seeded, so that the same times are judged the same way again."""
    return np.random.default_rng(SEED)


def counted(taken: Series) -> Finding:
    """Ten or more times, and the figures they come to."""
    count = judge_count(taken, "REQ-1-1-f")
    if count.verdict is not Verdict.PASS:
        return count
    found = summary(taken)
    told = (
        f"{found.n} times: mean {found.mean:.3f} s, maximum {found.most:.3f} s, minimum "
        f"{found.least:.3f} s; median {found.median:.3f} s, SD {found.sd:.3f} s, "
        f"CV {found.cv:.2f}, p95 {found.p95:.3f} s, "
        f"95 % interval of the mean {found.low:.3f} to {found.high:.3f} s"
    )
    return replace(count, reason=told)


def signing(bench: Bench, name: str | None, times: Times) -> list[Finding]:
    """The spread of signing; what is not in order is repeated once, on fresh signatures.

    A host that was busy for a moment is not there again, a chip that varies is.
    """
    first = times.of_signing
    found = judge_signing(first, times.of_both_keys, "REQ-1-1-e")
    if first.is_too_short:
        return found
    if any(one.verdict is not Verdict.PASS for one in found):
        grew = found[-1].verdict is not Verdict.PASS
        fresh = signed_again(bench, name, times)
        found = judge_signing(fresh, times.of_both_keys, "REQ-1-1-e", repeated=grew)
    if bench.statement.has("timing.breakdown"):
        subject = f"{times.product}, signing in the applet"
        found.append(judge_applet_spread(applet_series(subject, times.signatures), "REQ-1-1-e"))
    return found


def signed_again(bench: Bench, name: str | None, times: Times) -> Series:
    """As many signatures of this product once more, with the last user key."""
    become(bench, name)
    card, watch = bench.card, Stopwatch.of(bench)
    card.power_cycle()
    enter_user_pin(bench, card)
    key = public_key(card.public_key_object(EF.USER_KEY))
    fresh = [timed_signature(watch, key, f"again {n}") for n in range(len(times.signatures))]
    return series(times.of_signing.subject, fresh)


def no_signature() -> Finding:
    return Finding("REQ-1-1-e", Verdict.NOT_APPLICABLE, "the statement says no to pin.auth")


@pytest.mark.requirement("REQ-1-1-e", "REQ-1-1-f")
@pytest.mark.needs("pin.auth")
@pytest.mark.denied("key.generate")
def test_signing_is_measured_where_no_key_pair_is_made(bench: Bench, findings: Findings):
    """Spread alone: there is nothing to compare it with."""
    taken = series("signing", signatures(bench, bench.path, FEWEST))
    findings += judge_signing(taken, None, "REQ-1-1-e")
    findings.append(counted(taken))


def signatures(bench: Bench, path: AccessPath, count: int) -> list[Parts]:
    """Signatures with the issued user key by this path."""
    watch = Stopwatch.of(bench, path)
    card = watch.card
    card.power_cycle()
    enter_user_pin(bench, card)
    try:
        key = certificate(card.read_file(EF.USER_CERTIFICATE).data).public_key()
    except AssertionError as error:
        raise Inconclusive(f"of the user certificate {error}; see JPKI-CERT-01") from None
    return [timed_signature(watch, key, f"{path} {n}") for n in range(count)]


# --- presets ------------------------------------------------------------------------------


@pytest.mark.requirement("REQ-1-1-d", "REQ-1-1-j")
@pytest.mark.needs("key.generate", "timing.presets")
@pytest.mark.destructive
def test_the_presets_are_the_four_products_of_the_deck(
    workshop: Bench, effort: Effort, findings: Findings
):
    """One of four has a wide spread, each searches for primes, and is what it declares."""
    count = OF_A_PRESET[effort.name]
    seen: list[Series] = []
    law: list[Finding] = []
    for preset in workshop.presets():
        parts, told = declared(workshop, preset, count)
        seen.append(series(f"product {preset.name}", parts))
        findings += told
        law += searched(workshop, preset.name, parts, "REQ-1-1-d")
    *each, together = judge_products(seen, "REQ-1-1-d")
    if together.verdict is not Verdict.PASS:
        again = [fresh_times(workshop, preset.name, count) for preset in workshop.presets()]
        *each, together = judge_products(again, "REQ-1-1-d", repeated=True)
    findings += [together, *each, *law]  # what is read first in a report


def fresh_times(bench: Bench, name: str, count: int) -> Series:
    """Of the leading key of one preset."""
    subject = become(bench, name)
    times = Measurement(bench, subject, signs=False).take(count, (LEADING,))
    return series(subject, times.keys[LEADING])


def declared(bench: Bench, preset: DeclaredPreset, count: int) -> tuple[list[Parts], list[Finding]]:
    """The times of one preset, and what they say of its declaration; an alarm is repeated once."""
    subject = become(bench, preset.name)
    for repeated in (False, True):
        parts = Measurement(bench, subject, signs=False).take(count, (LEADING,)).keys[LEADING]
        told = judge_declared(
            applet_series(subject, parts), preset.mean_s, preset.sd_s, repeated=repeated
        )
        if all(finding.verdict is Verdict.PASS for finding in told):
            break
    return parts, told


# --- where the time goes ------------------------------------------------------------------


def resolution(bench: Bench) -> float:
    """Seconds that the parts may miss of the whole: stated, for the whole is timed at the port.

    On a bench whose parts come from instruments of its own the host sees the adapter as well. A
    statement is kept with a campaign, so the record of one is judged by the same bound.
    """
    return bench.statement.pixit.timing_resolution_s


@pytest.mark.requirement("REQ-1-1-h")
@pytest.mark.needs("timing.breakdown", "pin.auth")
def test_the_parts_of_a_time_add_up_by_every_path(bench: Bench, findings: Findings):
    """Applet, transport, OMAPI and TSM of each signature; OMAPI only where an app is in the way."""
    for path in bench.statement.pixit.paths:
        parts = signatures(bench, path, SPLIT)
        findings += judge_breakdown(parts, resolution(bench), subject=f"signing by {path}")
        through_omapi = {one.omapi > 0 for one in parts}
        if through_omapi != {path is AccessPath.INTERNAL}:
            told = f"OMAPI has {max(one.omapi for one in parts):.6f} s of a signature by {path}"
            findings.append(Finding("REQ-1-1-h", Verdict.FAIL, told, f"OMAPI by {path}"))


@pytest.mark.requirement("REQ-1-1-h")
@pytest.mark.needs("timing.breakdown")
def test_a_delay_on_the_way_shows_in_the_transport_only(bench: Bench, findings: Findings):
    """100 ms more for an exchange, held against the same exchange without them."""
    before = selections(bench, SPLIT)
    bench.delay_transport(DELAY_NS)
    try:
        after = selections(bench, SPLIT)
    finally:
        bench.delay_transport(0)
    findings += judge_delay(before, after, DELAY_NS * 1e-9, resolution(bench))


def selections(bench: Bench, count: int) -> list[Parts]:
    """SELECT by name: one exchange on every card, whatever it does with longer answers."""
    watch = Stopwatch.of(bench)
    watch.reset()
    taken = []
    for _ in range(count):
        watch.start()
        watch.card.select_ap()
        taken.append(watch.read())
    return taken


@pytest.mark.requirement("REQ-1-1-h")
@pytest.mark.needs("timing.breakdown", "timing.presets", "key.generate")
@pytest.mark.destructive
def test_the_parts_of_key_generation_add_up(workshop: Bench, findings: Findings):
    for preset in workshop.presets():
        times = Measurement(workshop, become(workshop, preset.name), signs=False).take(3)
        for ef, parts in times.keys.items():
            subject = times.of_key(ef).subject
            findings += judge_breakdown(parts, resolution(workshop), subject=subject)
