"""``junit.xml`` from the records of a campaign, for CI servers.

Written from the ledger, so a resumed campaign has all its tests in it, and nothing gets in that
the ledger does not hold: no traceback, no argument of a call.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from fixtures.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reports.verdicts import TestRecord

ELEMENT = {
    Verdict.FAIL: "failure",
    Verdict.INCONCLUSIVE: "failure",
    Verdict.ERROR: "error",
    Verdict.NOT_APPLICABLE: "skipped",
    Verdict.NOT_RUN: "skipped",
    Verdict.DEVIATION: "skipped",
    Verdict.MANUAL_PENDING: "skipped",
}


def write_junit(path: Path, records: Iterable[TestRecord]) -> None:
    """One ``testcase`` a test, with requirement ids and verdict as properties."""
    records = list(records)
    kinds = [ELEMENT.get(record.verdict) for record in records]
    suite = ET.Element(
        "testsuite",
        name="jpki-conformance",
        tests=str(len(records)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
    )
    for record in records:
        suite.append(_case(record))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _case(record: TestRecord) -> ET.Element:
    room, _, name = record.id.partition("::")
    seconds = f"{record.t_end - record.t_start:.3f}"
    case = ET.Element("testcase", classname=room.replace("/", "."), name=name, time=seconds)
    properties = ET.SubElement(case, "properties")
    for id_ in record.requirements:
        ET.SubElement(properties, "property", name="requirement", value=id_)
    ET.SubElement(properties, "property", name="verdict", value=record.verdict)
    if (kind := ELEMENT.get(record.verdict)) is not None:
        reason = next(f.reason for f in record.findings if f.verdict is record.verdict)
        told = ET.SubElement(case, kind, message=_printable(reason))
        if record.verdict is Verdict.INCONCLUSIVE:
            told.set("type", "inconclusive")
    return case


def _printable(text: str) -> str:
    """XML 1.0 has no place for most control characters."""
    return "".join(max(c, " ") for c in text)
