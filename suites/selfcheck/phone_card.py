"""The reference's chip of a phone, driven by GlobalPlatform commands over its target."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from fixtures.card.apdu import SW, Command, Response
from fixtures.card.global_platform import close_channel, get_status, open_channel, select
from fixtures.card.global_platform_answers import RegistryEntry, registry_entries
from fixtures.card.global_platform_values import Subset
from fixtures.card.scp03 import Level
from fixtures.card.scp03_keys import StaticKeys
from fixtures.card.secure_channel import SecureChannel, class_of
from fixtures.ics.statement import REFERENCE_STATEMENT, load_statement
from fixtures.targets.port import AccessPath
from fixtures.targets.reference import Reference, factory

STATEMENT = load_statement(REFERENCE_STATEMENT, literals=True)
KEYS = StaticKeys(*(STATEMENT.secret(f"scp03_{name}") for name in ("enc", "mac", "dek")))
ISSUER = bytes.fromhex("A000000151000000")
JPKI = bytes.fromhex("D392F000260100000001")
MORE_DATA, CARD_LOCKED = 0x6310, 0x6283


@dataclass
class PhoneCard:
    """One access path."""

    target: Reference
    path: AccessPath = AccessPath.INTERNAL

    def transmit(self, raw: bytes) -> bytes:
        return self.target.transmit(raw, self.path)

    def reset(self) -> None:
        self.target.reset()

    def send(self, command: Command, number: int = 0) -> Response:
        """In clear, on this logical channel."""
        moved = replace(command, cla=class_of(command.cla, number))
        return Response.parse(self.transmit(bytes(moved)))

    def select(self, aid: bytes, number: int = 0) -> Response:
        return self.send(select(aid), number)

    def open(self, number: int = 0) -> int:
        """A further channel, from this one."""
        answer = self.send(open_channel(), number)
        assert answer.ok, f"{answer.sw:04X}"
        return answer.data[0]

    def close(self, number: int) -> None:
        assert self.send(close_channel(number)).sw == SW.OK

    def domain(
        self, aid: bytes = ISSUER, keys: StaticKeys = KEYS, *, level: int = 0x01, number: int = 0,
        version: int = 0,
    ) -> SecureChannel:  # fmt: skip
        """A session with a security domain."""
        assert self.select(aid, number).sw in (SW.OK, CARD_LOCKED)
        return self.authenticated(keys, level=level, number=number, version=version)

    def authenticated(
        self, keys: StaticKeys = KEYS, *, level: int = 0x01, number: int = 0, version: int = 0
    ) -> SecureChannel:
        """A session with what is selected; version 0 is the first key set there is."""
        return SecureChannel.open(
            self.transmit, keys, Level(level), bytes(8), number=number, key_version=version
        )


def entries(channel: SecureChannel, subset: Subset) -> list[RegistryEntry]:
    """All of a subset of the registry."""
    answer = channel.send(get_status(subset))
    found = list(registry_entries(answer.data)) if answer.data else []
    while answer.sw == MORE_DATA:
        answer = channel.send(get_status(subset, following=True))
        found += registry_entries(answer.data)
    return found


@contextmanager
def phone_card(names: tuple[str, ...] = ()) -> Iterator[PhoneCard]:
    """As issued, switched on."""
    with factory(names)(STATEMENT) as target:
        card = PhoneCard(target)
        card.reset()
        yield card
