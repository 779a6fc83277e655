"""GlobalPlatform commands against bytes that real tools sent, and the readers of the answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.card.apdu import Command
from fixtures.card.global_platform import (
    MOST_BLOCKS,
    close_channel,
    cut,
    delete,
    delete_keys,
    get_data,
    get_status,
    install_for_extradition,
    install_for_install,
    install_for_load,
    install_for_make_selectable,
    install_for_personalization,
    key_block,
    loads,
    open_channel,
    put_key_set,
    room,
    select,
    set_status,
    store_data,
)
from fixtures.card.global_platform_answers import (
    Confirmation,
    KeyInformation,
    RegistryEntry,
    card_resources,
    confirmation,
    domain_selected,
    key_information,
    keys_put,
    manage_channel_number,
    registry_entries,
)
from fixtures.card.global_platform_values import (
    DataFormat,
    Kind,
    Privilege,
    Subset,
    lv,
    privileges,
    system_parameters,
    tlv,
)
from fixtures.card.scp03 import LEVELS, Level
from fixtures.card.scp03_keys import StaticKeys, decrypt
from suites.selfcheck.by_hand import STEADY
from suites.selfcheck.scp03_traces import traces

AID = bytes.fromhex("D392F000260100000001")
ISD = bytes.fromhex("A000000151000000")
KEYS = traces()[0].keys  # the AES-128 set that many public traces use

WRITTEN = {
    "select the issuer's domain": (select(), "00A4040000"),
    "select the next of that name": (
        select(AID[:5], following=True),
        "00A4040205D392F0002600",
    ),
    "open a channel": (open_channel(), "0070000001"),
    "close channel 3": (close_channel(3), "00708003"),
    "card data": (get_data(0x66), "80CA006600"),
    "application list": (get_data(0x2F00, bytes.fromhex("5C00")), "80CA2F00025C0000"),
    "value of the counter alone": (get_data(0xC1, cla=0x00), "00CA00C100"),
    "all load files": (get_status(Subset.LOAD_FILES), "80F22002024F0000"),
    "applications after 6310": (
        get_status(Subset.APPLICATIONS, following=True),
        "80F24003024F0000",
    ),
    "states of one": (
        get_status(Subset.APPLICATIONS, AID, tags=bytes.fromhex("4F9F70")),
        "80F24002114F0AD392F0002601000000015C034F9F7000",
    ),
    "lock the card": (set_status(Kind.ISSUER_DOMAIN, 0x7F), "80F0807F"),
    "lock an application": (
        set_status(Kind.APPLICATION, 0x83, AID),
        "80F040830AD392F000260100000001",
    ),
    "delete with all that came of it": (
        delete(bytes.fromhex("A00100015141434C"), related=True),
        "80E400800A4F08A00100015141434C00",
    ),
    "delete a key set": (delete_keys(version=0x31), "80E4000003D2013100"),
    "delete one key": (
        delete_keys(identifier=1, version=0x70),
        "80E4000006D00101D2017000",
    ),
    "install for load": (
        install_for_load(bytes.fromhex("A000000001"), ISD),
        "80E602001205A00000000108A000000151000000" + "000000" + "00",
    ),
    "install and make selectable": (
        install_for_install(bytes.fromhex("A000000001"), bytes.fromhex("A00000000101"), AID),
        "80E60C001E05A00000000106A000000001010AD392F000260100000001" + "010002C90000" + "00",
    ),
    "make selectable": (
        install_for_make_selectable(AID),
        "80E608001100000AD392F000260100000001" + "0100000000",
    ),
    "extradition": (
        install_for_extradition(ISD, AID),
        "80E610001808A000000151000000000AD392F000260100000001" + "000000" + "00",
    ),
    "personalization": (
        install_for_personalization(AID),
        "80E620001000000AD392F000260100000001" + "000000" + "00",
    ),
    "a last DGI": (store_data(b"\x00\x70", 5, last=True, form=DataFormat.DGI), "80E28805020070"),
    "an answer wanted": (
        store_data(bytes.fromhex("BF3E035C015A"), 0, last=True, answer=True),
        "80E2910006BF3E035C015A00",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRITTEN)
def test_a_command_is_written_as_in_the_card_specification(case: str):
    command, wanted = WRITTEN[case]
    assert bytes(command).hex().upper() == wanted.upper()


def test_memory_is_written_on_two_bytes_while_it_can_be():
    quota = system_parameters(data=256, volatile=256)
    assert quota.hex().upper() == "EF08C8020100C7020100"
    assert system_parameters(reserved_data=32_767).hex().upper() == "EF04D8027FFF"
    assert system_parameters(code=32_768).hex().upper() == "EF06C60400008000"


@pytest.mark.parametrize(
    ("size", "head"),
    [(0, "00"), (127, "7F"), (128, "8180"), (255, "81FF"), (256, "820100"), (300, "82012C")],
)
def test_a_field_of_128_bytes_begins_with_81_80(size: int, head: str):
    assert lv(bytes(size)) == bytes.fromhex(head) + bytes(size)
    bare = "80" if size == 128 else head
    assert lv(bytes(size), bare_80=True) == bytes.fromhex(bare) + bytes(size)


def test_privileges_are_three_bytes_or_the_first():
    held = Privilege.SECURITY_DOMAIN | Privilege.AUTHORIZED_MANAGEMENT
    assert privileges(held) == bytes.fromhex("804000")
    assert privileges(held, 1) == b"\x80"


# --- keys -----------------------------------------------------------------------------------


def test_put_key_is_what_a_real_tool_sends():
    """Three AES-128 keys for version 31 in place of 30, by their head, sizes and check values."""
    command = put_key_set(0x31, KEYS, KEYS, replaces=0x30)
    raw = bytes(command)
    assert raw[:5].hex().upper() == "80D8308143"
    assert raw[5:8].hex().upper() == "318810"
    values = [raw[at : at + 4].hex().upper() for at in (24, 46, 68)]
    assert values == ["03C35280", "03013808", "03840DE5"]


@pytest.mark.parametrize("size", [16, 24, 32])
@pytest.mark.parametrize("told", [None, True, False])
def test_a_key_travels_under_the_encryption_key(size: int, told: bool | None):
    key = bytes(range(size))
    block = key_block(key, KEYS, inner_length=told)
    with_length = told if told is not None else size == 24
    inside = block[2 : 2 + block[1]]
    sealed = inside[1:] if with_length else inside
    assert (inside[0] == size) or not with_length
    assert decrypt(KEYS.dek, bytes(16), sealed)[:size] == key
    assert len(sealed) == (32 if size == 24 else size)


def test_a_key_set_shows_nothing_of_itself():
    shown = repr(KEYS)
    assert KEYS.enc.hex() not in shown
    assert repr(KEYS.enc) not in shown


@pytest.mark.parametrize("sizes", [(16, 16, 24), (8, 8, 8), (0, 0, 0), (33, 33, 33)])
def test_a_key_set_is_three_keys_of_one_length(sizes: tuple[int, int, int]):
    with pytest.raises(ValueError, match="three AES keys of one length"):
        StaticKeys(*map(bytes, sizes))


# --- blocks ---------------------------------------------------------------------------------


def test_the_room_in_a_block_is_what_protection_leaves():
    assert [room(level, 8) for level in LEVELS] == [255, 247, 239, 247, 239, 239]
    assert [room(level, 16) for level in LEVELS] == [255, 239, 223, 239, 223, 223]


@pytest.mark.parametrize(
    ("level", "mac_size", "ceiling"),
    [
        (0x00, 8, 65_280),
        (0x01, 8, 63_232),
        (0x03, 8, 61_184),
        (0x01, 16, 61_184),
        (0x33, 16, 57_088),
    ],
)
def test_a_load_file_has_a_ceiling_at_each_level(level: int, mac_size: int, ceiling: int):
    """At level 03 and S8: 61,180 bytes behind the four of ``C4 82``; one more cannot be counted."""
    size = room(Level(level), mac_size)
    blocks = list(loads(tlv(0xC4, bytes(ceiling - 4)), size))
    assert len(blocks) == MOST_BLOCKS
    assert [(block.p1, block.p2) for block in blocks[-2:]] == [(0x00, 0xFE), (0x80, 0xFF)]
    with pytest.raises(ValueError, match="257 blocks, 256 can be sent"):
        list(loads(tlv(0xC4, bytes(ceiling - 3)), size))


@pytest.mark.parametrize(("kilobytes", "blocks"), [(30, 129), (45, 193)])
def test_the_applet_of_the_deck_needs_so_many_blocks(kilobytes: int, blocks: int):
    content = tlv(0xC4, bytes(kilobytes * 1_024))
    assert len(cut(content, room(Level(0x03), 8))) == blocks


@STEADY
@given(content=st.binary(max_size=600), size=st.integers(1, 255))
def test_blocks_are_the_content_in_order(content: bytes, size: int):
    blocks = cut(content, max(size, 3))
    assert b"".join(blocks) == content
    assert all(len(block) == max(size, 3) for block in blocks[:-1])


# --- answers --------------------------------------------------------------------------------


def listed(name: str, number: int) -> tuple[RegistryEntry, ...]:
    (trace,) = [trace for trace in traces() if trace.name == name]
    return registry_entries(trace.exchanges[number].told or b"")


def test_the_registry_of_a_real_card_is_read():
    load_files = listed("get status of everything", 0)
    assert len(load_files) == 8
    assert load_files[1] == RegistryEntry(
        bytes.fromhex("A0000000620101"), 0x01,
        version=bytes.fromhex("0105"), domain=bytes.fromhex("A000000151"), activation=0x00,
    )  # fmt: skip
    (issuer,) = listed("get status of everything", 2)
    assert (issuer.aid, issuer.life_cycle) == (ISD, 0x0F)
    assert issuer.privileges == Privilege(0x82FC80)
    assert issuer.load_file == bytes.fromhex("A0000001515350")


def test_a_second_byte_of_the_life_cycle_is_of_contactless_activation():
    applications = listed("get status of everything", 1)
    assert [(entry.life_cycle, entry.activation) for entry in applications] == [
        (0x3F, None), (0x07, 0x00), (0x07, 0x00), (0x07, 0x00),
    ]  # fmt: skip


def test_an_entry_may_have_several_modules_and_interfaces():
    raw = tlv(
        0xE3, bytes.fromhex("4F05A0000000019F700101CF0140CF0180") + tlv(0x84, ISD) + tlv(0x84, AID)
    )
    (entry,) = registry_entries(raw)
    assert entry.modules == (ISD, AID)
    assert entry.implicit == b"\x40\x80"


@pytest.mark.parametrize(
    "raw",
    ["4F00", "E30D4F07A00000015153509F7001", "E3054F019F7000", "E3084F01019F7003070707",
     "E3059F70020700", "E30A4F01014F01029F700107", "E30A4F01019F700107C50200"],
)  # fmt: skip
def test_what_is_no_entry_is_refused(raw: str):
    with pytest.raises(ValueError):
        registry_entries(bytes.fromhex(raw))


def test_key_information_tells_type_and_length_of_each_component():
    data = bytes.fromhex("E012C00401308810C00402308810C00403308810")
    assert key_information(data) == tuple(
        KeyInformation(n, 0x30, ((0x88, 0x10),)) for n in (1, 2, 3)
    )
    (rsa,) = key_information(bytes.fromhex("E008C0060170A103A080"))
    assert rsa.components == ((0xA1, 0x03), (0xA0, 0x80))
    with pytest.raises(ValueError, match="key information of 3 bytes"):
        key_information(bytes.fromhex("E005C003013088"))


def test_what_put_key_stored_is_told_by_its_check_values():
    told = keys_put(bytes.fromhex("31013808C35280"))
    assert (told.version, told.check_values) == (0x31, (b"\x01\x38\x08", b"\xc3\x52\x80"))
    for wrong in ("", "3101", "310138"):
        with pytest.raises(ValueError, match="no version and check values"):
            keys_put(bytes.fromhex(wrong))


def test_a_confirmation_is_receipt_counter_and_domain():
    assert confirmation(b"\x00") is None
    receipt = bytes(range(16))
    raw = lv(receipt) + lv(b"\x00\x05") + lv(ISD) + lv(b"id")
    assert confirmation(raw) == Confirmation(receipt, 5, ISD, b"id")
    long = lv(bytes(128)) + lv(b"\x00\x05") + lv(ISD)
    assert long[:2] == b"\x81\x80"
    assert confirmation(long) == Confirmation(bytes(128), 5, ISD)


@pytest.mark.parametrize("raw", ["", "0000", "000105", "00020005", "0002000501", "80", "8281"])
def test_what_is_no_confirmation_is_refused(raw: str):
    with pytest.raises(ValueError):
        confirmation(bytes.fromhex(raw))


def test_a_selected_domain_tells_its_name_and_the_longest_command():
    answer = tlv(0x6F, tlv(0x84, ISD) + tlv(0xA5, tlv(0x73, b"") + bytes.fromhex("9F6501FF")))
    told = domain_selected(answer)
    assert (told.aid, told.longest_command) == (ISD, 255)
    with pytest.raises(ValueError, match="no data object 9F65"):
        domain_selected(tlv(0x6F, tlv(0x84, ISD) + tlv(0xA5, b"")))


def test_resources_and_channel_numbers_are_read():
    told = card_resources(bytes.fromhex("FF210D81010382040001000083020800"))
    assert (told.applications, told.free_data, told.free_volatile) == (3, 65_536, 2_048)
    assert manage_channel_number(b"\x13") == 19
    for wrong in (b"", b"\x00", b"\x14", b"\x01\x01"):
        with pytest.raises(ValueError, match="names no logical channel"):
            manage_channel_number(wrong)


@STEADY
@given(raw=st.binary(max_size=40))
def test_any_bytes_are_an_answer_or_a_value_error(raw: bytes):
    for reader in (registry_entries, key_information, keys_put, confirmation, domain_selected):
        try:
            reader(raw)
        except ValueError:
            continue


def test_a_command_is_a_value():
    assert get_data(0x66) == Command(0x80, 0xCA, 0x00, 0x66, le=256)
