"""The durable store of one server as rows and transactions.

Each server has a database of its own, with its own tables: none can read another's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, MetaData, select
from sqlalchemy.sql import Executable, Select

Row = dict[str, Any]


@dataclass(frozen=True)
class Database:
    """Tables of a store that ``reference_impl.web.store`` opened."""

    engine: Engine
    tables: MetaData

    def write(self, *statements: Executable) -> None:
        """These statements in one transaction: all of them, or none."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, query: Select[Any]) -> list[Row]:
        """What the query finds, each row by the names of its columns."""
        with self.engine.begin() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def first(self, query: Select[Any]) -> Row | None:
        """The first row that the query finds."""
        found = self.rows(query.limit(1))
        return found[0] if found else None

    def dump(self, table: str) -> list[Row]:
        """A whole table, in order of its rows."""
        return self.rows(select(self.tables.tables[table]))
