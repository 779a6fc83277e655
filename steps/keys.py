"""What is done with the two keys: generation, signature."""

from __future__ import annotations

import pytest
from pytest_bdd import parsers, then, when

from fixtures.card.apdu import SW, Response
from fixtures.card.jpki import EF, Padding, parse_public_key
from steps.terminal import (
    CERTIFICATES,
    DOCUMENT,
    KEYS,
    PINS,
    Terminal,
    assert_refused,
    assert_sw,
)
from suites.applet import probes, signatures


@when(parsers.parse("the {key} key signs a document"))
def signs_document(terminal: Terminal, key: str) -> None:
    terminal.heard(terminal.card.sign(KEYS[key], signatures.digest_info(DOCUMENT)))


@then(parsers.parse("{count:d} bytes come with 9000 and without GET RESPONSE"))
def direct(terminal: Terminal, count: int) -> None:
    assert_sw(terminal.last, SW.OK)
    assert len(terminal.last.data) == count, f"{len(terminal.last.data)} bytes"


@then(parsers.parse("the signature verifies with the public key of the {key} key"))
def signature_verifies(terminal: Terminal, key: str) -> None:
    signature = terminal.card.collect(terminal.last).data
    certificate = probes.certificate(terminal.card.read_file(CERTIFICATES[key]).data)
    assert signatures.verifies(certificate.public_key(), signature, DOCUMENT), "it does not verify"


@then(parsers.parse("the {key} key signs"))
def key_signs(terminal: Terminal, key: str) -> None:
    response = terminal.card.signature(KEYS[key], signatures.digest_info(DOCUMENT))
    assert_sw(response, SW.OK)


@then(parsers.parse("the {key} key refuses to sign"))
def key_refuses(terminal: Terminal, key: str) -> None:
    response = terminal.card.sign(KEYS[key], signatures.digest_info(DOCUMENT))
    assert_refused(response, SW.SECURITY_STATUS_NOT_SATISFIED)


@then(parsers.parse("the {key} key refuses to sign in every variant"))
def key_refuses_variants(terminal: Terminal, key: str) -> None:
    """32 bytes suit every P1, whether the host hashes or the card."""
    answers = {p1: terminal.card.sign(KEYS[key], bytes(32), p1) for p1 in Padding}
    wrong = [
        f"P1 {p1:02X} {answer.sw:04X}"
        for p1, answer in answers.items()
        if answer.data or answer.sw != SW.SECURITY_STATUS_NOT_SATISFIED
    ]
    assert not wrong, f"not refused with 6982: {', '.join(wrong)}"


@when("every file from 0001 to 001F is read in every way", target_fixture="readable")
def reads_everything(terminal: Terminal) -> dict[int, str]:
    return probes.readable_files(terminal.card)


@then("no file but the known ones gives a byte")
def only_known(readable: dict[int, str]) -> None:
    surplus = {f"{fid:04X}": way for fid, way in readable.items() if fid not in probes.READABLE}
    assert not surplus, f"data came from {surplus}"


@pytest.fixture
def generated() -> dict[str, Response]:
    """Answers of key generation by key."""
    return {}


@when(parsers.re(r"a key pair is generated for the (?P<key>user|signature) key"))
def generates(terminal: Terminal, generated: dict[str, Response], key: str) -> None:
    terminal.notes["before"] = terminal.card.public_key_object(KEYS[key]).data
    generated[key] = terminal.heard(terminal.card.generate(KEYS[key]))


@when("key pairs are generated for both keys")
def generates_both(terminal: Terminal, generated: dict[str, Response]) -> None:
    for key in KEYS:
        generated[key] = terminal.heard(terminal.card.generate(KEYS[key], ins=0x47, extended=False))


@then(parsers.parse("a public key of {bits:d} bits comes out"))
def public_key_out(generated: dict[str, Response], bits: int) -> None:
    for response in generated.values():
        assert_sw(response, SW.OK)
        modulus, _ = signatures.public_numbers(response.data)
        assert modulus.bit_length() == bits, f"{modulus.bit_length()} bits"


@when("two key pairs are generated for the user key", target_fixture="pairs")
def generates_two(terminal: Terminal) -> list[Response]:
    return [terminal.card.generate(EF.USER_KEY) for _ in range(2)]


@then("they are two")
def two_pairs(pairs: list[Response]) -> None:
    for response in pairs:
        assert_sw(response, SW.OK)
    assert pairs[0].data != pairs[1].data, "the same public key came out twice"


@then(parsers.parse("the {key} key is the one it was"))
def key_as_before(terminal: Terminal, key: str) -> None:
    now = terminal.card.public_key_object(KEYS[key]).data
    assert now == terminal.notes["before"], "the public key is another one"


@then("every new key passes the public checks")
def public_checks(generated: dict[str, Response]) -> None:
    for key, response in generated.items():
        assert_sw(response, SW.OK)
        faults = signatures.public_key_faults(response.data)
        assert not faults, f"{key} key: {'; '.join(faults)}"


@then("a signature by each verifies with the public key that came out")
def new_key_signs(terminal: Terminal, generated: dict[str, Response]) -> None:
    for secret in PINS:
        assert_sw(terminal.enter_right(secret), SW.OK)
    for key, response in generated.items():
        signature = terminal.card.signature(KEYS[key], signatures.digest_info(DOCUMENT))
        public = parse_public_key(response.data)
        assert signatures.verifies(public, signature.data, DOCUMENT), (
            f"{key} key: it does not verify"
        )
