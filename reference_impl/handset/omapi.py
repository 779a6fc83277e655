"""Open Mobile API: service, readers and sessions (AOSP ``SecureElementService``)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reference_impl.handset.apps import App
from reference_impl.handset.channel import Channel
from reference_impl.handset.exceptions import Kind, OmapiError
from reference_impl.handset.terminal import Terminal

P2_OF_SELECT = (0x00, 0x04, 0x08, 0x0C)


@dataclass(eq=False)
class Session:
    """One app's connection to one element."""

    reader: Reader
    app: App
    closed: bool = field(default=False, init=False)
    channels: list[Channel] = field(default_factory=list, init=False)

    @property
    def atr(self) -> bytes:
        return self.reader.terminal.atr

    def open_basic_channel(self, aid: bytes | None, p2: int = 0x00) -> Channel | None:
        self.admit(p2)
        return self._kept(self.reader.terminal.open_basic(self.app, aid, p2))

    def open_logical_channel(self, aid: bytes | None, p2: int = 0x00) -> Channel | None:
        self.admit(p2)
        return self._kept(self.reader.terminal.open_logical(self.app, aid, p2))

    def admit(self, p2: int) -> None:
        """Raises IllegalStateException and UnsupportedOperationException."""
        if self.closed:
            raise OmapiError(Kind.ILLEGAL_STATE, "the session is closed")
        if p2 not in P2_OF_SELECT:
            raise OmapiError(Kind.UNSUPPORTED_OPERATION, f"P2 {p2:02X}")

    def close_channels(self) -> None:
        for channel in self.channels:
            channel.close()
        self.channels.clear()

    def close(self) -> None:
        self.close_channels()
        self.closed = True
        self.reader.left(self)

    def _kept(self, channel: Channel | None) -> Channel | None:
        if channel is not None:
            self.channels.append(channel)
        return channel


@dataclass(eq=False)
class Reader:
    """A place where a secure element is."""

    terminal: Terminal
    sessions: list[Session] = field(default_factory=list, init=False)

    @property
    def name(self) -> str:
        return self.terminal.name

    @property
    def present(self) -> bool:
        return self.terminal.connected

    def open_session(self, app: App) -> Session:
        """Raises IOException where no element is."""
        if not self.present:
            raise OmapiError(Kind.IO, "no secure element is present")
        self.sessions.append(Session(self, app))
        return self.sessions[-1]

    def close_sessions(self) -> None:
        for session in list(self.sessions):
            session.close()

    def left(self, session: Session) -> None:
        """With nobody there, the default application can be had again."""
        if session in self.sessions:
            self.sessions.remove(session)
        if not self.sessions:
            self.terminal.default_selected = True


@dataclass
class Service:
    """What apps bind to."""

    readers: dict[str, Reader]

    @classmethod
    def of(cls, terminals: Iterable[Terminal]) -> Service:
        return cls({terminal.name: Reader(terminal) for terminal in terminals})

    def reader(self, name: str) -> Reader:
        """Raises IllegalArgumentException."""
        if name not in self.readers:
            raise OmapiError(Kind.ILLEGAL_ARGUMENT, f"no reader {name}")
        return self.readers[name]

    def process_died(self, pid: int) -> None:
        """Its channels are closed for it."""
        for reader in self.readers.values():
            for session in [one for one in reader.sessions if one.app.pid == pid]:
                session.close()
