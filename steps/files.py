"""What a terminal reads."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from fixtures.card.apdu import EXTENDED_LE_MAX, SW, Response
from fixtures.card.jpki import EF
from fixtures.outcome import Inconclusive
from steps.terminal import CERTIFICATES, PINS, Terminal, assert_refused, assert_sw
from suites.applet import probes

FILES = CERTIFICATES | {"user CA": EF.USER_CA, "signature CA": EF.SIGNATURE_CA}


@then(parsers.parse("EF {fid:x} cannot be read"))
def cannot_be_read(terminal: Terminal, fid: int) -> None:
    assert_refused(terminal.card.read_sfi(EF(fid).sfi), SW.SECURITY_STATUS_NOT_SATISFIED)
    assert_sw(terminal.card.select_ef(fid), SW.OK)
    assert_refused(terminal.card.read(), SW.SECURITY_STATUS_NOT_SATISFIED)


@then("the other files can still be read")
def others_readable(terminal: Terminal) -> None:
    for ef in (EF.SIGNATURE_CA, EF.USER_CA, EF.TOKEN_INFORMATION):
        assert_sw(terminal.card.read_file(ef), SW.OK)


@then("EF 000A can be read only if the profile says so")
def by_profile(terminal: Terminal) -> None:
    response = terminal.card.read_sfi(EF.USER_CERTIFICATE.sfi)
    if terminal.bench.is_phone:
        assert_refused(response, SW.SECURITY_STATUS_NOT_SATISFIED)
    else:
        assert_sw(response, SW.OK)


@then("EF 000A holds a certificate")
def holds_certificate(terminal: Terminal) -> None:
    probes.certificate(terminal.card.read_file(EF.USER_CERTIFICATE).data)


@when("the token information is read", target_fixture="token")
def token(terminal: Terminal) -> bytes:
    return terminal.card.read_file(EF.TOKEN_INFORMATION).data


@then(parsers.parse("it is {count:d} bytes long"))
def byte_count(token: bytes, count: int) -> None:
    assert len(token) == count, f"{len(token)} bytes"


@then("its label is the one of the profile")
def label(terminal: Terminal, token: bytes) -> None:
    wanted = b"JPKIAPGPSETOKEN" if terminal.bench.is_phone else b"JPKIAPICCTOKEN2"
    assert token[:32] == wanted.ljust(32), f"got {token[:32]!r}"


@then("its numbers are those of a PKCS#11 token with 6 to 16 characters")
def token_numbers(token: bytes) -> None:
    found = probes.token_numbers(token)
    assert found == probes.TOKEN_NUMBERS, f"got {found}"


@when("the terminal reads around the end of the CA certificate", target_fixture="end")
def reads_end(terminal: Terminal) -> probes.EndOfFile:
    return probes.read_around_the_end(terminal.card, EF.SIGNATURE_CA)


@then("it gets the bytes up to the end and none beyond")
def none_beyond(end: probes.EndOfFile) -> None:
    assert not end.faults, "; ".join(end.faults)


@when(
    "the CA certificate is read in pieces and by one extended command",
    target_fixture="readings",
)
def reads_both_ways(terminal: Terminal) -> tuple[Response, Response]:
    pieces = terminal.card.read_file(EF.SIGNATURE_CA)  # which leaves the file selected
    return pieces, terminal.card.read(0, EXTENDED_LE_MAX, extended=True)


@then("both give the same whole file")
def same_file(readings: tuple[Response, Response]) -> None:
    pieces, at_once = readings
    assert_sw(pieces, SW.OK)
    assert_sw(at_once, SW.OK, SW.END_OF_FILE)
    probes.certificate(pieces.data)
    assert at_once.data == pieces.data, (
        f"{len(at_once.data)} bytes by the extended command, {len(pieces.data)} in pieces"
    )


@given(parsers.parse("the holder has opened and read the {name} certificate"))
def opened_and_read(terminal: Terminal, name: str) -> None:
    """With both PINs verified: the holder may read all, and is still not the administrator."""
    for secret in PINS:
        if not terminal.enter_right(secret).ok:
            raise Inconclusive(f"the right {secret} is refused; see JPKI-PIN-01, JPKI-PIN-02")
    content = terminal.card.read_file(FILES[name])
    if not (content.ok and content.data):
        raise Inconclusive(f"the {name} certificate cannot be read ({content.sw:04X})")
    terminal.notes["held"] = content.data


@when(parsers.parse("another {name} certificate is written"), target_fixture="written")
def writes_another(terminal: Terminal, name: str) -> bytes:
    """The last byte, within the CA's signature, differs: well-formed, and told apart."""
    held = _held(terminal)
    other = held[:-1] + bytes([held[-1] ^ 0xFF])
    terminal.heard(terminal.card.update(FILES[name], other))
    terminal.notes["now"] = terminal.card.read_file(FILES[name]).data
    if terminal.notes["now"] != held:  # leave the specimen as it was, whoever may write
        terminal.notes["restored"] = terminal.card.update(FILES[name], held).sw
    return other


@then(parsers.parse("the {name} certificate is the one it was"))
def certificate_as_before(terminal: Terminal, name: str) -> None:
    assert terminal.notes["now"] == _held(terminal), f"the {name} certificate is another one"


@then("it is read back byte for byte")
def read_back(terminal: Terminal, written: bytes) -> None:
    assert_sw(terminal.last, SW.OK)
    assert terminal.notes["now"] == written, "what was stored is not what is read"


@then(parsers.parse("the {name} certificate can be put back"))
def put_back(terminal: Terminal, name: str) -> None:
    assert terminal.notes["restored"] == SW.OK, f"storing answers {terminal.notes['restored']:04X}"
    assert terminal.card.read_file(FILES[name]).data == _held(terminal), "it is another one now"


def _held(terminal: Terminal) -> bytes:
    held = terminal.notes["held"]
    assert isinstance(held, bytes)
    return held
