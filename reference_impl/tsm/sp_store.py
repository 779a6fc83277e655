"""The SP-TSM's queries; every change of several rows is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.sql import Executable

from reference_impl.tsm.database import Database, Row
from reference_impl.tsm.sp_tables import certificates, flows, journal, orders
from reference_impl.web.clock import Clock


class SpStore:
    """Reads what is kept, and writes steps with all their effects."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def at(self) -> str:
        return self.clock.now().isoformat()

    def flow(self, number: str) -> Row | None:
        return self.database.first(select(flows).where(flows.c.id == number))

    def flow_of(self, request: str) -> Row | None:
        """The flow that this request of an app began, if it arrived before."""
        return self.database.first(select(flows).where(flows.c.request == request))

    def keep(self, statements: Sequence[Executable]) -> None:
        """A step and all it changes, in one transaction."""
        self.database.write(*statements)

    def journalled(self, flow: str, labels: Sequence[str]) -> list[Executable]:
        """Entries of the journal, in this order."""
        return [insert(journal).values(flow=flow, step=label, at=self.at()) for label in labels]

    def has_journalled(self, flow: str, label: str) -> bool:
        query = select(journal).where(journal.c.flow == flow, journal.c.step == label)
        return self.database.first(query) is not None

    def begun(self, flow: Row) -> Executable:
        return insert(flows).values(**flow)

    def changed(self, flow: str, **values: Any) -> Executable:
        return update(flows).where(flows.c.id == flow).values(**values)

    def bound(self, serial: str, purpose: str, flow: Row) -> Executable:
        """A certificate that was issued for the key in this SE."""
        row = {"serial": serial, "purpose": purpose, "application": flow["data"]["application"]}
        row |= {name: flow[name] for name in ("person", "se_id")}
        return insert(certificates).prefix_with("OR REPLACE").values(**row, state="valid")

    def certificate_state(self, serial: str, state: str) -> Executable:
        return update(certificates).where(certificates.c.serial == serial).values(state=state)

    def certificates_of(self, person: str) -> list[Row]:
        return self.database.rows(select(certificates).where(certificates.c.person == person))

    def certificates_in(self, se_id: str) -> list[Row]:
        return self.database.rows(select(certificates).where(certificates.c.se_id == se_id))

    def certificate(self, serial: str) -> Row | None:
        """The table of REQ-5-2-h: certificate number → SE-ID."""
        return self.database.first(select(certificates).where(certificates.c.serial == serial))

    def ordered(self, flow: str, serial: str) -> Executable:
        """An order to delete what lies where this revoked certificate lies."""
        row = {
            "id": self.number_of(flow, serial),
            "flow": flow,
            "serial": serial,
            "state": "waiting",
        }
        return insert(orders).prefix_with("OR IGNORE").values(**row, deletion="")

    def number_of(self, flow: str, serial: str) -> str:
        """What the SEI-TSM knows the order by: it must not learn certificate numbers."""
        return sha256(f"{flow} {serial}".encode()).hexdigest()[:32]

    def order_changed(self, order: str, state: str, deletion: str = "") -> Executable:
        changed = update(orders).where(orders.c.id == order)
        return changed.values(state=state, deletion=deletion)

    def next_order(self) -> Row | None:
        return self.database.first(select(orders).where(orders.c.state == "waiting"))

    def orders_of(self, se_ids: set[str]) -> list[Row]:
        rows = self.database.dump("orders")
        return [row for row in rows if self.se_id_of(row["serial"]) in se_ids]

    def se_id_of(self, serial: str) -> str | None:
        found = self.certificate(serial)
        return None if found is None else str(found["se_id"])
