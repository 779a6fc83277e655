"""Persons with their My Number Cards, and phones, beside servers of the services.

Who is registered, and which phones there are, is the same wherever the servers run: in this process
(``world.py``) or each in its own (``served_world.py``).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reference_impl.chip.entropy import SeededEntropy
from reference_impl.chip.media import MemoryMedium
from reference_impl.chip.rsa import KeyPair, KeyPairSource
from reference_impl.handset.business_app import BusinessApp
from reference_impl.handset.jpki_app import JpkiApp
from reference_impl.handset.network import Link, Network
from reference_impl.handset.phone import Phone
from reference_impl.handset.user import User
from reference_impl.parts import ADMINISTRATOR_KEY, build_chip, sound
from reference_impl.platform.card import Card
from reference_impl.tsm.scripts import (
    SIGNATURE,
    USER,
    Answer,
    AppletScripts,
    Commands,
    Script,
)

if TYPE_CHECKING:
    import httpx

    from reference_impl.parts import Part
    from reference_impl.web.clock import Clock

BUSINESS = "business-server"
MUNICIPALITY, CALL_CENTRE = "municipality", "call-centre"
OK = b"\x90\x00"
CARD_LASTS = timedelta(days=3 * 365)


class Unprepared(RuntimeError):  # noqa: N818 - an event, not an error
    """A server or a card did not do what a person or a phone begins with; the line says what."""


class Messenger(Protocol):
    """What the push service is to a phone."""

    def register(self, phone: str) -> str:
        """A token for the app on it."""

    def unregister(self, phone: str) -> None:
        """The app is gone from it."""


@dataclass
class Person:
    """A person, the numbers the JPKI gave him and his card, and what he knows and holds."""

    person_id: str
    card_id: str
    user: User
    card: Card


class People:
    """Adds persons and phones to servers that ``http`` leads to.

    ``name`` comes before the number of every SE, so that those of two worlds differ.
    """

    def __init__(
        self,
        keys: KeyPairSource,
        clock: Clock,
        network: Network,
        messenger: Messenger,
        part: Part,
        *,
        name: str = "se",
    ) -> None:
        self.keys = keys
        self.clock = clock
        self.network = network
        self.messenger = messenger
        self.part = part
        self.name = name
        self._numbers = count(1)

    def http(self, server: str, role: str = "", link: Link | None = None) -> httpx.Client:
        """A client of a server: as a peer of this role, over a link that can be cut."""
        raise NotImplementedError

    def person(self, name: str) -> Person:
        """A person with a My Number Card, and what he knows by heart. Raises Unprepared."""
        user = User()
        card = self._chip("card", f"card {name}", sound)
        told = self._registered("/v1/cards", card, {"person": _resident(name)})
        self._set(card, {0x1B: user.card_password, 0x18: user.card_pin})
        return Person(told["person_id"], told["card_id"], user, card)

    def renew_card(self, person: Person) -> None:
        """New key pairs and certificates on the card, which lasts three years from now.

        Raises Unprepared.
        """
        self._registered(f"/v1/cards/{person.card_id}/renewals", person.card, {})

    def phone(self, name: str, user: User, card: Card | None) -> tuple[Phone, JpkiApp]:
        """A phone with an applet that was never issued, in the hands of this user."""
        element = self._chip("gpse", f"phone {name}", self.part)
        phone = self.part(Phone)(
            name, f"{self.name}-{next(self._numbers):08d}", element, self.network, self.clock,
            user, self.messenger.register, self.messenger.unregister, card,
        )  # fmt: skip
        sp = self.http("sp-tsm", "", Link.APP_TSM)
        return phone, self.part(JpkiApp)(phone, sp, self.http("sei-tsm", "", Link.APP_TSM))

    def business_app(self, app: JpkiApp) -> BusinessApp:
        """The business server's app beside this JPKI app."""
        business_app: BusinessApp = self.part(BusinessApp)(
            self.http(BUSINESS, "", Link.APP_BUSINESS), app
        )
        return business_app

    def _registered(self, path: str, card: Card, body: dict[str, Any]) -> dict[str, Any]:
        """Key pairs are made on the card, the municipality has them certified and stores them."""
        scripts = AppletScripts(ADMINISTRATOR_KEY)
        public = {files: carried_out(scripts.key_pair(files), card) for files in (SIGNATURE, USER)}
        body |= {
            "card_expires": self._expiry().isoformat(),
            "signature_key": _spki(*public[SIGNATURE]),
            "user_authentication_key": _spki(*public[USER]),
        }
        answer = self.http("jpki", MUNICIPALITY).post(path, json=body)
        told: dict[str, Any] = _good(answer).json()
        for one in told["certificates"]:
            files = SIGNATURE if one["purpose"] == "signature" else USER
            ca = _good(self.http("jpki").get(f"/v1/authorities/{one['purpose']}")).content
            own = base64.b64decode(one["certificate"])
            carried_out(scripts.certificates(files, own, ca), card)
        card.reset()
        return told

    def _chip(self, profile: str, purpose: str, part: Part) -> Card:
        entropy = SeededEntropy(purpose.encode())
        return build_chip(profile, MemoryMedium(), entropy, part, keys=self.keys)

    def _set(self, card: Card, values: dict[int, str]) -> None:
        carried_out(AppletScripts(ADMINISTRATOR_KEY).authenticated(), card)
        for reference, value in values.items():
            data = value.encode()
            header = bytes([0x00, 0x2C, 0x02, 0x80 | reference, len(data)])
            if (word := card.transmit(header + data)[-2:]) != OK:
                raise Unprepared(f"the card answers {word.hex()} to a new value of {reference:02X}")
        card.reset()

    def _expiry(self) -> date:
        return (self.clock.now() + CARD_LASTS).date()


@dataclass
class Drawn:
    """Key pairs of a pool, each once."""

    pool: Iterator[KeyPair]

    def new_pair(self) -> KeyPair:
        return next(self.pool)


def carried_out(script: Script, card: Card) -> Any:
    """A script on a card that lies at hand; returns what it concludes."""
    try:
        awaited = next(script)
        while True:
            commands = cast(Commands, awaited)
            awaited = script.send(Answer(tuple(card.transmit(apdu) for apdu in commands.apdus)))
    except StopIteration as end:
        return end.value


def _good(answer: httpx.Response) -> httpx.Response:
    """Raises Unprepared for a refusal."""
    if not answer.is_success:
        asked = f"{answer.request.method} {answer.request.url.path}"
        raise Unprepared(f"{asked} is answered {answer.status_code}: {answer.text[:200]}")
    return answer


def _resident(name: str) -> dict[str, str]:
    return {
        "name": f"合成　{name}",
        "birth_date": "420000101",
        "sex": "9",
        "address": "合成県試験市架空町一丁目１番１号",
        "prefecture": "Synthetic-ken",
        "municipality": "Shiken-shi",
    }


def _spki(n: int, e: int) -> str:
    key = RSAPublicNumbers(e, n).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()
