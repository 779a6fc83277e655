"""REQ-2-1-m: what an app sends arrives on its own channel, whole, or not at all."""

from __future__ import annotations

import pytest

from fixtures.card.apdu import SW, Response
from fixtures.outcome import Inconclusive, NotApplicable, expect
from fixtures.targets.omapi import Raised
from suites.access_control import cts
from suites.access_control.commands import ILLEGAL, class_on, refusal
from suites.access_control.handset import PLAIN, RULE, SECURITY, Handset, shown
from suites.access_control.rules import ALWAYS, Rule

TOLD = cts.TOLD["transmit"]
ECHO = bytes.fromhex("F3010C01AA00")  # the test applet repeats the command
CLASSES = tuple(range(0x100))
TAKING_AWAY = ("700000", "708001", "A404000A" + "AA" * 10, "A4040401AA")
NO_COMMANDS = (
    "", "00", "00B000", "FFB00000", "00600000", "006F0000", "00900000", "009F0000",
    "00B0000002AA", "00B0000001AABBCC", "00B00000000000AA", "00B0000000000200", "00B000000001",
)  # fmt: skip
SECURED = (0x00, 0x04, 0x08, 0x0C, 0x80, 0x84)
FULLY = (0, 3)  # of the channels opened: one of 1 to 3, and one from 4 on
pytestmark = [
    pytest.mark.requirement(RULE),
    pytest.mark.needs("platform.omapi_access"),
    pytest.mark.destructive,
]


@pytest.fixture
def channel(handset: Handset) -> int:
    """A logical one, of an app that may do everything with the test applet."""
    handset.set_rules([Rule(PLAIN, b"", ALWAYS)])
    return handset.channel(handset.of_one_signer[0], PLAIN)


def in_every_class(kind: str) -> list[bytes]:
    return [bytes.fromhex(cla + rest) for cla in TOLD["classes"] for rest in TOLD[kind]]


def test_android_s_commands_are_answered_as_its_tests_want(handset: Handset, channel: int):
    """91 vectors: without data, 256 bytes, status words, answers in pieces, and P2 of SELECT."""

    def answered(command: bytes) -> Response:
        answer = handset.phone.send(channel, command)
        where = command.hex().upper()
        expect(RULE, shown(answer) if isinstance(answer, Raised) else "", "", where)
        assert isinstance(answer, Response)
        return answer

    for command in in_every_class("without_data"):
        expect(RULE, answered(command), Response(b"", SW.OK), command.hex().upper())
    for command in in_every_class("with_256_bytes"):
        got = answered(command)
        expect(RULE, (len(got.data), got.sw), (256, SW.OK), command.hex().upper())
    for at, sw in enumerate(TOLD["warnings"], 1):
        for rest in ("06", "0A01AA", "0800", "0C01AA00"):
            command = bytes.fromhex(f"00F3{at:02X}{rest}")
            got = answered(command)
            data = len(command) - 1 if rest[:2] == "0C" else int(rest[:2] == "08")
            said = got.data[1:] == command[1:] if rest[:2] == "0C" else len(got.data) == data
            expect(RULE, (got.sw, said), (int(sw, 16), True), command.hex().upper())
    for command in map(bytes.fromhex, TOLD["segmented"]):
        got = answered(command)
        size = int.from_bytes(command[2:4], "big")
        expect(
            RULE,
            (len(got.data), got.data[-1:], got.sw),
            (size, b"\xff", SW.OK),
            command.hex().upper(),
        )
    expect(RULE, answered(bytes.fromhex("00F4000000")), Response(b"\x00", SW.OK), "P2 of SELECT")


def test_what_would_take_the_channel_away_is_forbidden_in_every_interindustry_class(
    handset: Handset, channel: int
):
    """MANAGE CHANNEL and SELECT by name; proprietary classes are not looked into."""
    sent = [bytes((cla,)) + bytes.fromhex(rest) for rest in TAKING_AWAY for cla in CLASSES]
    got = [handset.phone.transmit(channel, one) for one in sent]
    refused = [one.name if isinstance(one, Raised) else None for one in got]
    for command, found in zip(sent, refused, strict=True):
        expect(RULE, found, refusal(command), command.hex().upper())


def test_files_within_the_application_can_be_selected(handset: Handset, channel: int):
    """SELECT with another P1 is the application's own business."""
    for command in ("00A40000023F00", "00A4020C020018", "00A40800023F00", "00A40304023F00"):
        answer = handset.phone.transmit(channel, bytes.fromhex(command))
        expect(RULE, isinstance(answer, Raised), False, f"{command}: {shown(answer)}")


