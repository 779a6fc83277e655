"""The JPKI app: applies, carries scripts between TSM and SE, and acts with its user.

What it needs after an interruption is in its storage before it is sent. It never repeats a
command to the SE by itself: a step is begun again by the TSM, on a new channel, and the user is
asked again for what he entered (REQ-3-2-d).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from reference_impl.handset import smart_card as sc
from reference_impl.handset.network import LinkLost
from reference_impl.handset.phone import Phone

Told = dict[str, Any]
MESSAGE = b"operation check"
NOT_FOUND = b"\x6a\x82"
SIGNATURE, USER_AUTHENTICATION = "signature", "user-authentication"
USES = {
    SIGNATURE: (sc.PASSWORD, "password", sc.SIGNATURE_KEY, sc.SIGNATURE_CERTIFICATE),
    USER_AUTHENTICATION: (sc.PIN, "pin", sc.USER_KEY, sc.USER_CERTIFICATE),
}
STEPS = {SIGNATURE: "F-SIG", USER_AUTHENTICATION: "F-USE"}


class Unavailable(Exception):  # noqa: N818 - of a server, for now
    """A server cannot be reached, or cannot reach another."""


class Refused(Exception):  # noqa: N818 - an answer
    """A server refused; the message is its reason."""


@dataclass(frozen=True)
class Outcome:
    """How a flow ended on the phone: ``done``, ``refused``, ``interrupted`` or ``failed``."""

    state: str
    detail: str = ""


@dataclass
class JpkiApp:
    """The app on one phone; ``sp`` and ``sei`` are its connections to the TSMs."""

    phone: Phone
    sp: httpx.Client
    sei: httpx.Client

    # --- flows -----------------------------------------------------------------------------

    def start(self, kind: str) -> Outcome:
        """A new flow: ``issue``, ``renew``, ``revoke`` or ``unblock``."""
        return self._guarded(lambda: self._start(kind))

    def resume(self) -> Outcome:
        """Go on with the flow that was interrupted, if one was."""
        if "flow" not in self.phone.storage:
            return Outcome("failed", "nothing was begun on this phone")
        return self._guarded(self._go_on)

    def change(self, what: str, new: str) -> Outcome:
        """A new ``pin`` or ``password``: the old one is entered, and no server is asked."""
        return self._guarded(lambda: self._changed(what, new))

    def _changed(self, what: str, new: str) -> Outcome:
        reference = sc.PIN if what == "pin" else sc.PASSWORD
        card = sc.SmartCard(self.phone.by_app)
        card.select()
        card.verify(reference, self.phone.user.enters(what))
        card.change(reference, new)
        setattr(self.phone.user, what, new)
        return Outcome("done")

    def _start(self, kind: str) -> Outcome:
        self.registered()
        if kind == "issue":
            self.installed()
        wanted = {"kind": kind, "se_id": self.phone.se_id, "request": self.phone.number()}
        nonce = hashlib.sha256(" ".join(wanted.values()).encode()).hexdigest()
        signed = self.own_revocation(nonce) if kind == "revoke" else self.application(nonce)
        self.phone.storage["flow"] = {"body": wanted | signed}
        return self._go_on()

    def started(self) -> None:
        """Opened by its user, or by the system: a new token is told, a deletion goes on."""
        self._guarded(self._told_token)
        self.go_on_deleting()

    def _told_token(self) -> Outcome:
        self.registered()
        return Outcome("done")

    def registered(self) -> None:
        """The SEI-TSM knows under which token this SE is reached."""
        token = self.phone.storage.get("token") or self.phone.new_token()
        if self.phone.storage.get("told") != token:
            asked(self.sei, "PUT", f"/tokens/{self.phone.se_id}", {"token": token})
            self.phone.storage["told"] = token

    def installed(self) -> None:
        """Where the SE has no applet, the SEI-TSM installs one."""
        if self.phone.by_app(sc.SELECT_APPLET)[-2:] == NOT_FOUND:
            self._scripted(f"/elements/{self.phone.se_id}/install")

    def _go_on(self) -> Outcome:
        begun = self.phone.storage["flow"]
        if "number" not in begun:
            begun["number"] = asked(self.sp, "POST", "/flows", begun["body"])["flow"]
        path = f"/flows/{begun['number']}"
        told = asked(self.sp, "POST", f"{path}/begin")
        while told["do"] != "end":
            place = {"step": told["step"], "round": told["round"]}
            told = asked(self.sp, "POST", f"{path}/answer", place | self.performed(told))
        del self.phone.storage["flow"]
        if told["certificates"]:
            self.phone.storage["serials"] = told["certificates"]
        return Outcome(told["state"])

    def _guarded(self, doing: Callable[[], Outcome]) -> Outcome:
        try:
            return doing()
        except (LinkLost, Unavailable) as lost:
            return Outcome("interrupted", str(lost))
        except Refused as refusal:
            self.phone.storage.pop("flow", None)
            return Outcome("failed", str(refusal))
        except sc.CardRefused as refusal:
            return Outcome("failed", str(refusal))
        finally:
            self.phone.close()

    # --- what the TSM wants done -----------------------------------------------------------

    def performed(self, told: Told) -> Told:
        """The answer to one thing that is to be done."""
        if told["do"] == "transmit":
            return {"responses": self.transmitted(told["commands"], self.phone.by_tsm)}
        result: Told = getattr(self, told["what"])(told["details"])
        return {"result": result}

    def transmitted(self, commands: list[str], way: Callable[[bytes], bytes]) -> list[str]:
        """Each command once; the rest is not sent after one that failed."""
        responses: list[str] = []
        for command in commands:
            response = way(bytes.fromhex(command))
            responses.append(response.hex())
            if response[-2:] != b"\x90\x00":
                break
        return responses

    def consent(self, details: Told) -> Told:
        """The user agrees by having his card sign which certificates are to be revoked."""
        if not self.phone.user.agrees():
            return {"consents": False}
        document = {
            "act": "revoke",
            "made_at": self.phone.clock.now().isoformat(),
            "nonce": hashlib.sha256(self.phone.number().encode()).hexdigest(),
            **details,
        }
        return {"consents": True, **self.signed_by_card(document)}

    def set_password(self, _details: Told) -> Told:
        return self._set(sc.PASSWORD, "password")

    def set_pin(self, _details: Told) -> Told:
        return self._set(sc.PIN, "pin")

    def _set(self, reference: int, what: str) -> Told:
        sc.SmartCard(self.phone.by_app).set_new(reference, self.phone.user.enters(what))
        return {"set": True}

    def check_signature(self, _details: Told) -> Told:
        return self._checked(sc.PASSWORD, "password", sc.SIGNATURE_KEY, sc.SIGNATURE_CERTIFICATE)

    def check_user(self, _details: Told) -> Told:
        return self._checked(sc.PIN, "pin", sc.USER_KEY, sc.USER_CERTIFICATE)

    def _checked(self, reference: int, what: str, key: int, file: int) -> Told:
        """Key and certificate belong together."""
        card = sc.SmartCard(self.phone.by_app)
        card.select()
        card.verify(reference, self.phone.user.enters(what))
        signature = card.sign(key, MESSAGE)
        certificate = card.certificate(file)
        return {"good": verifies(certificate, signature, MESSAGE)}

    # --- use ---------------------------------------------------------------------------------

    def signed_for(self, use: str, flow: str, message: bytes) -> tuple[bytes, bytes]:
        """Step 3 of a use: signature and certificate (DER), on what the user enters for it.

        Raises LinkLost and CardRefused. F-USE and F-SIG: ``reference_impl.relying_party.desks``.
        """
        reference, what, key, file = USES[use]
        card = sc.SmartCard(self.phone.by_app)
        card.select()
        card.verify(reference, self.entered(what))
        signature = card.sign(key, message)
        self.phone.note(flow, f"{STEPS[use]}-3")
        return signature, card.certificate(file)

    def entered(self, what: str) -> str:
        """What the user enters, each time anew: no app keeps it."""
        return self.phone.user.enters(what)

    # --- documents -------------------------------------------------------------------------

    def application(self, nonce: str) -> dict[str, str]:
        made_at = self.phone.clock.now().isoformat()
        return self.signed_by_card({"act": "apply", "made_at": made_at, "nonce": nonce})

    def signed_by_card(self, document: Told) -> dict[str, str]:
        """The phone reads the card by radio; its user enters the card's password."""
        card = sc.SmartCard(self.phone.by_radio)
        return self._signed(card, self.phone.user.enters("card_password"), document)

    def own_revocation(self, nonce: str) -> dict[str, str]:
        """The holder revokes with the phone's own signature key."""
        named = [{"purpose": p, "serial": s} for p, s in self.phone.storage["serials"].items()]
        document = {
            "act": "revoke",
            "made_at": self.phone.clock.now().isoformat(),
            "nonce": nonce,
            "reason": "cessationOfOperation",
            "certificates": named,
        }
        card = sc.SmartCard(self.phone.by_app)
        return self._signed(card, self.phone.user.enters("password"), document)

    def _signed(self, card: sc.SmartCard, password: str, document: Told) -> dict[str, str]:
        text = json.dumps(document).encode()
        card.select()
        card.verify(sc.PASSWORD, password)
        signature = card.sign(sc.SIGNATURE_KEY, text)
        certificate = card.certificate(sc.SIGNATURE_CERTIFICATE)
        parts = {"document": text, "signature": signature, "certificate": certificate}
        return {name: value.hex() for name, value in parts.items()}

    # --- remote deletion -------------------------------------------------------------------

    def received(self, data: dict[str, str]) -> None:
        """Step 11: a push message. Without the user: the SEI-TSM says whether it is due."""
        if data.get("action") == "delete":
            self.phone.storage["deletion"] = data["deletion"]
            self.phone.note(data["deletion"], "F-DEL-11")
            self.go_on_deleting()

    def go_on_deleting(self) -> Outcome:
        """Steps 12 to 14; begun again when the app starts, until the SEI-TSM has the notice."""
        if "deletion" not in self.phone.storage:
            return Outcome("failed", "no deletion was asked for")
        return self._guarded(self._deleted)

    def _deleted(self) -> Outcome:
        number = self.phone.storage["deletion"]
        path = f"/deletions/{number}"
        try:
            if not self.erased_before():
                self.phone.note(number, "F-DEL-12")
                self._scripted(path)
                self.phone.note(number, "F-DEL-13")
                self.phone.storage["erased"] = number
            asked(self.sei, "POST", f"{path}/notice")
        except Refused:
            self._forget_deletion()
            raise
        self._forget_deletion()
        return Outcome("done")

    def erased_before(self) -> bool:
        """Only the notice is missing."""
        return bool(self.phone.storage.get("erased") == self.phone.storage["deletion"])

    def _scripted(self, path: str) -> None:
        """A script of the SEI-TSM, carried to the SE."""
        told = asked(self.sei, "POST", f"{path}/begin")
        while told["do"] != "end":
            responses = self.transmitted(told["commands"], self.phone.by_tsm)
            told = asked(self.sei, "POST", f"{path}/answer", {"responses": responses})

    def _forget_deletion(self) -> None:
        for name in ("deletion", "erased"):
            self.phone.storage.pop(name, None)


def asked(http: httpx.Client, method: str, path: str, body: Any = None) -> Told:
    """A server's answer. Raises Unavailable and Refused; neither tells the number of a flow."""
    try:
        answer = http.request(method, path, json=body)
    except httpx.TransportError as error:
        raise Unavailable(str(error)) from error
    if answer.status_code >= 500:
        raise Unavailable(f"the server answers {answer.status_code}")
    told: Told = answer.json() if answer.content else {}
    if answer.status_code >= 400:
        raise Refused(told.get("detail", str(answer.status_code)))
    return told


def verifies(certificate: bytes, signature: bytes, message: bytes) -> bool:
    """RSASSA-PKCS1-v1_5 with SHA-256."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
