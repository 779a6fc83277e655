"""``judge moduli``: millions of keys against each other. Parses, calls, prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict, worst
from reports.campaign import suite_identity
from reports.json_output import JsonFinding, json_input
from reports.ledger import canonical
from reports.options import Json
from reports.progress import shown
from reports.verdicts import STATUS, ExitStatus

if TYPE_CHECKING:
    from suites.rsa_keys.moduli_store import Compared

REQUIREMENT = "REQ-1-2-d"  # keys meet FIPS 186-4
LEAST_KEYS = 2  # that can be compared
MOST_SHOWN = 50  # remarks; --json has them all


def judge_moduli(
    files: Annotated[list[Path], typer.Argument(help="Files of keys, as for judge keys.")],
    state: Annotated[
        Path, typer.Option(help="Folder for what is done; the same again goes on from there.")
    ],
    as_json: Json = False,
) -> None:
    """Compare millions of moduli with each other: duplicates and shared primes; resumable."""
    from suites.rsa_keys.formats import files_in  # noqa: PLC0415  numpy takes its time
    from suites.rsa_keys.moduli_store import ModuliStore  # noqa: PLC0415

    with shown("reading") as told_of:
        found = ModuliStore(state).compare(files, told_of)
    if not found.keys:
        raise UsageError(f"{files[0]}: no RSA key can be read; {'; '.join(found.troubles[:1])}")
    if as_json:
        inputs = [json_input(path).model_dump() for path, _ in files_in(files) if path.is_file()]
        print(canonical(to_json(found) | {"inputs": inputs, "suite": suite_identity()}))
    else:
        for line in lines(found):
            Console().print(line, soft_wrap=True)
    raise typer.Exit(STATUS.get(verdict(found), ExitStatus.PASS))


def verdict(found: Compared) -> Verdict:
    """FAIL for anything in common; INCONCLUSIVE where something was not read, or is all alone."""
    open_ones = [Verdict.INCONCLUSIVE] * len(undecided(found))
    return worst([Verdict.PASS, *open_ones, *(remark.verdict for remark in found.remarks)])


def undecided(found: Compared) -> list[tuple[str, str]]:
    """Why there is less to say than was asked for: a name and a line each."""
    unread = [("unreadable", line) for line in found.troubles]
    few = f"{found.keys} key alone has nothing to be compared with; {LEAST_KEYS} are the least"
    return unread + [("too few keys", few)] * (found.keys < LEAST_KEYS)


def to_json(found: Compared) -> dict[str, Any]:
    """The one JSON object of ``judge moduli --json``, without inputs and the suite's identity."""
    return {
        "verdict": verdict(found),
        "findings": [
            JsonFinding(
                id=one.criterion, verdict=one.verdict, requirement=REQUIREMENT,
                reason=one.reason, subject=one.subject,
            ).model_dump(mode="json") | {"class": str(one.key_class), "clause": one.clause}
            for one in found.remarks
        ] + [
            JsonFinding(
                id=name, verdict=Verdict.INCONCLUSIVE, requirement=REQUIREMENT, reason=line
            ).model_dump(mode="json")
            for name, line in undecided(found)
        ],
        "metrics": {"keys": found.keys, "blocks": found.blocks, "reused": found.reused},
        "bounds": list(found.bounds),
    }  # fmt: skip


def lines(found: Compared) -> Iterator[Text]:
    """What a person is told."""
    for one in found.remarks[:MOST_SHOWN]:
        yield Text(f"{one.subject}: ").append(one.reason, "red").append(f" ({one.clause})", "dim")
    if len(found.remarks) > MOST_SHOWN:
        yield Text(f"and {len(found.remarks) - MOST_SHOWN:,} more; --json tells them all")
    for name, line in undecided(found)[:MOST_SHOWN]:
        yield Text(f"{name}: ", "yellow").append(line, "default")
    for line in found.bounds:
        yield Text(line)
    told = f"{found.keys:,} keys in {found.blocks} blocks, {found.reused} of them done before"
    yield Text(f"verdict  {verdict(found)}   {told}", "bold")
