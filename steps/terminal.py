"""The actor of the features: a terminal with a holder and an administrator behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Response
from fixtures.card.jpki import EF, JpkiCard, another
from fixtures.outcome import Inconclusive

DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")
DOCUMENT = "請求書 2026-11".encode()
PINS = {"user PIN": EF.USER_PIN, "password": EF.PASSWORD}
KEYS = {"user": EF.USER_KEY, "signature": EF.SIGNATURE_KEY}
CERTIFICATES = {"user": EF.USER_CERTIFICATE, "signature": EF.SIGNATURE_CERTIFICATE}


@dataclass
class Terminal:
    """Speaks to one card and remembers the answers of the scenario so far."""

    bench: Bench
    answers: list[Response] = field(default_factory=list)
    cryptogram: bytes = b""
    notes: dict[str, object] = field(default_factory=dict)

    @property
    def card(self) -> JpkiCard:
        return self.bench.card

    @property
    def last(self) -> Response:
        return self.answers[-1]

    def wrong(self, secret: str) -> bytes:
        """Well-formed, and not the right one."""
        return another(self.right(secret))

    def heard(self, response: Response) -> Response:
        self.answers.append(response)
        return response

    def right(self, secret: str) -> bytes:
        return self.bench.right(PINS[secret])

    def enter(self, secret: str, value: bytes) -> Response:
        return self.heard(self.card.verify(PINS[secret], value))

    def enter_right(self, secret: str) -> Response:
        return self.enter(secret, self.right(secret))

    def authenticate_administrator(self) -> None:
        """``BenchError`` when the statement's key is not the card's."""
        self.cryptogram = self.card.authenticate_administrator(self.bench.administrator_key)

    def tries(self, secret: str) -> int:
        """The tries left; ``Inconclusive`` when asking does not tell, or changes the number."""
        first, second = (self.card.tries_left(PINS[secret]) for _ in range(2))
        if first.tries_left is None or first.sw != second.sw:
            raise Inconclusive("the tries left cannot be asked reliably; see JPKI-J-03, JPKI-J-04")
        return first.tries_left

    def block(self, secret: str) -> None:
        for _ in range(8):
            if self.card.verify(PINS[secret], self.wrong(secret)).sw == 0x63C0:
                return


def assert_sw(response: Response, *wanted: int) -> None:
    told = " or ".join(f"{sw:04X}" for sw in wanted)
    assert response.sw in wanted, f"got {response.sw:04X}, want {told}"


def assert_refused(response: Response, *words: int) -> None:
    """Refused, by one of these words if any are given, and without a byte of data."""
    assert response.sw != SW.OK, "it was executed"
    assert not response.data, f"{len(response.data)} bytes came with the refusal"
    if words:
        assert_sw(response, *words)
