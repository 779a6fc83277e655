"""An exchange in words: the command by its name in the standards, the status word by its sense.

Names: ISO/IEC 7816-4 (2020) clause 11, ISO/IEC 7816-8 (2021) clause 11, and the JPKI application's
own COMPUTE DIGITAL SIGNATURE. Pure; whatever cannot be named stays hex.
"""

from __future__ import annotations

COMMANDS = {
    0xA4: "SELECT",
    0xB0: "READ BINARY",
    0xB1: "READ BINARY",
    0xD6: "UPDATE BINARY",
    0x20: "VERIFY",
    0x21: "VERIFY",
    0x24: "CHANGE REFERENCE DATA",
    0x2C: "RESET RETRY COUNTER",
    0x2A: "COMPUTE DIGITAL SIGNATURE",
    0x46: "GENERATE ASYMMETRIC KEY PAIR",
    0x47: "GENERATE ASYMMETRIC KEY PAIR",
    0x82: "EXTERNAL AUTHENTICATE",
    0x84: "GET CHALLENGE",
    0x88: "INTERNAL AUTHENTICATE",
    0xC0: "GET RESPONSE",
    0xCA: "GET DATA",
    0xCB: "GET DATA",
    0x70: "MANAGE CHANNEL",
    0xE2: "APPEND RECORD",
    0xB2: "READ RECORD",
}
FILES = {
    0x01: "EF 0001 signature certificate",
    0x02: "EF 0002 signature CA",
    0x06: "EF 0006 token information",
    0x08: "EF 0008",
    0x09: "EF 0009",
    0x0A: "EF 000A user certificate",
    0x0B: "EF 000B user CA",
    0x16: "EF 0016",
    0x17: "EF 0017 user key",
    0x18: "EF 0018 user PIN",
    0x1A: "EF 001A signature key",
    0x1B: "EF 001B password",
}
JPKI_AP = "D392F000260100000001"
BY_SFI = frozenset({0x20, 0x21, 0x24, 0x2C, 0x2A, 0xB0})

STATUS = {
    "9000": "done",
    "6282": "end of file",
    "6300": "failed",
    "6700": "wrong length",
    "6881": "no such logical channel",
    "6882": "no secure messaging",
    "6981": "wrong kind of file",
    "6982": "security status not satisfied",
    "6983": "blocked",
    "6984": "reference data not usable",
    "6985": "conditions not satisfied",
    "6986": "no current EF",
    "6A80": "wrong data",
    "6A81": "function not supported",
    "6A82": "not found",
    "6A84": "not enough memory",
    "6A86": "wrong P1 P2",
    "6A88": "referenced data not found",
    "6B00": "offset outside the file",
    "6D00": "unknown instruction",
    "6E00": "unknown class",
    "6F00": "no precise diagnosis",
}


def command_words(text: str) -> str:
    """What a command asks, from its hex; ``text`` may end in a note that its body is withheld."""
    try:
        header = bytes.fromhex(text[:8])
    except ValueError:
        return ""
    if len(header) < 4 or header[1] not in COMMANDS:
        return ""
    name = COMMANDS[header[1]]
    return f"{name} {object_words(header, text)}".rstrip()


def object_words(header: bytes, text: str) -> str:
    """What the command is about: the application or the file it names."""
    _, ins, _, p2 = header
    if ins == 0xA4:
        return "the JPKI application" if JPKI_AP in text else FILES.get(_fid(text), "")
    if ins == 0xB0:
        return FILES.get(header[2] & 0x1F, "") if header[2] & 0x80 else ""
    if ins in BY_SFI and p2 & 0x1F:
        return FILES.get(p2 & 0x1F, "")
    return ""


def status_words(sw: str) -> str:
    """The sense of a status word, four hex digits."""
    if sw in STATUS:
        return STATUS[sw]
    if sw.startswith("63C") and len(sw) == 4:
        return f"{int(sw[3], 16)} tries left"
    if sw.startswith("61"):
        return "more bytes wait"
    if sw.startswith("6C"):
        return "wrong Le"
    return ""


def _fid(text: str) -> int:
    """The file identifier in a SELECT by FID, when it is one of the JPKI application's."""
    body = text[10:14]
    return int(body, 16) if len(text) == 14 and body.startswith("00") else -1
