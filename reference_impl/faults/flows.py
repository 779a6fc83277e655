"""What goes wrong in flows between app, TSMs and JPKI system: steps, consent, resumption."""

from __future__ import annotations

from reference_impl.faults.registry import fault
from reference_impl.tsm.database import Row
from reference_impl.tsm.sp import SpTsm, plan
from reference_impl.tsm.sp_steps import Steps


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
