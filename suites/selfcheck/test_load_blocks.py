"""LOAD blocks: by the published figures, by a count of their own, and by a channel that wraps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.card.apdu import Command
from fixtures.card.scp03 import InitializeUpdateAnswer, Level, Session
from fixtures.card.scp03_keys import Constant, StaticKeys, derived
from suites.capacity.load_blocks import CHANNELS, Channel, loading
from suites.selfcheck.cap_maker import load_file

CHUNKS = {
    (0x00, "S8"): 255,
    (0x01, "S8"): 247, (0x11, "S8"): 247, (0x03, "S8"): 239, (0x13, "S8"): 239, (0x33, "S8"): 239,
    (0x01, "S16"): 239, (0x11, "S16"): 239,
    (0x03, "S16"): 223, (0x13, "S16"): 223, (0x33, "S16"): 223,
}  # fmt: skip
CEILINGS = {255: 65_276, 247: 63_228, 239: 61_180, 223: 57_084}
"""Of components: 65,280, 63,232, 61,184 and 57,088 bytes with the four of ``C4 82 xx xx``."""


@pytest.mark.parametrize(("level", "mac"), CHUNKS)
def test_chunk_and_ceiling_of_every_level(level: int, mac: str):
    channel = Channel(level, mac)
    assert channel.chunk == CHUNKS[level, mac]
    assert channel.ceiling == CEILINGS[channel.chunk]


def test_all_ten_levels_are_told():
    told = [(channel.level, channel.mac) for channel in CHANNELS]
    assert sorted(told) == sorted(key for key in CHUNKS if key[0])


@pytest.mark.parametrize(("size", "blocks"), [(30 * 1_024, 129), (45 * 1_024, 193)])
def test_the_sizes_of_the_deck_at_level_03(size: int, blocks: int):
    assert loading(Channel(0x03), size).blocks == blocks


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_one_byte_above_the_ceiling_is_one_block_too_many(channel: Channel):
    assert (loading(channel, channel.ceiling).blocks, loading(channel, channel.ceiling).fits) == (
        256, True,
    )  # fmt: skip
    assert (loading(channel, channel.ceiling + 1).blocks, False) == (257, False)


def test_64_kb_cannot_be_loaded_at_any_level():
    assert not any(loading(channel, 65_536).fits for channel in CHANNELS)


def carried(channel: Channel, plain: int) -> int:
    """Bytes of a command's data field, spelt out: padded to blocks of 16, and the MAC."""
    data = plain
    if channel.level & 0x02:
        data += 1
        while data % 16:
            data += 1
    return data + {"S8": 8, "S16": 16}[channel.mac]


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_a_chunk_is_the_most_that_a_short_command_carries(channel: Channel):
    assert max(size for size in range(1, 256) if carried(channel, size) <= 255) == channel.chunk


def session(mac: str) -> Session:
    """The host side of an open SCP03 session, with challenges of zeros."""
    size = {"S8": 8, "S16": 16}[mac]
    keys, context = StaticKeys(bytes(16), bytes(16), bytes(16)), bytes(2 * size)
    mac_key = derived(keys.mac, Constant.S_MAC, 16, context)
    cryptogram = derived(mac_key, Constant.CARD_CRYPTOGRAM, size, context)
    answer = InitializeUpdateAnswer(bytes(10), 1, 0, bytes(size), cryptogram, None)
    return Session(keys, bytes(size), answer)


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_a_chunk_is_the_most_that_a_real_channel_makes_a_short_command_of(channel: Channel):
    opened = session(channel.mac)
    opened.level = Level(channel.level)
    sizes = [len(opened.wrap(Command(0x80, 0xE8, 0, 0, bytes(n))).data) for n in range(1, 256)]
    assert sum(size <= 255 for size in sizes) == channel.chunk
    assert sizes == sorted(sizes)


@given(st.integers(0, 70_000), st.sampled_from(CHANNELS), st.integers(0, 40).map(lambda n: n * 7))
def test_blocks_are_those_of_the_load_file_cut_up(size: int, channel: Channel, dap: int):
    whole = load_file(bytes(size), bytes(dap))
    blocks = [whole[at : at + channel.chunk] for at in range(0, len(whole), channel.chunk)]
    assert loading(channel, size, dap).blocks == len(blocks)
