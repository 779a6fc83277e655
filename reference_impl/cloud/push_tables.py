"""What the push service keeps: the tokens it has given out, and the messages it has accepted."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table

TABLES = MetaData()

tokens = Table(
    "tokens",
    TABLES,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("token", String, unique=True),
    Column("phone", String),  # "" once the token is dead
)
messages = Table(
    "messages",
    TABLES,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("name", String),
    Column("token", String),
    Column("data", JSON),
    Column("waiting", Integer),  # so many times it is still to be delivered
)
