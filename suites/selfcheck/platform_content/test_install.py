"""INSTALL: its forms, its fields, and commands in pieces."""

from __future__ import annotations

import pytest

from fixtures.card.apdu import SW, Command, Response
from fixtures.card.content_management import carry_out, installing
from fixtures.card.global_platform import (
    delete,
    install,
    install_for_install,
    install_for_make_selectable,
    loads,
    open_channel,
)
from fixtures.card.global_platform_values import Install, Subset, lv, tlv
from fixtures.card.scp03 import segments
from fixtures.card.secure_channel import SecureChannel
from suites.selfcheck.phone_card import JPKI, PhoneCard, entries
from suites.selfcheck.platform_content.scene import (
    INSTANCE,
    MODULE,
    PACKAGE,
    PLAIN,
    UNKNOWN,
    free,
    registry,
)


def test_installed_is_not_selectable_until_it_is_made_so(card: PhoneCard, loaded: SecureChannel):
    number = card.open()
    assert loaded.send(installing(UNKNOWN, make_selectable=False)).ok
    assert card.select(INSTANCE, number).sw == SW.FILE_NOT_FOUND
    assert loaded.send(install_for_make_selectable(INSTANCE)).ok
    assert card.select(INSTANCE, number).ok
    again = loaded.send(install_for_make_selectable(INSTANCE))
    assert again.sw == SW.CONDITIONS_NOT_SATISFIED


def test_load_install_and_make_selectable_in_one(card: PhoneCard):
    channel = card.domain()
    order = (UNKNOWN.package, b"", UNKNOWN.digest(), b"", b"")
    assert channel.send(install(Install(0x0E), *order, p2=0x01)).ok
    assert carry_out(channel.send, loads(UNKNOWN.load_file, PLAIN)).ok
    assert UNKNOWN.package not in [e.aid for e in entries(channel, Subset.LOAD_FILES)]
    fields = (PACKAGE, MODULE, INSTANCE, b"\x00", b"\xc9\x00", b"")
    assert channel.send(install(Install(0x0E), *fields, p2=0x03)).ok
    assert card.select(INSTANCE, card.open()).ok


@pytest.mark.parametrize(
    ("change", "sw"),
    [
        ({"module": MODULE + b"\x00"}, SW.REFERENCED_DATA_NOT_FOUND),
        ({"load_file": PACKAGE + b"\x00"}, SW.REFERENCED_DATA_NOT_FOUND),
        ({"load_file": JPKI}, SW.CONDITIONS_NOT_SATISFIED),  # an application
        ({"instance": JPKI}, SW.WRONG_DATA),  # the name is taken
        ({"instance": PACKAGE}, SW.WRONG_DATA),
        ({"instance": bytes(4)}, SW.WRONG_DATA),
        ({"instance": bytes(17)}, SW.WRONG_DATA),
        ({"held": b"\x00\x00"}, SW.WRONG_DATA),
        ({"held": b"\x80"}, SW.WRONG_DATA),  # this module is no domain
        ({"held": b"\x00\x40\x00"}, SW.WRONG_DATA),  # Authorized Management without one
        ({"parameters": b""}, SW.WRONG_DATA),  # C9 has to be there
        ({"parameters": b"\xc9\x01"}, SW.WRONG_DATA),
        ({"token": bytes(16)}, SW.WRONG_DATA),  # none is wanted
    ],
    ids=str,
)
def test_what_cannot_be_installed_is_refused(
    card: PhoneCard, loaded: SecureChannel, change: dict[str, bytes], sw: int
):
    before, memory = registry(loaded), free(card, card.open())
    told = {
        "load_file": PACKAGE, "module": MODULE, "instance": INSTANCE, "held": b"\x00",
        "parameters": b"\xc9\x00", "token": b"",
    } | change  # fmt: skip
    assert loaded.send(install(Install(0x0C), *told.values())).sw == sw
    assert (registry(loaded), free(card, 1)) == (before, memory)


def test_a_second_jpki_applet_is_refused(card: PhoneCard):
    answer = card.domain().send(install_for_install(JPKI[:8], JPKI, JPKI + b"\x02"))
    assert answer.sw == SW.CONDITIONS_NOT_SATISFIED


@pytest.mark.parametrize("bare", [False, True], ids=["81 80", "80"])
def test_a_length_of_128_has_two_codings(loaded: SecureChannel, bare: bool):
    parameters = tlv(0xC9, bytes(126))
    assert len(parameters) == 0x80
    fields = b"".join(map(lv, (PACKAGE, MODULE, INSTANCE, b"\x00")))
    data = fields + lv(parameters, bare_80=bare) + b"\x00"
    assert loaded.send(Command(0x80, 0xE6, 0x0C, 0x00, data, 256)).ok


@pytest.mark.parametrize("size", [180, 200, 207, 208, 209, 215, 216, 217, 300, 600, 2_000])
def test_long_installs_come_in_pieces(loaded: SecureChannel, size: int):
    """Around 247 and 255 bytes of data, where one command does not do any more."""
    parameters = tlv(0xC9, bytes(size))
    assert loaded.send(installing(UNKNOWN)).ok
    assert loaded.send(delete(INSTANCE)).ok
    fields = b"".join(map(lv, (PACKAGE, MODULE, INSTANCE, b"\x00", parameters))) + b"\x00"
    answer = loaded.send(Command(0x80, 0xE6, 0x0C, 0x00, fields, 256))
    assert answer.sw == (SW.OK if len(fields) + 8 <= 2_048 else SW.WRONG_P1_P2)


@pytest.mark.parametrize(
    "between",
    [open_channel(), Command(0x00, 0xC0, 0, 0, le=256), Command(0x80, 0xCA, 0, 0x42, bytes(300))],
    ids=["MANAGE CHANNEL", "GET RESPONSE", "an extended length"],
)
def test_pieces_with_something_between_are_no_command(
    card: PhoneCard, loaded: SecureChannel, between: Command
):
    before = registry(loaded)
    parameters = tlv(0xC9, bytes(400))
    fields = b"".join(map(lv, (PACKAGE, MODULE, INSTANCE, b"\x00", parameters))) + b"\x00"
    whole = loaded.session.wrap(Command(0x80, 0xE6, 0x0C, 0x00, fields, 256))
    *first, last = segments(whole)
    for piece in first:
        assert Response.parse(card.transmit(bytes(piece))).ok
    card.send(between)
    assert Response.parse(card.transmit(bytes(last))).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    assert registry(card.domain()) == before


def test_truncated_fields_are_refused_and_change_nothing(loaded: SecureChannel):
    whole = bytes(installing(UNKNOWN).data)
    before = registry(loaded)
    for end in range(len(whole)):
        answer = loaded.send(Command(0x80, 0xE6, 0x0C, 0x00, whole[:end], 256))
        assert answer.sw == SW.WRONG_DATA, end
    more = loaded.send(Command(0x80, 0xE6, 0x0C, 0x00, whole + b"\x00", 256))
    assert more.sw == SW.WRONG_DATA
    assert registry(loaded) == before


def test_forms_that_are_none_are_refused(loaded: SecureChannel):
    for p1, p2 in ((0x00, 0x00), (0x06, 0x00), (0x0E, 0x00), (0x02, 0x01), (0x20, 0x01)):
        assert loaded.send(Command(0x80, 0xE6, p1, p2, b"\x00", 256)).sw == SW.WRONG_P1_P2
