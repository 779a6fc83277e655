"""Commands that try to look as if they came from elsewhere (ASI-03). Pure.

None of them enters a PIN, costs a try, or selects an application. Whatever is in them, the source
is that of the way they came by.
"""

from __future__ import annotations

from collections.abc import Iterator

from fixtures.card.apdu import Command

SPOOFS = (
    b"\xdf\x20\x08internal",
    b"\xdf\x20\x01\x01",
    b"\x5c\x02\xdf\x20",
    b"\x01\x81\x91\xb1",
    b"OMAPI",
)
"""What somebody might believe to be a source when it stands in the data."""


def forged() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each."""
    yield from _classes()
    yield from _parameters()
    yield from _lengths()
    yield from _data()


def _classes() -> Iterator[tuple[str, bytes]]:
    """All of them: proprietary ones, logical channels 1 to 19, secure messaging, chaining."""
    for cla in range(0x100):
        yield f"READ BINARY with CLA {cla:02X}", bytes([cla, 0xB0, 0x86, 0x00, 0x01])
    for cla in (0x01, 0x40, 0x80, 0x84, 0xFF):
        yield f"signature with CLA {cla:02X}", bytes([cla, 0x2A, 0x00, 0x97, 0x01, 0x00, 0x00])


def _parameters() -> Iterator[tuple[str, bytes]]:
    for value in (0x00, 0x01, 0x80, 0x81, 0x90, 0x91, 0xA1, 0xB0, 0xB1, 0xFF):
        yield f"GET CHALLENGE with P1 {value:02X}", bytes([0x00, 0x84, value, 0x00, 0x08])
        yield f"GET CHALLENGE with P2 {value:02X}", bytes([0x00, 0x84, 0x00, value, 0x08])
        yield f"instruction {value:02X} of class 80", bytes([0x80, value, 0x00, 0x00])


def _lengths() -> Iterator[tuple[str, bytes]]:
    head = bytes([0x00, 0xB0, 0x86, 0x00])
    for tail in ("", "00", "FF", "000000", "00FFFF", "0000", "0101", "010100", "00000100"):
        yield f"READ BINARY ending in {tail or 'nothing'}", head + bytes.fromhex(tail)


def _data() -> Iterator[tuple[str, bytes]]:
    for spoof in SPOOFS:
        told = f"the data {spoof.hex().upper()}"
        yield f"SELECT EF with {told}", bytes(Command(0x00, 0xA4, 0x02, 0x0C, b"\x00\x06" + spoof))
        yield f"signature with {told}", bytes(Command(0x80, 0x2A, 0x00, 0x97, spoof, 256))
        yield f"GET DATA with {told}", bytes(Command(0x00, 0xCB, 0x3F, 0xFF, spoof, 256))
