"""What terminal, holder and administrator do with the JPKI applet."""

from __future__ import annotations

import pytest
from pytest_bdd import given, parsers, then, when

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Response
from fixtures.card.jpki import EF, parse_public_key
from fixtures.outcome import Inconclusive
from steps.terminal import CERTIFICATES, KEYS, PINS, WRONG, Terminal, assert_refused, assert_sw
from suites.applet import probes, signatures

DOCUMENT = "請求書 2026-11".encode()


# --- a terminal ---------------------------------------------------------------------------


@given("a terminal that has selected the JPKI application", target_fixture="terminal")
def terminal(bench: Bench) -> Terminal:
    """On a real card the right PINs first bring the counters to a known state."""
    bench.card.power_cycle()
    if not bench.statement.has("specimen.renew"):
        for secret in PINS.values():
            bench.card.verify(secret, bench.right(secret))
    bench.card.power_cycle()
    return Terminal(bench)


@given("a terminal that has selected the application of a plastic card", target_fixture="terminal")
def plastic(card_bench: Bench) -> Terminal:
    return terminal(card_bench)


@given("the terminal has selected EF 0006")
def selected_token(terminal: Terminal) -> None:
    assert_sw(terminal.card.select_ef(EF.TOKEN_INFORMATION), SW.OK)


@when("the terminal selects the application again")
def reselects(terminal: Terminal) -> None:
    assert_sw(terminal.card.select_ap(), SW.OK)


@when("the card loses its power and comes back")
def loses_power(terminal: Terminal) -> None:
    """A power cycle ends in SELECT; what SELECT alone does is not blamed on the power."""
    if "tries" in terminal.notes:
        terminal.card.select_ap()
        if terminal.tries("user PIN") != terminal.notes["tries"]:
            raise Inconclusive("SELECT alone gives tries back; see JPKI-PIN-01")
    terminal.card.power_cycle()


@when("the card loses its power and nothing is selected")
def loses_power_only(terminal: Terminal) -> None:
    terminal.card.channel.reset()


@when("the terminal reads with no file selected")
def reads_nothing(terminal: Terminal) -> None:
    terminal.heard(terminal.card.read())


@then("no command of the application is executed")
def nothing_executed(terminal: Terminal) -> None:
    for name, command in probes.APPLICATION_COMMANDS.items():
        response = terminal.card.send(command)
        assert response.sw != SW.OK, f"{name} was executed"
        assert not response.data, f"{name} gave data"


@when("a terminal probes for 27 foreign applications")
def probes_foreign(terminal: Terminal) -> None:
    for aid in probes.FOREIGN_AIDS:
        terminal.heard(terminal.card.select_ap(p2=0x00, aid=aid))


@then(parsers.parse("each of them is refused with {sw:x}"))
def each_refused(terminal: Terminal, sw: int) -> None:
    for response in terminal.answers:
        assert_refused(response, sw)


@then("the JPKI application can still be selected")
def still_there(terminal: Terminal) -> None:
    for p2, le in ((0x0C, None), (0x00, None), (0x00, 256)):
        assert_sw(terminal.card.select_ap(p2, le=le), SW.OK)
    assert not terminal.card.select_ap().data


@when("unknown instructions, classes and files are sent", target_fixture="unknown")
def sends_unknown(terminal: Terminal) -> list[tuple[str, Response, tuple[int, ...]]]:
    return [(name, terminal.card.send(c), words) for name, c, words in probes.UNKNOWN]


@then("each has the status word of its kind")
def words_of_kind(unknown: list[tuple[str, Response, tuple[int, ...]]]) -> None:
    for name, response, words in unknown:
        told = " or ".join(f"{word:04X}" for word in words)
        assert response.sw in words, f"{name}: got {response.sw:04X}, want {told}"
        assert not response.data, f"{name}: data came with the refusal"


# --- PINs ---------------------------------------------------------------------------------


@given(parsers.re(r"the holder has entered the right (?P<secret>user PIN|password)"))
@when(parsers.re(r"the holder enters the right (?P<secret>user PIN|password)"))
def enters_right(terminal: Terminal, secret: str) -> None:
    assert_sw(terminal.enter_right(secret), SW.OK)


@given(parsers.parse("the holder has entered a wrong {secret}"))
def entered_wrong(terminal: Terminal, secret: str) -> None:
    terminal.enter(secret, WRONG[secret])
    terminal.notes["tries"] = terminal.tries(secret)


@then(parsers.parse("as many tries of the {secret} are left as before"))
def as_many_as_before(terminal: Terminal, secret: str) -> None:
    before, now = terminal.notes["tries"], terminal.tries(secret)
    assert now == before, f"{now} tries, before {before}"


@when(parsers.re(r"the holder enters a wrong (?P<secret>.+) (?P<times>\d) times?"))
def enters_wrong(terminal: Terminal, secret: str, times: str) -> None:
    for _ in range(int(times)):
        terminal.enter(secret, WRONG[secret])


@given(parsers.parse("the holder has blocked the {secret}"))
def blocked(terminal: Terminal, secret: str) -> None:
    terminal.block(secret)


