"""The access control enforcer of one element (GPD_SPE_013 v1.1; AOSP ``AccessControlEnforcer``).

The rules are read when the element is first used, and again whenever its refresh tag is another
one; the tag is asked for at every opening. No ARA-M, or one that does not work: nobody gets in. A
line that fails, or no channel to read the rules on: nothing is decided, and they are read later.
Rules in files (ARF) are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from reference_impl.handset.access_rules import FULL_ACCESS, Access, Apdu, Nfc, RuleReader
from reference_impl.handset.data_objects import Malformed
from reference_impl.handset.driver import Driver
from reference_impl.handset.exceptions import Kind, OmapiError
from reference_impl.handset.rule_cache import RuleCache
from reference_impl.handset.rule_source import ARA_M_AID, RuleSource


class Rules(Enum):
    """How the rules of the element stand."""

    UNREAD = auto()
    READ = auto()
    NONE = auto()  # no ARA-M; it may be installed later
    BROKEN = auto()  # there is one, and it cannot be relied on


@dataclass
class Enforcer:
    """``open_to_all``: a development build, where an element without ARA-M is not protected."""

    driver: Driver
    cache: RuleCache = field(default_factory=RuleCache)
    reader: RuleReader = field(default_factory=RuleReader)
    open_to_all: bool = False
    state: Rules = field(default=Rules.UNREAD, init=False)

    def reset(self) -> None:
        """The element was away."""
        self.cache.forget()
        self.state = Rules.UNREAD

    # --- at opening ----------------------------------------------------------------------------

    def access(self, aid: bytes | None, hashes: Sequence[bytes]) -> Access:
        """Raises SecurityException; IOException and NoFreeChannel while rules cannot be read."""
        self.update()
        if self.state is Rules.NONE and self.open_to_all:
            return FULL_ACCESS
        if self.state is not Rules.READ or not hashes:
            raise OmapiError(Kind.SECURITY, f"access rules: {self.state.name}")
        access = self.cache.find(aid, hashes)
        if not self.may_open(access):
            raise OmapiError(Kind.SECURITY, "no access rule allows it")
        return access

    def may_open(self, access: Access) -> bool:
        return access.may_open

    def hears(self, aid: bytes, hashes: Sequence[bytes]) -> bool:
        """Whether an app is told of the application's transactions. Raises as ``access`` does."""
        self.update()
        if self.state is not Rules.READ or not hashes:
            return False
        return self.cache.find(aid, hashes).nfc is Nfc.ALWAYS

    def update(self) -> None:
        """Read what may have changed."""
        if self.state is Rules.BROKEN:
            return
        try:
            self.state = self.read()
        except Malformed:
            self.cache.forget()
            self.state = self.when_broken()

    def when_broken(self) -> Rules:
        """Deny everything from now on."""
        return Rules.BROKEN

    def read(self) -> Rules:
        """Raises Malformed, IOException and NoFreeChannel."""
        try:
            opened = self.driver.open_logical(ARA_M_AID, 0x00)
        except OmapiError as error:
            if error.kind is not Kind.NO_SUCH_ELEMENT:
                raise
            self.cache.forget()
            return Rules.NONE
        try:
            self.refresh(RuleSource(self.driver, opened.number))
        finally:
            self.driver.close(opened.number)
        return Rules.READ

    def refresh(self, source: RuleSource) -> None:
        """The tag is kept only once the rules are all here."""
        tag = source.refresh_tag()
        if self.cache.is_current(tag):
            return
        raw = source.all_rules()
        self.cache.renew(tag, () if raw is None else self.reader.rules(raw))

    # --- at every command ---------------------------------------------------------------------

    def check(self, access: Access, command: bytes) -> None:
        """Raises SecurityException for a command that no filter lets pass."""
        if not self.may_send(access, command):
            raise OmapiError(Kind.SECURITY, "no access rule allows this command")

    def may_send(self, access: Access, command: bytes) -> bool:
        if access.apdu is Apdu.FILTER:
            return any(one.matches(command) for one in access.filters)
        return access.apdu is Apdu.ALWAYS
