"""An SQLite store as the services keep it: durable, write-ahead logged, one writer at a time.

Stores in memory are made by the hundred, one for each server of each world. They begin as copies
of an empty one, and share how their statements are written in SQL.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from pathlib import Path


def open_store(file: Path | None, tables: MetaData) -> Engine:
    """The store in this file, with its tables; ``None``: in memory. ``dispose()`` closes it.

    What a transaction wrote is on disk when it has ended (``synchronous = FULL``), and a process
    that is killed leaves whole transactions.
    """
    return _in_memory(tables) if file is None else _opened(f"sqlite:///{file}", tables)


def _opened(url: str, tables: MetaData, **how: Any) -> Engine:
    engine = create_engine(url, **how)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    tables.create_all(engine)
    return engine


def _in_memory(tables: MetaData) -> Engine:
    empty, written = _empty(tables)

    def copied() -> Any:
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        with empty.connect() as connection:
            original: Any = connection.connection.driver_connection
            original.backup(copy)
        _set_up(copy, None)
        return copy

    pool = StaticPool(copied, dialect=empty.dialect)
    engine = Engine(pool, empty.dialect, empty.url, execution_options={"compiled_cache": written})
    event.listen(engine, "begin", _begin)
    return engine


@cache
def _empty(tables: MetaData) -> tuple[Engine, dict[Any, Any]]:
    """A store in memory that stays empty, and the SQL of all statements its copies have had."""
    shared = {"check_same_thread": False}
    return _opened("sqlite://", tables, poolclass=StaticPool, connect_args=shared), {}


def _set_up(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
