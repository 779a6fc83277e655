"""An SQLite store as the services keep it: durable, write-ahead logged, one writer at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, create_engine, event
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


def open_store(file: Path | None, tables: MetaData) -> Engine:
    """The store in this file, with its tables; ``None``: in memory. ``dispose()`` closes it.

    What a transaction wrote is on disk when it has ended (``synchronous = FULL``), and a process
    that is killed leaves whole transactions.
    """
    if file is None:
        engine = create_engine("sqlite://", poolclass=StaticPool)
    else:
        engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    tables.create_all(engine)
    return engine


def _set_up(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
