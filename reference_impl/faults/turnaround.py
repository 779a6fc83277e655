"""What goes wrong in timing issuance: time is lost, moved or copied, or hidden in a wrong order."""

from __future__ import annotations

from dataclasses import replace

from reference_impl.faults.registry import fault
from reference_impl.handset.issuance import USER, Issuance, Plan
from reference_impl.handset.models import DECK, Handset, Handsets, Row
from reference_impl.handset.time_model import NS, Lane, SectionTime, Stopwatch


@fault(
    "turnaround.measured_once_and_copied",
    breaks="REQ-3-1-k",
    gain="a mean of ten that is one measurement; how far times spread, nobody learns",
)
class CopiesOneRun(Issuance):
    """One issuance is measured, and written down ten times."""

    def runs(self, model: Handset, count: int, *, experienced: bool) -> list[list[SectionTime]]:
        if count > TEN:
            return super().runs(model, count, experienced=experienced)
        return [self.run(model, experienced=experienced)] * count


TEN = 10


@fault(
    "turnaround.dash_counted_as_zero",
    breaks="REQ-3-1-l",
    gain="a lane that has no part looks like one that is infinitely fast",
)
class DashIsZero(Stopwatch):
    """A lane without a part in the section is written down with 0.0 s."""

    def no_part(self, lane: Lane) -> None:
        self._lanes[lane] = 0


@fault(
    "turnaround.sections_overlap",
    breaks="REQ-3-1-l",
    gain="the whole is shorter than the user experiences",
)
class SectionsOverlap(Stopwatch):
    """Storing a certificate is stamped by the clock of the TSM, which is 0.2 s behind."""

    def end(self) -> None:
        super().end()
        last = self.sections[-1]
        if last.section == "F-ISS-5":
            behind = NS // 5
            self.sections[-1] = replace(last, start=last.start - behind, end=last.end - behind)


@fault(
    "turnaround.half_of_the_tsm_left_out",
    breaks="REQ-3-1-n",
    gain="a slow TSM shows nowhere, and the handsets are blamed",
)
class LeavesTheTsmOut(Issuance):
    """On phones the TSM's watch starts with its answer: half of its time is put down to nobody."""

    def spend(self, watch: Stopwatch, model: Handset, lane: Lane, seconds: float | None) -> None:
        if lane is Lane.TSM and seconds and model.product:
            watch.clock.advance(round(seconds * NS / 2))
            seconds /= 2
        super().spend(watch, model, lane, seconds)


@fault(
    "turnaround.clock_of_the_wrong_lane",
    breaks="REQ-3-1-m",
    gain="the applet is made faster where the TSM is slow",
)
class BooksTheTsmAsApplet(Issuance):
    """Half of what the TSM takes is put down to the applet that it calls."""

    def spend(self, watch: Stopwatch, model: Handset, lane: Lane, seconds: float | None) -> None:
        if lane is Lane.TSM and seconds:
            watch.spend(Lane.APPLET_FOR_TSM, seconds / 2)
            seconds /= 2
        super().spend(watch, model, lane, seconds)


@fault(
    "turnaround.deck_of_an_older_sample",
    breaks="REQ-3-1-m",
    gain="handsets are compared with means that the deck does not have",
)
class DeckOfAnOlderSample(Handsets):
    """The preset has the means of an earlier measurement, in which typing took longer."""

    def deck_table(self) -> dict[str, Row]:
        older = {section: dict(row) for section, row in DECK.items()}
        older["F-ISS-2"][Lane.USER] += 0.8
        return older


@fault(
    "turnaround.user_half_left_out",
    breaks="REQ-3-1-o",
    gain="issuance is promised in a minute, and users give up",
)
class HalfOfTheUser(Handsets):
    """The watch stops while a dialogue is open: half of what the user takes is lost."""

    def of_the_user(self) -> float:
        return 0.5


@fault(
    "turnaround.certificates_written_six_times",
    breaks="REQ-3-1-p",
    gain="the user waits most of a minute, and takes the app for dead",
)
class WritesSixTimes(Handsets):
    """A certificate is written page by page, and read back and written again each time."""

    def of_storing(self) -> float:
        return 6.0


