"""What holder and administrator do with user PIN and password."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from fixtures.card.apdu import SW
from fixtures.card.jpki import EF, cryptogram
from fixtures.outcome import Inconclusive
from steps.terminal import (
    DOCUMENT,
    PINS,
    Terminal,
    assert_refused,
    assert_sw,
)


@given(parsers.re(r"the holder has entered the right (?P<secret>user PIN|password)"))
@when(parsers.re(r"the holder enters the right (?P<secret>user PIN|password)"))
def enters_right(terminal: Terminal, secret: str) -> None:
    assert_sw(terminal.enter_right(secret), SW.OK)


@given(parsers.parse("the holder has entered a wrong {secret}"))
def entered_wrong(terminal: Terminal, secret: str) -> None:
    terminal.enter(secret, terminal.wrong(secret))
    terminal.notes["tries"] = terminal.tries(secret)


@then(parsers.parse("as many tries of the {secret} are left as before"))
def as_many_as_before(terminal: Terminal, secret: str) -> None:
    before, now = terminal.notes["tries"], terminal.tries(secret)
    assert now == before, f"{now} tries, before {before}"


@when(parsers.re(r"the holder enters a wrong (?P<secret>.+) (?P<times>\d) times?"))
def enters_wrong(terminal: Terminal, secret: str, times: str) -> None:
    for _ in range(int(times)):
        terminal.enter(secret, terminal.wrong(secret))


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


@given("the administrator has authenticated")
def administrator(terminal: Terminal) -> None:
    terminal.authenticate_administrator()


@when(parsers.parse("the {secret} is unblocked"))
def unblocks(terminal: Terminal, secret: str) -> None:
    terminal.heard(terminal.card.unblock(PINS[secret], terminal.right(secret)))


@when("the same cryptogram is sent again")
def replays(terminal: Terminal) -> None:
    terminal.bench.allow_a_failed_proof()
    terminal.heard(terminal.card.external_authenticate(terminal.cryptogram))


@when(parsers.parse("a cryptogram {wrong} is sent"))
def sends_wrong_cryptogram(terminal: Terminal, wrong: str) -> None:
    """Wrong in one way only; the challenge is always one that waits for its answer."""
    terminal.bench.allow_a_failed_proof()
    card, key = terminal.card, terminal.bench.administrator_key
    older, newer = card.challenge(), card.challenge()
    if not (older.ok and newer.ok):
        raise Inconclusive("no challenge comes that could be answered wrongly")
    challenge = newer.data
    right = cryptogram(key, challenge)
    value = {
        "with one bit changed": right[:-1] + bytes([right[-1] ^ 1]),
        "made by another key": cryptogram(bytes(byte ^ 0xFF for byte in key), challenge),
        "of an older challenge": cryptogram(key, older.data),
    }[wrong]
    terminal.heard(card.external_authenticate(value))


@when(parsers.parse("{times:d} challenges of {count:d} bytes are asked for"))
def asks_challenges(terminal: Terminal, times: int, count: int) -> None:
    terminal.answers.clear()
    for _ in range(times):
        terminal.heard(terminal.card.challenge(count))


@then(parsers.parse("each of them is {count:d} bytes long"))
def challenge_lengths(terminal: Terminal, count: int) -> None:
    for response in terminal.answers:
        assert_sw(response, SW.OK)
        assert len(response.data) == count, f"{len(response.data)} bytes"


@then("no two of them are equal")
def all_different(terminal: Terminal) -> None:
    different = {response.data for response in terminal.answers}
    assert len(different) == len(terminal.answers), (
        f"{len(different)} different ones among {len(terminal.answers)}"
    )
