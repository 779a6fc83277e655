"""The SEI-TSM: knows by which push token a phone is reached, and deletes applets in its SE.

A deletion is *pending* until the phone has sent its completion notice and the SE itself answered
the deletion; whatever else happens to it, it is never called deleted before (REQ-5-1-b). It is
*overtaken* when the SE is issued to somebody, and then never carried out (REQ-5-2-k).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import insert, select, update
from sqlalchemy.sql import Executable

from reference_impl.tsm.database import Database, Row
from reference_impl.tsm.links import Rejected
from reference_impl.tsm.scripts import Answer, Commands, Script
from reference_impl.tsm.sei_tables import deletions, journal, tokens
from reference_impl.web.clock import Clock
from reference_impl.web.problem import Problem
from reference_impl.web.process import Process


class Unregistered(Exception):  # noqa: N818 - the answer of the push service
    """The push service knows no app under this token any more."""


class Push(Protocol):
    """The push service. Raises Unreachable (also when it is busy) and Unregistered."""

    def send(self, token: str, data: dict[str, str]) -> None: ...


class NotDue(Problem):
    """There is nothing to be deleted: unknown, done or overtaken."""

    def __init__(self, detail: str) -> None:
        super().__init__(409, "not-due", detail)


@dataclass
class SeiStore:
    """The SEI-TSM's queries."""

    database: Database
    clock: Clock

    def keep(self, *statements: Executable) -> None:
        self.database.write(*statements)

    def journalled(self, deletion: str, label: str) -> Executable:
        at = self.clock.now().isoformat()
        return insert(journal).values(flow=deletion, step=label, at=at)

    def has_journalled(self, deletion: str, label: str) -> bool:
        query = select(journal).where(journal.c.flow == deletion, journal.c.step == label)
        return self.database.first(query) is not None

    def token_of(self, se_id: str) -> str | None:
        """The table of REQ-5-2-j: SE-ID → token."""
        found = self.database.first(select(tokens).where(tokens.c.se_id == se_id))
        return None if found is None else str(found["token"])

    def token_kept(self, se_id: str, token: str) -> Executable:
        row = {"se_id": se_id, "token": token, "at": self.clock.now().isoformat()}
        return insert(tokens).prefix_with("OR REPLACE").values(**row)

    def token_dropped(self, se_id: str) -> Executable:
        return tokens.delete().where(tokens.c.se_id == se_id)

    def deletion(self, number: str) -> Row | None:
        return self.database.first(select(deletions).where(deletions.c.id == number))

    def deletion_of(self, request: str) -> Row | None:
        return self.database.first(select(deletions).where(deletions.c.request == request))

    def pending(self, se_id: str | None = None) -> list[Row]:
        query = select(deletions).where(deletions.c.state == "pending")
        return self.database.rows(query if se_id is None else query.where(_of(se_id)))

    def changed(self, number: str, **values: Any) -> Executable:
        return update(deletions).where(deletions.c.id == number).values(**values)


def _of(se_id: str) -> Any:
    return deletions.c.se_id == se_id


