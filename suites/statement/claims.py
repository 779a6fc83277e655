"""What a statement denies, and how to see without harm that it is there all the same.

A "no" takes requirements out of the judgement, so a false "no" hides whatever would have failed.
Every capability has an entry: a probe that costs nothing and changes nothing, or the reason why
there is none. The answer counts as *there* only when it could not come from a card without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixtures.card.global_platform import close_channel, open_channel
from fixtures.card.jpki import EF

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.card.apdu import Response
    from fixtures.card.jpki import JpkiCard

MORE_THAN_SHORT = 300  # bytes asked for; a short READ brings 256 at the most


@dataclass(frozen=True)
class Probe:
    """A question, and whether its answer shows the function."""

    asked: str
    ask: Callable[[JpkiCard], Response]
    shows: Callable[[Response], bool]


def _tries(ef: EF) -> Probe:
    return Probe(
        f"VERIFY without data for EF {ef:04X}",
        lambda card: card.tries_left(ef),
        lambda answer: answer.tries_left is not None or answer.ok,
    )


def _read_token(card: JpkiCard) -> Response:
    card.select_ef(EF.TOKEN_INFORMATION)
    return card.read(0, 1)


def _open_and_close(card: JpkiCard) -> Response:
    opened = card.send(open_channel())
    if opened.ok and opened.data:
        card.send(close_channel(opened.data[0]))
    return opened


def _read_extended(card: JpkiCard) -> Response:
    card.select_ef(EF.SIGNATURE_CA)
    return card.read(0, MORE_THAN_SHORT, extended=True)


PROBES = {
    "pin.auth": _tries(EF.USER_PIN),
    "pin.sign": _tries(EF.PASSWORD),
    "challenge.get": Probe(
        "GET CHALLENGE of 8 bytes",
        lambda card: card.challenge(),
        lambda answer: answer.ok and len(answer.data) == 8,
    ),
    "ef.token": Probe(
        "READ of EF 0006", _read_token, lambda answer: answer.ok and answer.data != b""
    ),
    "platform.channels": Probe(
        "MANAGE CHANNEL, open and close",
        _open_and_close,
        lambda answer: answer.ok and len(answer.data) == 1,
    ),
    "apdu.extended": Probe(
        f"extended READ of {MORE_THAN_SHORT} bytes",
        _read_extended,
        lambda answer: len(answer.data) == MORE_THAN_SHORT,
    ),
}

NOT_PROBED = {
    "pin.change": "takes the PIN, and changes it",
    "pin.unblock": "takes the administrator's key, and replaces a PIN",
    "key.generate": "would replace a key and lose its certificate",
    "certificate.store": "would overwrite a certificate",
    "sign.variants": "would sign",
    "power.cut": "a port of the bench, not of the target",
    "log.diagnostic": "a port of the bench, not of the target",
    "specimen.renew": "a port of the bench, not of the target",
    "rng.failure": "a port of the bench, not of the target",
    "rng.replay": "a test mode of the target, reached by a port of the bench",
    "key.private_view": "a test mode of the target, reached by a port of the bench",
    "timing.breakdown": "a port of the bench, not of the target",
    "timing.presets": "a port of a model, not of a product",
    "contactless.touch": "a reader of the bench, not of the target",
    "contactless.type_a": "asked over the air, by a reader of the bench",
    "contactless.type_b": "asked over the air, by a reader of the bench",
    "contactless.position": "a port of the bench, not of the target",
    "contactless.poll_order": "a port of the bench, not of the target",
    "contactless.frames": "a port of the bench, not of the target",
    "applet.image": "a file of the bench, not of the target",
    "services.jpki": "servers around the target, reached by a port of the bench",
    "services.clock": "a port of the bench, not of the target",
    "services.push": "a test environment, reached by a port of the bench",
    "memory.image": "test mode of a specimen, reached by a port of the bench",
    "services.relying_party": "a test environment, reached by a port of the bench",
    "tsm.remote_deletion": "a test environment, reached by a port of the bench",
    "handset.network_cut": "a test environment, reached by a port of the bench",
    "handset.scripted_user": "a test environment, reached by a port of the bench",
    "tsm.sei": "a test environment, reached by a port of the bench",
    "platform.omapi_access": "apps on a phone, and rules that must be set",
    "platform.element_double": "a port of the bench, not of the target",
    "tsm.sp": "a test environment, reached by a port of the bench",
    "platform.registry": "needs a session with the issuer's security domain",
    "platform.delegated": "would put keys into the issuer's security domain",
    "platform.dap": "would make a domain that asks for signatures",
    "platform.load": "needs the keys of the issuer's security domain, and memory",
    "platform.memory_fill": "would fill the memory of somebody's card",
    "platform.foreign_applets": "would load them; only the issuer of the card may",
    "platform.access_source": "shows only where two ways lead to the card, and one is refused",
    "platform.source_view": "a test mode of the target, reached by a port of the bench",
    "platform.chip_profiles": "a port of a model, not of a product",
    "handset.turnaround": "a stopwatch of the bench, not of the target",
    "platform.product": "a name, which no answer shows",
    "client.opensc": "a program of the host, not of the target",
}
