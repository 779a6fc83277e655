"""Looking at a card through several commands: what no single answer can show."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from cryptography import x509

from fixtures.card.apdu import SW, Command
from fixtures.card.jpki import EF, JpkiCard

READABLE = frozenset(
    {
        EF.SIGNATURE_CERTIFICATE,
        EF.SIGNATURE_CA,
        EF.TOKEN_INFORMATION,
        EF.CERTIFICATES_PRESENT,
        EF.USER_CERTIFICATE,
        EF.USER_CA,
    }
)
LARGEST_FID = 0x1F  # the last file a short identifier can name

FOREIGN_AIDS = tuple(
    bytes.fromhex(aid)
    for aid in (
        "627601FF000000",
        "A00000000101",
        "E82B0601040181C31F0201",
        "D23300000045737445494420763335",
        "A00000030800001000",
        "A000000116DB00",
        "F276A288BCFBA69D34F31001",
        "A00000039742544659",
        "D27600012401",
        *(f"A0000000790{n:X}00" for n in range(16)),
        "A0000000791000",
        "A0000000790F01",
    )
)
"""What a general card client asks for before it finds the JPKI application."""

APPLICATION_COMMANDS = {
    "READ BINARY": Command(0x00, 0xB0, 0x00, 0x00, le=1),
    "READ BINARY by SFI": Command(0x00, 0xB0, 0x86, 0x00, le=1),
    "signature": Command(0x80, 0x2A, 0x00, 0x97, bytes(51), 256),
    "retry query": Command(0x00, 0x20, 0x00, 0x98),
}

_NO_FILE, _NO_INS, _NO_CLA = (SW.FILE_NOT_FOUND,), (SW.INS_NOT_SUPPORTED,), (SW.CLA_NOT_SUPPORTED,)
_NO_SUCH_PARAMETER = (  # no public source says which of them the applet has
    SW.WRONG_P1_P2,
    SW.REFERENCED_DATA_NOT_FOUND,
    SW.FILE_NOT_FOUND,
    SW.INCOMPATIBLE_FILE,
    SW.WRONG_DATA,
)
UNKNOWN = (
    ("INS EE", Command(0x00, 0xEE, 0x00, 0x00), _NO_INS),
    ("INS 00", Command(0x00, 0x00, 0x00, 0x00), _NO_INS),
    ("GET DATA DF30", Command(0x00, 0xCA, 0xDF, 0x30, le=5), _NO_INS),
    ("GET DATA 3FFF", Command(0x00, 0xCB, 0x3F, 0xFF, bytes.fromhex("5C017E"), 8), _NO_INS),
    ("CLA 80 INS B0", Command(0x80, 0xB0, 0x86, 0x00, le=1), _NO_INS + _NO_CLA),
    ("CLA F0", Command(0xF0, 0xB0, 0x86, 0x00, le=1), _NO_CLA),
    ("CLA A0", Command(0xA0, 0xA4, 0x02, 0x0C, bytes.fromhex("0006")), _NO_CLA),
    ("EF 00FF", Command(0x00, 0xA4, 0x02, 0x0C, bytes.fromhex("00FF")), _NO_FILE),
    ("EF 3F00", Command(0x00, 0xA4, 0x02, 0x0C, bytes.fromhex("3F00")), _NO_FILE),
    ("SFI 1E", Command(0x00, 0xB0, 0x9E, 0x00, le=1), _NO_FILE),
    ("SELECT P1 09", Command(0x00, 0xA4, 0x09, 0x0C, bytes.fromhex("0006")), _NO_SUCH_PARAMETER),
    ("VERIFY of SFI 17", Command(0x00, 0x20, 0x00, 0x97), _NO_SUCH_PARAMETER),
    ("signature P1 06", Command(0x80, 0x2A, 0x06, 0x97, bytes(32), 256), (SW.WRONG_P1_P2,)),
)
"""Name, command, and the status words of which one must come."""

TOKEN_NUMBERS = {
    "flags": 0x0000040D,  # RNG | LOGIN_REQUIRED | USER_PIN_INITIALIZED | TOKEN_INITIALIZED
    "longest PIN": 16,
    "shortest PIN": 6,
    "utc time": b"9" * 16,
}


def certificate(der: bytes) -> x509.Certificate:
    """The certificate a file holds, padding behind it or not; ``AssertionError`` if none."""
    assert der[:2] == b"\x30\x82", "it does not begin like a certificate (30 82)"
    try:
        return x509.load_der_x509_certificate(der[: int.from_bytes(der[2:4], "big") + 4])
    except ValueError as error:
        raise AssertionError(f"it is not a certificate: {error}") from None


def token_numbers(token: bytes) -> dict[str, object]:
    """The numbers of a CK_TOKEN_INFO image of 160 bytes, big endian, that are checked."""
    if len(token) != 160:
        return {"length": len(token)}
    (flags,) = struct.unpack_from(">I", token, 96)
    longest, shortest = struct.unpack_from(">II", token, 116)
    return {
        "flags": flags,
        "longest PIN": longest,
        "shortest PIN": shortest,
        "utc time": token[144:160],
    }


def readable_files(card: JpkiCard) -> dict[int, str]:
    """File identifier → the way it gave data that no readable file holds.

    Over all files and all ways of reading. A card that takes an unknown file for another one
    gives nothing away by that; it is judged elsewhere (J-09).
    """
    found: dict[int, str] = {}
    public = b"".join(card.read_file(ef).data for ef in READABLE)
    for fid in range(1, LARGEST_FID):
        ways = {"SFI": card.read_sfi(fid)}
        if card.select_ef(fid).ok:
            ways["READ BINARY"] = card.read()
            ways["extended READ BINARY"] = card.read(0, 65_536, extended=True)
            ways["READ BINARY at 256"] = card.read(256)
        ways["GET DATA"] = card.send(Command(0x00, 0xCA, fid >> 8, fid & 0xFF, le=256))
        ways["READ RECORD"] = card.send(Command(0x00, 0xB2, 0x01, fid << 3 | 4, le=256))
        given = [way for way, r in ways.items() if r.data and r.data not in public]
        if given:
            found[fid] = given[0]
    return found


@dataclass
class EndOfFile:
    """What reading around the end of a file showed."""

    size: int
    faults: list[str] = field(default_factory=list)


def read_around_the_end(card: JpkiCard, ef: EF) -> EndOfFile:
    """Read across, at and behind the end in several lengths; every byte must be the file's.

    Across the end the rest may come with 9000, with 6282 (ISO/IEC 7816-4 table 6), or be refused
    by 6Cxx; at the end and behind it nothing may come.
    """
    content = card.read_file(ef).data
    end = EndOfFile(len(content))
    if end.size < 200:
        end.faults.append(f"EF {ef:04X} gives {end.size} bytes; too few to be a certificate")
        return end
    card.select_ef(ef)
    for offset in (0, end.size - 1, end.size - 2, end.size - 100, end.size, end.size + 1, 0x7F00):
        for le in (1, 2, 16, 200, 256):
            response = card.read(offset, le)
            rest = content[offset : offset + le]
            told = f"READ at {offset} of {end.size}, Le {le}"
            if response.data and response.data != rest:
                end.faults.append(f"{told}: {len(response.data)} bytes, not those of the file")
            elif response.data and response.sw not in (SW.OK, SW.END_OF_FILE):
                end.faults.append(f"{told}: data with {response.sw:04X}")
            elif not rest and response.sw == SW.OK:
                end.faults.append(f"{told}: 9000 where nothing is")
            elif rest and not response.data and response.sw == SW.OK:
                end.faults.append(f"{told}: 9000 without a byte")
            elif offset > end.size and response.sw != SW.WRONG_OFFSET:
                end.faults.append(f"{told}: {response.sw:04X} where 6B00 is due")
            elif rest and len(rest) == le and response.sw != SW.OK:
                end.faults.append(f"{told}: {response.sw:04X} though all of it is there")
    return end
