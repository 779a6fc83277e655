"""What a business server keeps: what it asked to be signed, what it accepted, and its journal."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table

TABLES = MetaData()

requests = Table(
    "requests",
    TABLES,
    Column("id", String, primary_key=True),
    Column("use", String),  # user-authentication or signature
    Column("message", String),  # what is to be signed, hexadecimal
    Column("asked_at", String),
)
accepted = Table(
    "accepted",
    TABLES,
    Column("request", String, primary_key=True),  # each is accepted once
    Column("use", String),
    Column("serial", String),  # of the certificate, hexadecimal
    Column("message", String),
    Column("signature", String),
    Column("certificate", String),
    Column("told_by", String),  # ocsp or list
    Column("evidence", String),  # the answer or list (DER) by which the certificate was good
    Column("at", String),
)
journal = Table(
    "journal",
    TABLES,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("flow", String),
    Column("step", String),
    Column("at", String),
)
