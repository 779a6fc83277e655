"""PUT KEY, DELETE of keys, and GET DATA of what keys there are (GPCS 11.2, 11.3.3.1, 11.8).

AES keys only. All keys of one command are stored together or not at all.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.chip import aes
from reference_impl.platform import tlv
from reference_impl.platform.key_sets import KeyId, KeySets

PUT_KEY, DELETE = 0xD8, 0xE4
AES_TYPE = 0x88  # table 11-16
SEVERAL = 0x80  # P2.b8
HIGHEST = 0x7F  # key identifier and key version number
CHECK_BYTES = 3
KEY_INFORMATION = 0xE0
IDENTIFIER, VERSION = 0xD0, 0xD2  # in DELETE


@dataclass(frozen=True)
class NewKey:
    """One key of PUT KEY as it came: encrypted, and what its check value must be."""

    ciphered: bytes
    told_size: int | None  # of the clear key, where the command tells it
    check_value: bytes


@dataclass
class PutKey:
    """``80 D8 <version replaced> <identifier> <new version> <key>…``; ``dek`` is the session's."""

    keys: KeySets
    dek: Callable[[], bytes]

    def __call__(self, command: Command) -> Response:
        version, new = self._read(command.data)
        first = command.p2 & ~SEVERAL
        if command.p1 > HIGHEST or (len(new) > 1) != bool(command.p2 & SEVERAL):
            raise Refused(SW.INCORRECT_P1_P2)
        clear = {first + at: self.opened(key) for at, key in enumerate(new)}
        self.admit(command.p1, version, clear)
        with self.keys.store.transaction() as changes:
            if command.p1 and command.p1 != version:
                for identifier in clear:
                    self.keys.remove(changes, command.p1, identifier)
            self.keys.put(changes, version, clear)
        return Response(SW.OK, bytes((version,)) + b"".join(key.check_value for key in new))

    def admit(self, replaced: int, version: int, clear: dict[int, bytes]) -> None:
        """Raises Refused: 6A88 for nothing to replace, 6A80 for what does not fit there."""
        if not 0 < version <= HIGHEST or max(clear) > HIGHEST:
            raise Refused(SW.INCORRECT_DATA)
        for identifier, key in clear.items():
            old = self.keys.key(replaced, identifier) if replaced else b""
            if replaced and not old:
                raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
            if version != replaced and self.keys.key(version, identifier):
                raise Refused(SW.INCORRECT_DATA)
            if replaced and not self.same_kind(old, key):
                raise Refused(SW.INCORRECT_DATA)

    def same_kind(self, old: bytes, new: bytes) -> bool:
        """A key is replaced by one of its own type and size."""
        return len(old) == len(new)

    def opened(self, key: NewKey) -> bytes:
        """The clear key. Raises Refused: 6982 for a wrong check value."""
        plain = aes.cbc_decrypted(self.dek(), bytes(aes.BLOCK_BYTES), key.ciphered)
        clear = plain if key.told_size is None else plain[: key.told_size]
        if not self.checked(key.check_value, clear):
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        return clear

    def checked(self, told: bytes, clear: bytes) -> bool:
        """Against the first bytes of AES over 01…01 (GPCS B.6); a length of 00 asks for none."""
        right = aes.one_block(clear, b"\x01" * aes.BLOCK_BYTES)[:CHECK_BYTES]
        return not told or hmac.compare_digest(told, right)

    def _read(self, data: bytes) -> tuple[int, list[NewKey]]:
        """Raises Refused (6A80) for what is cut off, of another type, or no AES key."""
        if not data:
            raise Refused(SW.INCORRECT_DATA)
        new, at = [], 1
        while at < len(data):
            if data[at] != AES_TYPE:
                raise Refused(SW.INCORRECT_DATA)
            component, at = self._field(data, at + 1)
            check_value, at = self._field(data, at)
            new.append(self.shaped(component, check_value))
        if not new or any(len(key.check_value) not in (0, CHECK_BYTES) for key in new):
            raise Refused(SW.INCORRECT_DATA)
        return data[0], new

    def shaped(self, component: bytes, check_value: bytes) -> NewKey:
        """With the length of the clear key before the cipher text or without (11.8.2.3.2)."""
        if len(component) % aes.BLOCK_BYTES == 1:
            size, ciphered = component[0], component[1:]
            if size in (16, 24, 32) and len(ciphered) == size + -size % aes.BLOCK_BYTES:
                return NewKey(ciphered, size, check_value)
        if len(component) in (16, 32):
            return NewKey(component, None, check_value)
        raise Refused(SW.INCORRECT_DATA)

    def _field(self, data: bytes, at: int) -> tuple[bytes, int]:
        size, at = tlv.read_length(data, at)
        if at + size > len(data):
            raise Refused(SW.INCORRECT_DATA)
        return data[at : at + size], at + size


@dataclass
class DeleteKeys:
    """``80 E4 00 00`` with ``D0`` identifier, ``D2`` version, or both."""

    keys: KeySets

    def __call__(self, command: Command) -> Response:
        if command.p1 or command.p2:
            raise Refused(SW.INCORRECT_P1_P2)
        named = dict(tlv.objects(command.data))
        if not named or not set(named) <= {IDENTIFIER, VERSION}:
            raise Refused(SW.INCORRECT_DATA)
        doomed = list(self.found(named.get(VERSION), named.get(IDENTIFIER)))
        if not doomed:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        if not self.spares_one_set(doomed):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        with self.keys.store.transaction() as changes:
            for version, identifier in doomed:
                self.keys.remove(changes, version, identifier)
        return Response(SW.OK, b"\x00")

    def found(self, version: bytes | None, identifier: bytes | None) -> Iterator[tuple[int, int]]:
        for each in self.keys.versions():
            for key in self.keys.identifiers(each):
                if version in (None, bytes((each,))) and identifier in (None, bytes((key,))):
                    yield each, key

    def spares_one_set(self, doomed: list[tuple[int, int]]) -> bool:
        """A domain keeps a way in (OUR DESIGN; Amendment D 6.1 asks for one complete set)."""
        return any(
            self.keys.complete(version) and not any((version, key) in doomed for key in KeyId)
            for version in self.keys.versions()
        )


@dataclass
class KeyInformation:
    """GET DATA E0: the whole object for class 80, its value alone for class 00."""

    keys: KeySets

    def __call__(self, command: Command) -> Response:
        if command.p1 << 8 | command.p2 != KEY_INFORMATION:
            raise Refused(SW.REFERENCED_DATA_NOT_FOUND)
        value = b"".join(tlv.written(0xC0, each) for each in self._all())
        proprietary = bool(command.cla & 0x80)
        return Response(SW.OK, tlv.written(KEY_INFORMATION, value) if proprietary else value)

    def _all(self) -> Iterator[bytes]:
        for version in self.keys.versions():
            for identifier in self.keys.identifiers(version):
                size = len(self.keys.key(version, identifier))
                yield bytes((identifier, version, AES_TYPE, size))
