"""What goes wrong in flows between app, TSMs and JPKI system: steps, consent, resumption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reference_impl.faults.registry import fault
from reference_impl.handset.jpki_app import JpkiApp, Told
from reference_impl.handset.user import User
from reference_impl.tsm.database import Row
from reference_impl.tsm.links import Unreachable
from reference_impl.tsm.scripts import Answer
from reference_impl.tsm.sei import NotDue, SeiTsm
from reference_impl.tsm.sp import SpTsm, plan
from reference_impl.tsm.sp_steps import Effects, Steps, StepScript

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable


@fault(
    "flows.operation_check_left_out",
    breaks="REQ-3-1-a",
    gain="a phone is handed over whose user certificate was never tried",
)
class EndsBeforeTheLastCheck(SpTsm):
    """Issuance ends with the check of the signature certificate."""

    def next_step(self, flow: Row) -> int:
        following = super().next_step(flow)
        steps = plan(flow)
        last = following < len(steps) and steps[following].script == "check_user"
        return len(steps) if last and flow["kind"] == "issue" else following


@fault(
    "flows.certificate_for_the_other_key",
    breaks="REQ-3-1-a",
    gain="the user certificate speaks for a key that is opened by the signature password",
)
class CertifiesTheOtherKey(Steps):
    """The user certificate is asked for with the signature key."""

    def issued(self, flow: Row, purpose: str) -> bytes:
        data = flow["data"]
        n, e = int(data["signature_n"], 16), int(data["signature_e"])
        return self.jpki.certify(data["application"], purpose, n, e)


@fault(
    "flows.resumes_at_the_start",
    breaks="REQ-3-2-b",
    gain="after every cut the user chooses and enters everything again, until he gives up",
)
class BeginsAllOverAgain(SpTsm):
    """A flow that is begun again is begun from its first step."""

    def begin(self, number: str) -> dict[str, Any]:
        flow = self.store.flow(number)
        if flow is not None and flow["state"] == "running":
            self.store.keep([self.store.changed(number, step=0)])
        return super().begin(number)


@fault(
    "flows.application_taken_twice",
    breaks="REQ-3-2-a",
    gain="one application leads to two flows, and the user is left in the one that is not finished",
)
class KnowsNoApplication(SpTsm):
    """A repeated application is a new one."""

    def known(self, request: str) -> Row | None:
        return None


@fault(
    "flows.half_written_table",
    breaks="REQ-3-2-a",
    gain="a step that the journal calls done is done again, and nobody can say what happened",
)
class WritesInTwoPieces(SpTsm):
    """The journal is kept first, the place in the flow and all effects in a second transaction."""

    def kept(self, flow: Row, labels: list[str], statements: list[Any]) -> None:
        self.store.keep(self.store.journalled(flow["id"], labels))
        self.process.reached(f"{plan(flow)[flow['step']].labels[0]} half kept")
        self.store.keep(statements)


@fault(
    "flows.revocation_lost_in_a_cut",
    breaks="REQ-3-2-a",
    gain="the certificates of the old phone stay in force for ever",
)
class GoesOnWithoutTheRevocation(Steps):
    """Where the JPKI does not answer, the flow goes on as if it had revoked."""

    def revoke_own(self, flow: Row) -> StepScript:
        try:
            return (yield from super().revoke_own(flow))
        except Unreachable:
            return Effects()


@fault(
    "flows.pin_entered_again_by_the_app",
    breaks="REQ-3-2-c",
    gain="a cut in the wrong moment costs a second try of the password",
)
class KeepsThePin(JpkiApp):
    """What a user entered is kept, and entered again by the app after a cut."""

    def _checked(self, reference: int, what: str, key: int, file: int) -> Told:
        kept = self.phone.storage.setdefault(f"kept of {id(self.phone.user)}", {})
        kept[what] = kept.get(what) or self.phone.user.enters(what)
        user, self.phone.user = self.phone.user, Silent(**{what: kept[what]})
        try:
            return super()._checked(reference, what, key, file)
        finally:
            self.phone.user = user


class Silent(User):
    """Answers and is not asked."""

    def enters(self, what: str) -> str:
        return str(getattr(self, what))


@fault(
    "flows.deletion_before_revocation",
    breaks="REQ-5-2-n",
    gain="a phone is deleted whose certificates stay in force if the revocation then fails",
)
class OrdersBeforeItRevokes(Steps):
    """Deletion is ordered with the consent, and the JPKI is asked afterwards."""

    def consent_kept(self, flow: Row, document: dict[str, str]) -> list[Executable]:
        kept = super().consent_kept(flow, document)
        return [*kept, *super().deletion_ordered(flow, flow["data"]["old"])]

    def deletion_ordered(self, flow: Row, old: list[Row]) -> list[Executable]:
        return []


@fault(
    "flows.deletion_begun_once_only",
    breaks="REQ-3-2-a",
    gain="an old phone that loses its network in the middle of the deletion keeps its keys",
)
class BeginsADeletionOnce(SeiTsm):
    """A script that a cut broke off after an answer is taken to be under way for ever."""

    def answered(self, number: str, answer: Answer) -> dict[str, Any]:
        told = super().answered(number, answer)
        if number in self.running:
            self.running[f"heard of {number}"] = self.running[number]
        return told

    def begin(self, number: str) -> dict[str, Any]:
        if number in self.running and f"heard of {number}" in self.running:
            raise NotDue("the deletion is under way")
        return super().begin(number)
