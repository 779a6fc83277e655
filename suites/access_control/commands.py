"""Which commands a phone lets through to an element, and in which class byte. Pure.

AOSP's ``Channel`` and ``CommandApduValidator``, ISO/IEC 7816-4 5.2 and 5.4.1.
"""

from __future__ import annotations

ILLEGAL, FORBIDDEN = "IllegalArgumentException", "SecurityException"


def refusal(command: bytes, *, privileged: bool = False) -> str | None:
    """The exception that ``transmit`` ends with before any rule is asked, None for none."""
    if not is_structured(command):
        return ILLEGAL
    cla, ins, p1, _ = command[:4]
    if cla == 0xFF or f"{ins:02X}"[0] in "69":
        return ILLEGAL
    if not is_interindustry(cla):
        return None
    if ins == 0x70 or (ins == 0xA4 and p1 == 0x04 and not privileged):
        return FORBIDDEN
    return None


def is_structured(command: bytes) -> bool:
    """Cases 1, 2S, 3S, 4S, 2E, 3E and 4E, by their lengths."""
    body = command[4:]
    if len(command) < 4 or len(body) <= 1:
        return len(command) >= 4
    if body[0]:
        return len(body) in (1 + body[0], 2 + body[0])
    lc = int.from_bytes(body[1:3], "big")
    return len(body) == 3 or (lc > 0 and len(body) in (3 + lc, 5 + lc))


def is_interindustry(cla: int) -> bool:
    """0xxx xxxx but 001x xxxx."""
    bits = f"{cla:08b}"
    return bits[0] == "0" and bits[1:3] != "01"


def class_on(cla: int, channel: int) -> int:
    """The class byte as it goes over the wire on a channel.

    First interindustry coding keeps b8, b6 to b3; the further one b8, b6, b5, and says of secure
    messaging (b4 or b3 of the first coding) only that it is there, in b6.
    """
    bits = list(f"{cla:08b}")
    if channel < 4:
        return int(bits[0] + "0" + "".join(bits[2:6]) + f"{channel:02b}", 2)
    secured = bits[1] == "0" and "1" in bits[4:6]
    return int(bits[0] + "1" + ("1" if secured else bits[2]) + bits[3] + f"{channel - 4:04b}", 2)