@fault(
    "turnaround.everybody_is_experienced",
    breaks="REQ-3-1-q",
    gain="counters are staffed for people who have done it before",
)
class EverybodyIsExperienced(Issuance):
    """The allowance for people who do it for the first time is ten seconds."""

    def extra(self) -> float:
        return super().extra() / 4


@fault(
    "turnaround.keys_before_consent",
    breaks="REQ-3-1-r",
    gain="keys of a person are made who has not applied for any",
)
class KeysBeforeConsent(Plan):
    """Keys are made from the first moment, for they are needed in any case."""

    def before_a_key(self) -> tuple[str, ...]:
        return ()


@fault(
    "turnaround.certificate_before_its_key",
    breaks="REQ-3-1-r",
    gain="a certificate is asked for a key that is not there, and issued for the old one",
)
class CertificateBeforeItsKey(Plan):
    """Key and certificate are ordered together, to save a message."""

    def before_a_certificate(self, key: str) -> tuple[str, ...]:
        return ("F-ISS-1",)

    def busy_with_keys(self) -> frozenset[str]:
        return frozenset()


@fault(
    "turnaround.check_before_both_are_stored",
    breaks="REQ-3-1-r",
    gain="the check passes with one certificate, and the user finds out at the counter",
)
class ChecksTooEarly(Plan):
    """The check begins when the user is free, and takes what is there."""

    def before_a_check(self, both: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    def busy_with_checks(self) -> frozenset[str]:
        return frozenset({USER})


@fault(
    "turnaround.two_at_once_in_the_element",
    breaks="REQ-3-1-r",
    gain="the plan promises seconds that the single GP-SE cannot save",
)
class TwoAtOnce(Plan):
    """The GP-SE is taken for as many as are needed."""

    def busy_with_keys(self) -> frozenset[str]:
        return frozenset()


@fault(
    "turnaround.little_is_hidden",
    breaks="REQ-3-1-r",
    gain="the user watches a bar for 24 s that he could have spent typing",
)
class LittleIsHidden(Plan):
    """Keys wait for the password, so that hardly anything is left to type meanwhile."""

    def before_a_key(self) -> tuple[str, ...]:
        return ("F-ISS-2 user",)


@fault(
    "turnaround.slow_omapi_averaged_away",
    breaks="REQ-3-1-s",
    gain="the maker of handset F is never asked",
)
class FLikeTheOthers(Handsets):
    """Handset F is entered with the mean of all models."""

    def f(self) -> Handset:
        return Handset("F", "C", 1.05, 0.85)


@fault(
    "turnaround.slow_keys_averaged_away",
    breaks="REQ-3-1-t",
    gain="users of handset H are not warned that they will wait",
)
class HLikeTheOthers(Handsets):
    """Handset H is entered with the product of the others."""

    def h(self) -> Handset:
        return Handset("H", "A", 0.95, 0.84)


@fault(
    "turnaround.keys_of_another_law",
    breaks="REQ-3-1-t",
    gain="H is long, and not for the reason that item 1-1 found: the wrong part is exchanged",
)
class KeysOfAnotherLaw(Issuance):
    """Key pairs take the declared mean of the product, always the same."""

    def key_pair(self, model: Handset) -> float:
        return self.products[model.product].mean_s


@fault(
    "turnaround.simulated_jpki_measured",
    breaks="REQ-3-1-j",
    gain="the load of a laptop that plays the JPKI decides whether a phone is fast enough",
)
class MeasuresTheSimulator(Issuance):
    """The seconds of the simulated JPKI system are taken from its clock, and not assumed."""

    def time(
        self, model: Handset, section: str, row: Row, lane: Lane, slower: float
    ) -> float | None:
        assumed = super().time(model, section, row, lane, slower)
        if lane is not Lane.JPKI or assumed is None:
            return assumed
        return self.dice.around(assumed, model.spread)