@then(parsers.parse("the card counts down {numbers}"))
def counts_down(terminal: Terminal, numbers: str) -> None:
    wanted = [0x63C0 | int(number) for number in numbers.split(",")]
    got = [response.sw for response in terminal.answers]
    assert got == wanted, f"got {[f'{sw:04X}' for sw in got]}"


@then(parsers.parse("the right {secret} opens nothing"))
def opens_nothing(terminal: Terminal, secret: str) -> None:
    assert_refused(terminal.enter_right(secret))
    key = EF.USER_KEY if secret == "user PIN" else EF.SIGNATURE_KEY
    assert_refused(terminal.card.sign(key, DOCUMENT), SW.SECURITY_STATUS_NOT_SATISFIED)


@then(parsers.parse("the right {secret} is accepted"))
def accepted(terminal: Terminal, secret: str) -> None:
    assert_sw(terminal.last, SW.OK)
    assert_sw(terminal.enter_right(secret), SW.OK)


@then(parsers.parse("{count:d} tries of the {secret} are left"))
def tries_left(terminal: Terminal, count: int, secret: str) -> None:
    left = terminal.tries(secret)
    assert left == count, f"{left} tries are left"


@then(parsers.parse("the retry query of the {secret} answers {sw:x}"))
def query_answers(terminal: Terminal, secret: str, sw: int) -> None:
    assert_sw(terminal.card.tries_left(PINS[secret]), sw)


@when(parsers.parse("the tries of the user PIN are asked {times:d} times"))
def asks(terminal: Terminal, times: int) -> None:
    terminal.answers.clear()
    for _ in range(times):
        terminal.heard(terminal.card.tries_left(EF.USER_PIN))


@then("every answer tells the same number of tries")
def every_answer(terminal: Terminal) -> None:
    words = [response.sw for response in terminal.answers]
    assert {word & 0xFFF0 for word in words} == {0x63C0}, f"{words[0]:04X} is not 63Cx"
    assert len(set(words)) == 1, f"the number changes: {[f'{word:04X}' for word in words]}"


@then("the status word of a blocked PIN comes")
def blocked_word(terminal: Terminal) -> None:
    word = 0x6983 if terminal.bench.is_phone else 0x6984
    assert_sw(terminal.last, word)


@when(parsers.parse("the holder enters the password {almost}"))
def almost_right(terminal: Terminal, almost: str) -> None:
    right = terminal.right("password")
    value = {
        "without its last letter": right[:-1],
        "with another last letter": right[:-1] + (b"A" if right[-1:] != b"A" else b"B"),
        "with one letter more": right + b"A",
        "in lower case": right.lower(),
    }[almost]
    terminal.enter("password", value)


@then("it counts as a wrong password")
def counts_as_wrong(terminal: Terminal) -> None:
    assert_sw(terminal.last, 0x63C4)
    assert_refused(terminal.card.sign(EF.SIGNATURE_KEY, DOCUMENT))


@when(parsers.parse('a change of the {secret} to "{new}" is asked for'))
def asks_change(terminal: Terminal, secret: str, new: str) -> None:
    response = terminal.heard(terminal.card.change(PINS[secret], new.encode()))
    if response.ok:  # leave the specimen as it was, whatever it did
        terminal.card.verify(PINS[secret], new.encode())
        terminal.card.change(PINS[secret], terminal.right(secret))


@when(parsers.parse('the {secret} is changed to "{new}" and back'))
def changes_and_back(terminal: Terminal, secret: str, new: str) -> None:
    ef, old, fresh = PINS[secret], terminal.right(secret), new.encode()
    terminal.answers.clear()
    for value in (fresh, old):
        terminal.heard(terminal.card.change(ef, value))
        terminal.card.power_cycle()
        terminal.heard(terminal.card.verify(ef, value))


@then("each of them was right in its time")
def all_right(terminal: Terminal) -> None:
    for response in terminal.answers:
        assert_sw(response, SW.OK)


@then(parsers.parse("the old {secret} is still right"))
def old_still_right(terminal: Terminal, secret: str) -> None:
    assert_sw(terminal.enter_right(secret), SW.OK)


@then(parsers.parse("it is refused with {sw:x}"))
def refused_with(terminal: Terminal, sw: int) -> None:
    assert_refused(terminal.last, sw)


@then("it is refused")
def refused(terminal: Terminal) -> None:
    assert_refused(terminal.last)


# --- administrator ------------------------------------------------------------------------


@given("the administrator has authenticated")
def administrator(terminal: Terminal) -> None:
    terminal.authenticate_administrator()


@when(parsers.parse("the {secret} is unblocked"))
def unblocks(terminal: Terminal, secret: str) -> None:
    terminal.heard(terminal.card.unblock(PINS[secret], terminal.right(secret)))


@when("the same cryptogram is sent again")
def replays(terminal: Terminal) -> None:
    terminal.heard(terminal.card.external_authenticate(terminal.cryptogram))


# --- files --------------------------------------------------------------------------------


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


# --- keys ---------------------------------------------------------------------------------


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


@then("the user key is the one it was")
def key_as_before(terminal: Terminal) -> None:
    assert terminal.card.public_key_object(EF.USER_KEY).data == terminal.notes["before"]


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
