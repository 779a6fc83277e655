"""The policy by operation and source, restated from ``docs/access_source.md`` (OUR DESIGN). Pure.

A refusal by the policy is 6982 and comes before anything else is looked at, so harmless commands
show it: one without its data is answered 6700 where the operation is allowed. What else may come
in place of that is another rule's business; here only *refused by the policy or not* is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

from fixtures.card.apdu import SW, Command
from fixtures.card.jpki import EF
from fixtures.targets.port import AccessPath
from fixtures.verdict import Finding, Verdict

DENIED = SW.SECURITY_STATUS_NOT_SATISFIED


@unique
class Operation(StrEnum):
    LOOK = "look"
    HOLDER = "holder"
    ADMINISTER = "administer"


UNKNOWN = "unknown"  # in place of a path: the chip reports a value that its table does not have
UNVERIFIED = "unverified"  # by any path: the chip has no fresh result
EVERYWHERE = frozenset({*AccessPath, UNKNOWN, UNVERIFIED})

ALLOWED: Mapping[Operation, frozenset[str]] = {
    Operation.LOOK: EVERYWHERE,
    Operation.HOLDER: EVERYWHERE - {UNKNOWN},
    Operation.ADMINISTER: frozenset({AccessPath.INTERNAL, AccessPath.CONTACT}),
}


@dataclass(frozen=True)
class Probe:
    """A command that shows whether an operation is refused; ``file``: selected before."""

    name: str
    operation: Operation
    command: Command
    file: EF | None = None


PROBES = (
    Probe("READ BINARY of EF 0006", Operation.LOOK, Command(0x00, 0xB0, 0x86, 0x00, le=1)),
    Probe("GET CHALLENGE", Operation.LOOK, Command(0x00, 0x84, 0x00, 0x00, le=8)),
    Probe("SELECT EF", Operation.LOOK, Command(0x00, 0xA4, 0x02, 0x0C, b"\x00\x06")),
    Probe(
        "GENERATE of a key that is there",
        Operation.LOOK,
        Command(0x00, 0x46, 0x81, 0x00, le=65_536, extended=True),
        EF.USER_KEY,
    ),
    Probe("VERIFY without data", Operation.HOLDER, Command(0x00, 0x20, 0x00, 0x98)),
    Probe("VERIFY of another key", Operation.HOLDER, Command(0x00, 0x20, 0x00, 0x97)),
    Probe("CHANGE REFERENCE DATA, P1 07", Operation.HOLDER, Command(0x00, 0x24, 0x07, 0x98, b"1")),
    Probe(
        "COMPUTE DIGITAL SIGNATURE, P1 06",
        Operation.HOLDER,
        Command(0x80, 0x2A, 0x06, 0x97, bytes(32), 256),
    ),
    Probe(
        "EXTERNAL AUTHENTICATE, P1 07",
        Operation.ADMINISTER,
        Command(0x00, 0x82, 0x07, 0x81, bytes(16)),
    ),
    Probe("RESET RETRY COUNTER, no data", Operation.ADMINISTER, Command(0x00, 0x2C, 0x02, 0x98)),
    Probe("UPDATE BINARY, no data", Operation.ADMINISTER, Command(0x00, 0xD6, 0x8A, 0x00)),
    Probe(
        "GENERATE ASYMMETRIC KEY PAIR, no Le",
        Operation.ADMINISTER,
        Command(0x00, 0x46, 0x80, 0x00),
        EF.USER_KEY,
    ),
    Probe(
        "GENERATE ASYMMETRIC KEY PAIR (47), no Le",
        Operation.ADMINISTER,
        Command(0x00, 0x47, 0x80, 0x00),
        EF.USER_KEY,
    ),
)
"""Nothing here enters a PIN, costs a try, or could be executed as an administrator's command."""


def judge_probe(requirement: str, probe: Probe, source: str, sw: int) -> Finding:
    """One cell of the table: operation × source, by the status word of the answer."""
    subject = f"{probe.name} by {source}"
    allowed = source in ALLOWED[probe.operation]
    if allowed == (sw != DENIED):
        return Finding(requirement, Verdict.PASS, "", subject)
    must = "must not be refused by its source" if allowed else "must be refused (6982)"
    told = f"answered {sw:04X}; {probe.operation} {must}"
    return Finding(requirement, Verdict.FAIL, told, subject)
