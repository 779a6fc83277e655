"""LOAD: blocks in order, hashes, and what is no load file."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from fixtures.card.apdu import SW, Response
from fixtures.card.content_management import Applet, carry_out, loading
from fixtures.card.global_platform import get_status, install_for_load, load, loads
from fixtures.card.global_platform_values import Subset
from fixtures.card.load_file import as_load_file, synthetic_block
from fixtures.card.secure_channel import SecureChannel
from suites.selfcheck.phone_card import PhoneCard, entries
from suites.selfcheck.platform_content.scene import MODULE, PACKAGE, PLAIN, UNKNOWN, free, registry


def begin(channel: SecureChannel, one: Applet = UNKNOWN) -> None:
    assert channel.send(install_for_load(one.package, digest=one.digest())).ok


def test_blocks_come_in_order_or_not_at_all(card: PhoneCard):
    channel = card.domain()
    blocks = list(loads(UNKNOWN.load_file, PLAIN))
    for wrong in (
        [blocks[1]],
        [blocks[0], blocks[0]],
        [blocks[0], blocks[2]],
        [blocks[0], blocks[1], blocks[0]],
    ):
        begin(channel)
        assert carry_out(channel.send, wrong).sw == SW.WRONG_P1_P2
        assert channel.send(blocks[0]).sw == SW.CONDITIONS_NOT_SATISFIED, "it begins anew"
    begin(channel)
    assert carry_out(channel.send, blocks).ok


def test_load_without_install_is_refused(card: PhoneCard):
    assert card.domain().send(load(b"\xc4\x00", 0, last=True)).sw == SW.CONDITIONS_NOT_SATISFIED


@pytest.mark.parametrize("digest", [hashlib.sha256, hashlib.sha384, hashlib.sha512])
def test_the_hash_is_of_the_block_alone(card: PhoneCard, digest: object):
    channel = card.domain()
    block = synthetic_block(PACKAGE, (MODULE,), 2_000)
    assert callable(digest)
    right = digest(block).digest()
    wrongs = (digest(UNKNOWN.load_file).digest(), right[:-1] + bytes((right[-1] ^ 1,)))
    for wrong in wrongs:
        answer = carry_out(channel.send, loading(UNKNOWN, PLAIN, digest=wrong))
        assert answer.sw == SW.WRONG_DATA
    assert channel.send(install_for_load(PACKAGE, digest=right[:-1])).sw == SW.WRONG_DATA
    assert carry_out(channel.send, loading(UNKNOWN, PLAIN, digest=right)).ok


@pytest.mark.parametrize(
    "content",
    [
        b"\xc4\x82\x07\xd1" + synthetic_block(PACKAGE, (MODULE,), 2_000),  # one byte short
        as_load_file(synthetic_block(PACKAGE, (MODULE,), 2_000)) + b"\x00",
        as_load_file(synthetic_block(PACKAGE[:-1], (MODULE,), 2_000)),  # another name
        as_load_file(bytes(500)),
        b"\xc4",
    ],
    ids=["short", "long", "another", "no package", "one byte"],
)
def test_what_is_no_load_file_is_refused(card: PhoneCard, content: bytes):
    channel = card.domain()
    before, memory = registry(channel), free(card, card.open())
    wrong = replace(UNKNOWN, load_file=content)
    answer = carry_out(channel.send, loading(wrong, PLAIN, digest=b""))
    assert answer.sw == SW.WRONG_DATA
    assert (registry(channel), free(card, 1)) == (before, memory)


@pytest.mark.parametrize(("size", "sw"), [(61_180, SW.OK), (61_181, SW.WRONG_P1_P2)])
def test_block_numbers_end_the_largest_file(card: PhoneCard, size: int, sw: int):
    """239 bytes fit a block under C-MAC and C-DECRYPTION; 256 of them less four bytes of head."""
    channel = card.domain(level=0x03)
    block = synthetic_block(PACKAGE, (MODULE,), size)
    begin(channel, replace(UNKNOWN, load_file=as_load_file(block)))
    content, answer = as_load_file(block), Response(b"", SW.OK)
    for number, at in enumerate(range(0, len(content), 239)):
        last = at + 239 >= len(content)
        answer = channel.send(load(content[at : at + 239], number & 0xFF, last=last))
    assert answer.sw == sw
    loaded = [entry.aid for entry in entries(channel, Subset.LOAD_FILES)]
    assert (PACKAGE in loaded) is (sw == SW.OK)


def test_get_status_tells_what_was_loaded(loaded: SecureChannel):
    answer = loaded.send(get_status(Subset.LOAD_FILES_AND_MODULES, PACKAGE))
    assert MODULE in answer.data