def test_what_is_no_command_is_an_illegal_argument(handset: Handset, channel: int):
    for command in NO_COMMANDS:
        answer = handset.phone.transmit(channel, bytes.fromhex(command))
        expect(RULE, answer, Raised(ILLEGAL), command or "nothing")


def test_no_command_at_all_is_a_null_pointer(handset: Handset, channel: int):
    answer = handset.phone.transmit(channel, None)
    expect(RULE, answer, Raised("NullPointerException"), "null")


def test_the_applet_hears_every_command_on_one_and_the_same_channel(handset: Handset, channel: int):
    """Whatever channel the app writes into the class byte; by the applet's own word."""
    seen = []
    for cla in (0x00, 0x01, 0x03, 0x40, 0x4F, 0x80, 0x83, 0xC5, 0xA0, 0x94):
        answer = handset.phone.send(channel, bytes((cla,)) + ECHO)
        if not isinstance(answer, Response) or len(answer.data) != 1 + len(ECHO):
            raise Inconclusive(f"the test applet does not repeat a command of class {cla:02X}")
        seen.append((cla, answer.data[0]))
    if len({heard for _, heard in seen}) == 1:
        raise NotApplicable("the test applet does not tell the class byte it hears")
    fits = [n for n in range(1, 20) if all(class_on(cla, n) == heard for cla, heard in seen)]
    told = ", ".join(f"{cla:02X} as {heard:02X}" for cla, heard in seen)
    expect(RULE, len(fits), 1, f"classes were heard as {told}; channels that this can be")


@pytest.mark.needs("platform.element_double")
def test_every_class_byte_on_every_channel(handset: Handset, channel: int):
    """Tables 2 and 3 of ISO/IEC 7816-4 5.4.1, on all channels the element has."""
    session = handset.session(handset.of_one_signer[1])
    opened = [channel]
    while isinstance(another := handset.phone.open(session, PLAIN), int):
        opened.append(another)
    handset.phone.trace()
    numbers = []
    for at, one in enumerate(opened):
        classes = CLASSES[:-1] if at in FULLY else SECURED
        for cla in classes:
            handset.phone.transmit(one, bytes((cla, 0xE0, 0x00, 0x00)))
        heard = [command[0] for command in handset.phone.trace()]
        number = heard[0] & 0x03 if not heard[0] & 0x40 else 4 + (heard[0] & 0x0F)
        wanted = bytes(class_on(cla, number) for cla in classes)
        expect(RULE, bytes(heard), wanted, f"class bytes on channel {number}")
        numbers.append(number)
    expect(RULE, sorted(numbers), [*range(1, len(opened) + 1)], "every app has its own channel")


@pytest.mark.needs("platform.element_double")
def test_what_is_refused_does_not_reach_the_element(handset: Handset):
    """By the rules of OMAPI and by those of access control."""
    handset.set_rules([Rule(PLAIN, b"", bytes.fromhex("00060000FFFF0000"))])
    channel = handset.channel(handset.of_one_signer[0], PLAIN)
    handset.phone.trace()
    for command in (*TOLD["forbidden"], "000A000001AA", "002000800431323334", "80060000"):
        got = handset.phone.transmit(channel, bytes.fromhex(command))
        expect(RULE, got, SECURITY, command)
    expect(RULE, handset.phone.trace(), (), "refused commands that reached the element")
    expect(
        RULE, handset.phone.transmit(channel, bytes.fromhex("00060000")), b"\x90\x00", "a filter"
    )
    expect(RULE, len(handset.phone.trace()), 1, "commands that passed")


@pytest.mark.needs("platform.element_double")
def test_le_is_corrected_once_also_where_there_was_none(handset: Handset, channel: int):
    """6Cxx: the same command with that Le; a second 6Cxx is the app's to see."""
    answers = {
        "F8000001AA": "6C10",
        "F8000001AA10": "6C11",
        "F9000000": "6C02",
        "F9000002": "BB9000",
    }
    handset.phone.answers({
        bytes.fromhex(sent): bytes.fromhex(told)
        for sent, told in sorted(answers.items(), key=lambda pair: -len(pair[0]))
    })  # fmt: skip
    expect(
        RULE, handset.phone.transmit(channel, bytes.fromhex("00F8000001AA")), b"\x6c\x11", "6Cxx"
    )
    got = handset.phone.transmit(channel, bytes.fromhex("00F9000000"))
    expect(RULE, got, b"\xbb\x90\x00", "6C02")


@pytest.mark.needs("platform.element_double")
def test_an_answer_that_never_ends_is_a_broken_line(handset: Handset, channel: int):
    handset.phone.answers({b"\xf8": b"\x61\x01", b"\xc0": b"\xaa\x61\x01"})
    got = handset.phone.transmit(channel, bytes.fromhex("00F80000"))
    expect(RULE, got, Raised("IOException"), "61xx for ever")
