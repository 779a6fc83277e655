"""What a Proxmark3 prints (``hf 14a list``, ``trace list``), as frames. Pure.

A line has ``Start | End | Src | Data | CRC | Annotation``; a long frame goes on in lines without a
source. ``!`` behind a byte is a parity error, ``(7)`` the bits of a short frame (older: ``'``), the
CRC may stand in brackets. Times are ticks of 1/fc for type A; for type B there are none.
"""

from __future__ import annotations

import re
from dataclasses import replace

from suites.contactless.trace import Event, Passed

SOURCES = {"rdr": Event.READER, "tag": Event.CARD}
BYTE = re.compile(r"([0-9A-Fa-f]{2})(!|'|\((\d)\))?")
HEADED = re.compile(r"^\s*Start\s*\|\s*End\s*\|\s*Src\s*\|", re.MULTILINE)
RELATIVE = re.compile(r"^\s*Gap\s*\|\s*Duration\s*\|", re.MULTILINE)


def is_list(text: str) -> bool:
    """There is a line of the head."""
    return bool(HEADED.search(text) or RELATIVE.search(text))


def read_list(text: str) -> list[Passed]:
    """All frames. ``ValueError`` names the line that is none, or says that times are relative."""
    if RELATIVE.search(text):
        raise ValueError("times are relative (option -r); list without it")
    found: list[Passed] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.lstrip("# ").split("|")]
        if len(cells) < 4 or not _is_row(cells):
            continue
        if cells[0]:
            found.append(_begun(cells, number))
        elif found:
            found[-1] = replace(found[-1], data=found[-1].data + _data(cells[3], number)[0])
        else:
            raise ValueError(f"line {number} goes on with a frame that has not begun")
    return found


def _is_row(cells: list[str]) -> bool:
    """A frame or the rest of one; not the head, a rule, or a frame delay between two frames."""
    if cells[2].lower() in SOURCES:
        return True
    goes_on = not any(cells[:3]) and cells[3] != ""
    return goes_on and BYTE.match(cells[3].lstrip("[")) is not None


def _begun(cells: list[str], number: int) -> Passed:
    if not cells[0].isdigit():
        raise ValueError(f"line {number}: {cells[0]!r} is no time in ticks")
    data, bits = _data(cells[3], number)
    event = SOURCES[cells[2].lower()]
    short = event is Event.READER and data in (b"\x26", b"\x52")
    return Passed(int(cells[0]), event, data, 7 if short else bits)


def _data(cell: str, number: int) -> tuple[bytes, int]:
    """The bytes, and how many bits of the last one count."""
    data, bits = bytearray(), 8
    for word in cell.replace("[", " ").replace("]", " ").split():
        byte = BYTE.fullmatch(word)
        if byte is None:
            raise ValueError(f"line {number}: {word!r} is no byte")
        data.append(int(byte[1], 16))
        bits = int(byte[3]) if byte[3] else 7 if byte[2] == "'" else 8
    return bytes(data), bits
