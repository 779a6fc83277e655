"""What the SP-TSM keeps: flows, its journal, certificate → SE-ID, consents, orders of deletion.

It keeps no push token: SE-ID → token is the SEI-TSM's (technical verification deck p.31,
REQ-5-2-o).
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table

TABLES = MetaData()

flows = Table(
    "flows",
    TABLES,
    Column("id", String, primary_key=True),
    Column("request", String, unique=True),  # the app's number; the same again is the same flow
    Column("kind", String),
    Column("person", String),
    Column("se_id", String),
    Column("state", String),
    Column("step", Integer),  # index into the steps that follow the application
    Column("data", JSON),
)
journal = Table(
    "journal",
    TABLES,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("flow", String, index=True),
    Column("step", String),
    Column("at", String),
)
certificates = Table(
    "certificates",
    TABLES,
    Column("serial", String, primary_key=True),  # hexadecimal, as in the certificate
    Column("purpose", String),
    Column("application", String),  # the JPKI's number of what it was issued for
    Column("person", String),
    Column("se_id", String),
    Column("state", String),  # valid, held, revoked
)
consents = Table(
    "consents",
    TABLES,
    Column("flow", String, primary_key=True),
    Column("document", JSON),  # what the user signed: which certificates, why, when
    Column("at", String),
)
orders = Table(
    "orders",
    TABLES,
    Column("id", String, primary_key=True),
    Column("flow", String),
    Column("serial", String),  # of a revoked certificate; the SE-ID is looked up when it is due
    Column("state", String),  # waiting, requested, refused, unknown
    Column("deletion", String),  # the SEI-TSM's number for it
)