@dataclass
class SeiTsm:
    """One SEI-TSM on its store."""

    store: SeiStore
    push: Push
    script: Callable[[], Script]
    installation: Callable[[], Script]
    process: Process
    secret: bytes = field(repr=False)  # the number of a deletion is what its app is known by
    running: dict[str, Script] = field(default_factory=dict, init=False)

    # --- tokens ----------------------------------------------------------------------------

    def register(self, se_id: str, token: str) -> None:
        """The app's token, new or renewed; what waits for this phone is sent to it again."""
        renewed = [self.store.changed(d["id"], sent="") for d in self.store.pending(se_id)]
        self.store.keep(self.store.token_kept(se_id, token), *renewed)

    # --- installation, with the app --------------------------------------------------------

    def install(self, se_id: str) -> dict[str, Any]:
        """A phone without the applet gets one: the script from its start."""
        self.running[f"install {se_id}"] = script = self.installation()
        return self._told(next(script))

    def installing(self, se_id: str, answer: Answer) -> dict[str, Any]:
        """Goes on until the SE has answered the installation."""
        return self._carried_on(f"install {se_id}", answer) or {"do": "end"}

    # --- deletions, for the SP-TSM ---------------------------------------------------------

    def request_deletion(self, request: str, se_id: str) -> Row:
        """Step 8; the same request again is the same deletion."""
        known = self.store.deletion_of(request)
        if known is not None:
            return known
        number = hmac.new(self.secret, request.encode(), "sha256").hexdigest()[:32]
        row = {
            "id": number,
            "request": request,
            "se_id": se_id,
            "sent": "",
            "notices": 0,
            "erased": 0,
        }
        row["state"] = "pending"
        self.store.keep(insert(deletions).values(**row))
        return row

    def in_use(self, se_id: str) -> None:
        """The SE is issued to somebody: deletions that were due for it no longer are."""
        self.store.keep(
            *(self.store.changed(d["id"], state="overtaken") for d in self.store.pending(se_id))
        )

    def state(self, number: str) -> Row:
        found = self.store.deletion(number)
        if found is None:
            raise NotDue(f"no deletion {number}")
        return found

    # --- push ------------------------------------------------------------------------------

    def work(self) -> bool:
        """Send one message that waits; steps 9 and 10. Raises Unreachable: it waits on."""
        for deletion in self.store.pending():
            token = self.token(deletion["se_id"])
            if token is not None and not deletion["sent"]:
                self.notify(deletion, token)
                return True
        return False

    def token(self, se_id: str) -> str | None:
        """Step 9; without one the deletion stays pending until the app registers again."""
        return self.store.token_of(se_id)

    def notify(self, deletion: Row, token: str) -> None:
        number = deletion["id"]
        if not self.store.has_journalled(number, "F-DEL-9"):  # a message is tried again and again
            self.store.keep(self.store.journalled(number, "F-DEL-9"))
        try:
            self.push.send(token, {"action": "delete", "deletion": number})
        except Unregistered:
            self.store.keep(*self.given_up(deletion))
            return
        self.process.reached("F-DEL-10 acted")
        sent = self.store.changed(number, sent=token, state=self.once_sent())
        self.store.keep(sent, self.store.journalled(number, "F-DEL-10"))

    def once_sent(self) -> str:
        """A message on its way deletes nothing yet."""
        return "pending"

    def given_up(self, deletion: Row) -> list[Executable]:
        """The token is dead: it is forgotten, and the deletion stays pending."""
        return [self.store.token_dropped(deletion["se_id"])]

    def again(self) -> int:
        """No notice came: messages are due once more; returns how many."""
        waiting = [deletion for deletion in self.store.pending() if deletion["sent"]]
        self.store.keep(*(self.store.changed(deletion["id"], sent="") for deletion in waiting))
        return len(waiting)

    # --- deletion, with the app ------------------------------------------------------------

    def begin(self, number: str) -> dict[str, Any]:
        """Step 12: the script from its start. Raises NotDue."""
        deletion = self.state(number)
        if not self.due(deletion):
            raise NotDue(f"the deletion is {deletion['state']}")
        self.running[number] = script = self.script()
        return self._told(next(script))

    def due(self, deletion: Row) -> bool:
        return bool(deletion["state"] == "pending")

    def answered(self, number: str, answer: Answer) -> dict[str, Any]:
        """Step 13: goes on until the SE has answered the deletion."""
        told = self._carried_on(number, answer)
        if told is None:
            self.store.keep(self.store.changed(number, erased=1))
        return told or {"do": "end"}

    def _carried_on(self, name: str, answer: Answer) -> dict[str, Any] | None:
        """What is to be done next by a script; None where it is over."""
        script = self.running.pop(name, None)
        if script is None:
            raise Rejected("this answer is not waited for; begin again")
        try:
            told = self._told(script.send(answer))
        except StopIteration:
            return None
        self.running[name] = script
        return told

    def _told(self, awaited: Any) -> dict[str, Any]:
        assert isinstance(awaited, Commands)
        return {"do": "transmit", "commands": [apdu.hex() for apdu in awaited.apdus]}

    def notice(self, number: str) -> Row:
        """Step 14: the completion notice; harmless when repeated, refused when untrue."""
        deletion = self.state(number)
        if self.is_repeated(deletion):
            return deletion
        if not self.is_believed(deletion):
            raise NotDue("the SE has not answered the deletion")
        counted = self.store.changed(number, state="deleted", notices=deletion["notices"] + 1)
        self.store.keep(counted, self.store.journalled(number, "F-DEL-14"))
        self.process.reached("F-DEL-14 kept")
        return self.state(number)

    def is_believed(self, deletion: Row) -> bool:
        """The SE itself has answered the deletion before."""
        return bool(deletion["erased"])

    def is_repeated(self, deletion: Row) -> bool:
        return bool(deletion["state"] == "deleted")
