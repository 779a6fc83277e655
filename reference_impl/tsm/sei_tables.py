"""What the SEI-TSM keeps: SE-ID → push token, and the deletions it was asked for.

It keeps no certificate: certificate → SE-ID is the SP-TSM's (technical verification deck p.31,
REQ-5-2-o).
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table

TABLES = MetaData()

tokens = Table(
    "tokens",
    TABLES,
    Column("se_id", String, primary_key=True),
    Column("token", String),
    Column("at", String),
)
deletions = Table(
    "deletions",
    TABLES,
    Column("id", String, primary_key=True),
    Column("request", String, unique=True),  # the SP-TSM's number; the same again is the same
    Column("se_id", String),
    Column("state", String),  # pending, deleted, overtaken
    Column("sent", String),  # the token the message went to, "" while there is none
    Column("erased", Integer),  # 1 once the SE has answered the deletion
    Column("notices", Integer),
)
journal = Table(
    "journal",
    TABLES,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("flow", String, index=True),  # the deletion
    Column("step", String),
    Column("at", String),
)
