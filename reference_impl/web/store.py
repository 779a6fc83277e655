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

    from sqlalchemy import Connection

    from reference_impl.web.process import Process

WRITTEN = "jpki.written"


def open_store(file: Path | None, tables: MetaData, process: Process | None = None) -> Engine:
    """The store in this file, with its tables; ``None``: in memory. ``dispose()`` closes it.

    What a transaction wrote is on disk when it has ended (``synchronous = FULL``), and a process
    that is killed leaves whole transactions. ``process`` is told when one that wrote something is
    about to end.
    """
    engine = _in_memory(tables) if file is None else _opened(f"sqlite:///{file}", tables)
    if process is not None:
        _watch(engine, process)
    return engine


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


def _watch(engine: Engine, process: Process) -> None:
    def written(conn: Connection, _c: Any, _s: Any, _p: Any, context: Any, _m: Any) -> None:
        if context is not None and (context.isinsert or context.isupdate or context.isdelete):
            conn.info[WRITTEN] = True

    def ending(conn: Connection) -> None:
        if conn.info.pop(WRITTEN, False):
            process.reached("transaction ending")

    event.listen(engine, "before_cursor_execute", written)
    event.listen(engine, "commit", ending)
    event.listen(engine, "rollback", lambda conn: conn.info.pop(WRITTEN, None))


def _set_up(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
