"""What the SP-TSM does in each step of its flows; a step can be begun again at any time.

Each method is named as its step (``flows.py``) and is a script: it yields what the app has to do,
asks other servers, and returns what is to be kept. Whatever is asked of another server carries a
number that stays the same when the step is begun again, so that it acts once.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from sqlalchemy import insert
from sqlalchemy.sql import Executable

from reference_impl.tsm.database import Row
from reference_impl.tsm.flows import Kind
from reference_impl.tsm.links import Jpki, Sei, Signed
from reference_impl.tsm.scripts import (
    SIGNATURE,
    USER,
    Answer,
    AppletScripts,
    Ask,
    Commands,
    KeyFiles,
    ScriptFailed,
)
from reference_impl.tsm.sp_store import SpStore
from reference_impl.tsm.sp_tables import consents

FILES = {"signature": SIGNATURE, "user-authentication": USER}


@dataclass(frozen=True)
class Effects:
    """What a step leaves behind, kept together with its place in the journal."""

    data: dict[str, Any] = field(default_factory=dict)
    statements: tuple[Executable, ...] = ()
    refused: bool = False  # the user said no: the flow ends here


StepScript = Generator["Commands | Ask", Answer, Effects]


@dataclass
class Steps:
    """The steps, by their names."""

    store: SpStore
    jpki: Jpki
    sei: Sei
    scripts: AppletScripts

    # --- the old phone ---------------------------------------------------------------------

    def consent(self, flow: Row) -> StepScript:
        """Steps 3 and 4: without the user's consent nothing is revoked and nothing issued."""
        named = [{name: old[name] for name in ("purpose", "serial")} for old in flow["data"]["old"]]
        answer = yield Ask("consent", {"certificates": named, "reason": self.reason(flow)})
        if not self.consented(answer):
            return Effects(refused=True)
        document = Signed.of_hex(answer.result).as_hex()
        kept = tuple(self.consent_kept(flow, document))
        return Effects(data={"revocation": document}, statements=kept)

    def consented(self, answer: Answer) -> bool:
        return answer.result.get("consents") is True

    def consent_kept(self, flow: Row, document: dict[str, str]) -> list[Executable]:
        """What was consented to, and when."""
        row = {"flow": flow["id"], "document": document, "at": self.store.at()}
        return [insert(consents).prefix_with("OR IGNORE").values(**row)]

    def reason(self, flow: Row) -> str:
        """Superseded where the same phone gets new ones, else no longer used."""
        return "superseded" if flow["kind"] == Kind.RENEW else "cessationOfOperation"

    def revoke_old(self, flow: Row) -> StepScript:
        """Step 5: at the JPKI first; only then is deletion ordered, and issuance goes on."""
        yield from ()
        self.jpki.revoke(Signed.of_hex(flow["data"]["revocation"]))
        old = flow["data"]["old"]
        states = [self.store.certificate_state(one["serial"], "revoked") for one in old]
        return Effects(statements=(*states, *self.deletion_ordered(flow, old)))

    def deletion_ordered(self, flow: Row, old: list[Row]) -> list[Executable]:
        """One order for each other phone on which a certificate lies; unknown ones are told too."""
        elsewhere = {one["se_id"]: one["serial"] for one in old if one["se_id"] != flow["se_id"]}
        return [self.store.ordered(flow["id"], serial) for serial in elsewhere.values()]

    # --- issuance --------------------------------------------------------------------------

    def set_password(self, flow: Row) -> StepScript:
        """From here on the SE is this user's: what was pending for it is overtaken (OUR DESIGN)."""
        self.sei.in_use(flow["se_id"])
        yield from self.scripts.reference_data("set_password")
        return Effects()

    def set_pin(self, flow: Row) -> StepScript:
        yield from self.scripts.reference_data("set_pin")
        return Effects()

    def signature_key(self, flow: Row) -> StepScript:
        return (yield from self.key(flow, "signature"))

    def user_key(self, flow: Row) -> StepScript:
        return (yield from self.key(flow, "user-authentication"))

    def signature_certificate(self, flow: Row) -> StepScript:
        return (yield from self.certificate(flow, "signature"))

    def user_certificate(self, flow: Row) -> StepScript:
        return (yield from self.certificate(flow, "user-authentication"))

    def key(self, flow: Row, purpose: str) -> StepScript:
        n, e = yield from self.scripts.key_pair(FILES[purpose])
        return Effects(data={f"{purpose}_n": hex(n), f"{purpose}_e": e})

    def certificate(self, flow: Row, purpose: str) -> StepScript:
        own = self.issued(flow, purpose)
        serial = serial_of(own)
        files: KeyFiles = FILES[purpose]
        yield from self.scripts.certificates(files, own, self.jpki.authority(purpose))
        bound = self.store.bound(serial, purpose, flow)
        return Effects(data={f"{purpose}_serial": serial}, statements=(bound,))

    def issued(self, flow: Row, purpose: str) -> bytes:
        """The certificate for the key that was made; the same one when asked again."""
        data = flow["data"]
        n, e = int(data[f"{purpose}_n"], 16), int(data[f"{purpose}_e"])
        return self.jpki.certify(data["application"], purpose, n, e)

    def check_signature(self, flow: Row) -> StepScript:
        return (yield from self.checked("check_signature"))

    def check_user(self, flow: Row) -> StepScript:
        return (yield from self.checked("check_user"))

    def checked(self, what: str) -> StepScript:
        """The app uses key and certificate once, with the user's PIN or password."""
        answer = yield Ask(what)
        if not answer.result.get("good"):
            raise ScriptFailed(f"{what}: {answer.result.get('sw', 'not good')}")
        return Effects()

    # --- revocation by the user ------------------------------------------------------------

    def revoke_own(self, flow: Row) -> StepScript:
        """The phone at hand is revoked, and then deleted the same way as one that is not."""
        yield from ()
        self.jpki.revoke(Signed.of_hex(flow["data"]["revocation"]))
        own = flow["data"]["old"]
        states = [self.store.certificate_state(one["serial"], "revoked") for one in own]
        return Effects(statements=tuple(states))

    def order_deletion(self, flow: Row) -> StepScript:
        yield from ()
        serials = [one["serial"] for one in flow["data"]["old"]][:1]
        return Effects(statements=tuple(self.store.ordered(flow["id"], s) for s in serials))


def serial_of(certificate: bytes) -> str:
    """Hexadecimal, without leading zeros."""
    return f"{x509.load_der_x509_certificate(certificate).serial_number:x}"
