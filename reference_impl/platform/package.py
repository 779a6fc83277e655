"""What is loaded: a load file, and the package in it (GPCS 11.6.2.3).

The block is a Java Card package as its components in a row (Java Card Virtual Machine
Specification, chapter 6). Of it the card wants the name, the modules, and how much is kept once it
is linked; there is no bytecode to verify.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Refused
from reference_impl.applet.image import KEPT, Part
from reference_impl.platform import tlv

MARK = bytes.fromhex("DECAFFED")
DATA_BLOCK, DAP_BLOCK = 0xC4, 0xE2
SIGNER, SIGNATURE = 0x4F, 0xC3  # in a DAP block
NAME_AT = 10  # of the package, in the Header: behind mark, format, flags and version


@dataclass(frozen=True)
class Package:
    """``version``: minor and major; ``kept``: bytes of code."""

    aid: bytes
    version: bytes
    modules: tuple[bytes, ...]
    kept: int


class PackageReader:
    """Raises Refused (6A80) for what is none."""

    def block(self, load_file: bytes) -> bytes:
        """The value of C4, behind any number of signatures."""
        found = list(tlv.objects(load_file))
        *signatures, last = found or [(0, b"")]
        if last[0] != DATA_BLOCK or any(tag != DAP_BLOCK for tag, _ in signatures):
            raise Refused(SW.INCORRECT_DATA)
        return last[1]

    def signatures(self, load_file: bytes) -> dict[bytes, bytes]:
        """Of the DAP blocks in front of C4, by the AID of who is to verify each."""
        blocks = (value for tag, value in tlv.objects(load_file) if tag == DAP_BLOCK)
        held = [dict(tlv.objects(block)) for block in blocks]
        if any(set(fields) != {SIGNER, SIGNATURE} for fields in held):
            raise Refused(SW.INCORRECT_DATA)
        return {fields[SIGNER]: fields[SIGNATURE] for fields in held}

    def package(self, block: bytes) -> Package:
        held = dict(self._components(block))
        header = held.get(Part.HEADER, b"")
        if not header.startswith(MARK) or len(header) <= NAME_AT:
            raise Refused(SW.INCORRECT_DATA)
        aid = header[NAME_AT : NAME_AT + header[NAME_AT - 1]]
        modules = tuple(self._modules(held.get(Part.APPLET, b"\x00")))
        kept = sum(len(held.get(part, b"")) for part in KEPT)
        return Package(aid, header[NAME_AT - 3 : NAME_AT - 1], modules, kept)

    def _components(self, block: bytes) -> Iterator[tuple[int, bytes]]:
        at = 0
        while at < len(block):
            size = int.from_bytes(block[at + 1 : at + 3], "big")
            info = block[at + 3 : at + 3 + size]
            if at + 3 > len(block) or len(info) != size:
                raise Refused(SW.INCORRECT_DATA)
            yield block[at], info
            at += 3 + size

    def _modules(self, info: bytes) -> Iterator[bytes]:
        """6.5: a count, then AID and offset of each."""
        at = 1
        for _ in range(info[0]):
            if at >= len(info) or at + 3 + info[at] > len(info):
                raise Refused(SW.INCORRECT_DATA)
            yield info[at + 1 : at + 1 + info[at]]
            at += 3 + info[at]
