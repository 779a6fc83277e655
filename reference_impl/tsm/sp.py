"""The SP-TSM: takes applications, runs flows step by step, and orders the deletion of old phones.

The app asks what to do, does it and brings the answer; nobody calls the app. Where the connection
was lost the app begins the current step again, on a new channel to the SE. Rules: REQ-3-2-a and b
(a flow goes on at the step that was not finished), REQ-5-2-b to i.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy.sql import Executable

from reference_impl.tsm.database import Row
from reference_impl.tsm.flows import (
    FIRST,
    NEW_PHONE_ISSUED,
    OLD_PHONE_FOUND,
    Kind,
    State,
    Step,
    steps_of,
)
from reference_impl.tsm.links import Applicant, Jpki, Rejected, Sei, Signed, Standing
from reference_impl.tsm.scripts import Answer, Ask, Commands
from reference_impl.tsm.sp_steps import Effects, Steps, StepScript
from reference_impl.tsm.sp_store import SpStore
from reference_impl.web.clock import Clock
from reference_impl.web.problem import Problem
from reference_impl.web.process import Process


def out_of_turn() -> Problem:
    """An answer nobody waits for: late, repeated or forged."""
    return Problem(409, "out-of-turn", "this answer is not waited for; begin the step again")


@dataclass(frozen=True)
class Wanted:
    """What an app asks for, for its SE, under a number of its own."""

    kind: Kind
    se_id: str
    request: str

    @property
    def nonce(self) -> str:
        """What the signed document carries, so that it serves for nothing else."""
        return sha256(f"{self.kind} {self.se_id} {self.request}".encode()).hexdigest()


@dataclass
class Running:
    """A script that waits for the app; it is in memory only and ends with the process."""

    step: int
    script: StepScript
    awaited: Commands | Ask
    round: int = 0


@dataclass
class OldPhone:
    """Step 2: is there a phone whose certificates are still in force?"""

    store: SpStore
    clock: Clock

    def certificates(self, applicant: Applicant) -> list[Row]:
        """Those on other phones that are in force, each with the SE-ID it is bound to."""
        found = [one for one in applicant.others if self.in_force(one)]
        return [
            {"purpose": one.purpose, "serial": one.serial, "se_id": self.store.se_id_of(one.serial)}
            for one in found
        ]

    def in_force(self, certificate: Standing) -> bool:
        """Revoked and expired ones need no revocation."""
        return certificate.status != "revoked" and certificate.not_after >= self.clock.now()


@dataclass
class SpTsm:
    """One SP-TSM on its store."""

    store: SpStore
    jpki: Jpki
    sei: Sei
    steps: Steps
    old_phone: OldPhone
    process: Process
    secret: bytes = field(repr=False)  # the number of a flow is what its app is known by
    running: dict[str, Running] = field(default_factory=dict, init=False)

    # --- applications ----------------------------------------------------------------------

    def apply(self, wanted: Wanted, signed: Signed) -> Row:
        """Step 1 (and 2); the same request again is the same flow. Raises Rejected."""
        if (known := self.known(wanted.request)) is not None:
            return self.repeated(known, wanted, signed)
        if not self.is_bound(wanted, signed):
            raise Rejected("the signed document was not made for this request")
        flow = self.revocation(wanted, signed) if wanted.kind is Kind.REVOKE else (
            self.application(wanted, signed)
        )  # fmt: skip
        labels = first_labels(wanted.kind, flow["data"]["old"])
        self.store.keep([self.store.begun(flow), *self.store.journalled(flow["id"], labels)])
        self.process.reached(f"{FIRST[wanted.kind]} kept")
        return flow

    def known(self, request: str) -> Row | None:
        """The flow of an application that arrived before."""
        return self.store.flow_of(request)

    def repeated(self, known: Row, wanted: Wanted, signed: Signed) -> Row:
        """Whoever only knows the number of an application is told nothing of its flow."""
        if known["data"]["asked"] != digest_of(wanted, signed):
            raise Problem(409, "number-taken", "another application has this number")
        return known

    def is_bound(self, wanted: Wanted, signed: Signed) -> bool:
        """The nonce that was signed is made of what is wanted (OUR DESIGN)."""
        return signed.stated("nonce") == wanted.nonce

    def application(self, wanted: Wanted, signed: Signed) -> Row:
        """Certificates, or new reference data, on the strength of the card's signature."""
        applicant = self.jpki.applicant(signed)
        if wanted.kind is Kind.UNBLOCK and not self.holds(applicant.person, wanted.se_id):
            raise Rejected("this phone holds no certificate of the applicant")
        ended = [one.serial for one in applicant.others if one.status == "revoked"]
        self.store.keep([self.store.certificate_state(serial, "revoked") for serial in ended])
        old = self.old_phone.certificates(applicant)
        data = {"application": applicant.application, "old": old}
        return self.new_flow(wanted, signed, applicant.person, data)

    def holds(self, person: str, se_id: str) -> bool:
        return any(row["person"] == person for row in self.store.certificates_in(se_id))

    def revocation(self, wanted: Wanted, signed: Signed) -> Row:
        """A holder gives up the phone at hand; the JPKI judges the signature (step 2)."""
        own = [row for row in self.store.certificates_in(wanted.se_id) if row["state"] != "revoked"]
        if not own:
            raise Rejected("this phone holds no certificate")
        old = [{name: row[name] for name in ("purpose", "serial", "se_id")} for row in own]
        data = {"revocation": signed.as_hex(), "old": old}
        return self.new_flow(wanted, signed, own[0]["person"], data)

    def new_flow(self, wanted: Wanted, signed: Signed, person: str, data: Row) -> Row:
        seen = f"{person} {wanted.request}".encode()
        number = hmac.new(self.secret, seen, "sha256").hexdigest()[:32]
        return {
            "id": number, "request": wanted.request, "kind": wanted.kind, "person": person,
            "se_id": wanted.se_id, "state": State.RUNNING, "step": 0,
            "data": {**data, "asked": digest_of(wanted, signed)},
        }  # fmt: skip

    # --- steps -----------------------------------------------------------------------------

    def begin(self, number: str) -> dict[str, Any]:
        """What is to be done now, from the start of the step that was not finished."""
        flow = self._flow(number)
        self.running.pop(number, None)
        return self._enter(flow)

    def answered(self, number: str, step: int, round_: int, answer: Answer) -> dict[str, Any]:
        """Take the answer to what was to be done, and say what is next."""
        flow = self._flow(number)
        running = self.running.get(number)
        if running is None or not self.awaited(running, step, round_):
            raise out_of_turn()
        try:
            running.awaited = running.script.send(answer)
        except StopIteration as end:
            del self.running[number]
            return self._enter(self.finished(flow, end.value))
        except Exception:
            del self.running[number]  # the step begins anew when the app asks for it
            raise
        running.round += 1
        return self._told(flow, running)

    def awaited(self, running: Running, step: int, round_: int) -> bool:
        """An answer counts once, in its turn."""
        return (running.step, running.round) == (step, round_)

    def finished(self, flow: Row, effects: Effects) -> Row:
        """Keep a finished step: its journal, its effects and the place of the next, together."""
        step = plan(flow)[flow["step"]]
        self.process.reached(f"{step.labels[0]} acted")
        after = dict(flow)
        after["data"] = {**flow["data"], **effects.data}
        after["step"] = self.next_step(flow)
        labels = list(step.labels)
        if effects.refused:
            after["state"], labels = State.REFUSED, []
        elif after["step"] >= len(plan(flow)):
            after["state"] = State.DONE
            labels += self.last_labels(flow)
        changed = {name: after[name] for name in ("data", "step", "state")}
        self.kept(flow, labels, [*effects.statements, self.store.changed(flow["id"], **changed)])
        self.process.reached(f"{step.labels[0]} kept")
        return after

    def next_step(self, flow: Row) -> int:
        return int(flow["step"]) + 1

    def kept(self, flow: Row, labels: list[str], statements: list[Any]) -> None:
        """In one transaction."""
        self.store.keep([*statements, *self.store.journalled(flow["id"], labels)])

    def last_labels(self, flow: Row) -> list[str]:
        return [NEW_PHONE_ISSUED] if flow["kind"] == Kind.ISSUE and flow["data"]["old"] else []

    def _enter(self, flow: Row) -> dict[str, Any]:
        """Start the script of the current step, and of the next where it needs nothing."""
        while flow["state"] == State.RUNNING:
            step = plan(flow)[flow["step"]]
            self.process.reached(f"{step.labels[0]} begun")
            script: StepScript = getattr(self.steps, step.script)(flow)
            try:
                awaited = next(script)
            except StopIteration as end:
                flow = self.finished(flow, end.value)
                continue
            running = self.running[flow["id"]] = Running(flow["step"], script, awaited)
            return self._told(flow, running)
        over = {"flow": flow["id"], "state": flow["state"], "do": "end"}
        return over | {"certificates": issued_in(flow)}

    def _told(self, flow: Row, running: Running) -> dict[str, Any]:
        told = {
            "flow": flow["id"], "state": flow["state"], "step": running.step,
            "name": plan(flow)[running.step].script, "round": running.round,
        }  # fmt: skip
        match running.awaited:
            case Commands(apdus):
                return told | {"do": "transmit", "commands": [apdu.hex() for apdu in apdus]}
            case Ask(what, details):
                return told | {"do": "ask", "what": what, "details": details}

    def _flow(self, number: str) -> Row:
        flow = self.store.flow(number)
        if flow is None:
            raise Problem(404, "unknown-flow", "no flow has this number")
        return flow

    # --- what the JPKI has changed by itself -----------------------------------------------

    def sync(self) -> int:
        """Take over what became of the certificates; returns how many changed.

        A phone whose certificates were revoked elsewhere (its card is no longer valid) is deleted
        like one that its user revoked; a suspension deletes nothing.
        """
        rows = self.store.database.dump("certificates")
        applications = dict.fromkeys(row["application"] for row in rows)
        now = {one.serial: one.status for a in applications for one in self.jpki.standing(a)}
        changed = [row for row in rows if self.state_of(now.get(row["serial"])) != row["state"]]
        for row in changed:
            self.store.keep(self.taken_over(row, self.state_of(now.get(row["serial"]))))
        return len(changed)

    def state_of(self, status: str | None) -> str:
        """In the words of the SP-TSM's table."""
        return {"good": "valid", "hold": "held"}.get(status or "", "revoked")

    def taken_over(self, row: Row, state: str) -> list[Executable]:
        statements = [self.store.certificate_state(row["serial"], state)]
        if state == "revoked" and row["purpose"] == "signature":
            statements.append(self.store.ordered("sync", row["serial"]))
        return statements

    # --- deletion of old phones, beside the issuance ---------------------------------------

    def work(self) -> bool:
        """One order of deletion, if one waits; steps 7 and 8. Raises Unreachable: it waits on."""
        order = self.store.next_order()
        if order is None:
            return False
        se_id = self.looked_up(order)
        if se_id is None:
            self.store.keep([self.store.order_changed(order["id"], "unknown")])
            return True
        self.store.keep(self.store.journalled(order["flow"], self.once(order, "F-DEL-7")))
        if not self.may_delete(order, se_id):
            self.store.keep([self.store.order_changed(order["id"], "refused")])
            return True
        self.process.reached("F-DEL-8 begun")
        try:
            number = self.sei.request_deletion(order["id"], se_id)
        except Rejected:
            self.store.keep([self.store.order_changed(order["id"], "refused")])
            return True
        self.process.reached("F-DEL-8 acted")
        done = self.store.order_changed(order["id"], "requested", number)
        self.store.keep([done, *self.store.journalled(order["flow"], ["F-DEL-8"])])
        self.process.reached("F-DEL-8 kept")
        return True

    def once(self, order: Row, label: str) -> list[str]:
        """The label, unless a try before this one journalled it."""
        return [] if self.store.has_journalled(order["flow"], label) else [label]

    def looked_up(self, order: Row) -> str | None:
        """Step 7: the SE-ID that is bound to the revoked certificate."""
        return self.store.se_id_of(order["serial"])

    def may_delete(self, order: Row, se_id: str) -> bool:
        """Never where a certificate in force lies, above all not on the new phone."""
        return all(row["state"] != "valid" for row in self.store.certificates_in(se_id))


def digest_of(wanted: Wanted, signed: Signed) -> str:
    """By which a repeated application is known."""
    return sha256(json.dumps([vars(wanted), signed.as_hex()]).encode()).hexdigest()


def plan(flow: Row) -> tuple[Step, ...]:
    """The steps of this flow after its application."""
    return steps_of(Kind(flow["kind"]), old_phone=bool(flow["data"]["old"]))


def issued_in(flow: Row) -> dict[str, str]:
    """Purpose → serial of what the flow issued."""
    purposes = ("signature", "user-authentication")
    serials = {purpose: flow["data"].get(f"{purpose}_serial") for purpose in purposes}
    return {purpose: serial for purpose, serial in serials.items() if serial}


def first_labels(kind: Kind, old: list[Row]) -> list[str]:
    """Step 1, and the first two of remote deletion where there is an old phone."""
    found = OLD_PHONE_FOUND if kind is Kind.ISSUE and old else ()
    return [*found, FIRST[kind]]
