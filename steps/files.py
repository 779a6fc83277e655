"""What a terminal reads."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from fixtures.card.apdu import SW
from fixtures.card.jpki import EF
from steps.terminal import Terminal, assert_refused, assert_sw
from suites.applet import probes


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
