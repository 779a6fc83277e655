"""How many protected commands a second go through a secure channel, both ends in one process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fixtures.bench import Bench
from fixtures.card.global_platform import get_data, get_status
from fixtures.card.global_platform_values import Subset
from fixtures.card.scp03 import Level
from fixtures.outcome import BenchError
from fixtures.recorder import Recorder
from fixtures.targets.resolve import resolve
from suites.timing.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

EXCHANGES = 2_000
A_SECOND = 2_000
LEVELS = {
    "C-MAC": Level.C_MAC,
    "C-MAC, C-DECRYPTION, R-MAC, R-ENCRYPTION": Level.C_MAC | Level.C_DECRYPTION
    | Level.R_MAC | Level.R_ENCRYPTION,
}  # fmt: skip
COMMANDS = {
    "GET DATA": get_data(0x66),
    "GET STATUS": get_status(Subset.ISSUER_DOMAIN),
}


def figures() -> Iterator[Figure]:
    """SCP03 with AES-128 keys; CPU seconds throughout."""
    resolved = resolve("reference", None, seed=1)
    with resolved.open() as target:
        bench = Bench(target, resolved.statement, Recorder(), resolved.statement.pixit.paths[0])
        for told, level in LEVELS.items():
            bench.channel.reset()
            session = bench.platform.session(level)
            for name, command in COMMANDS.items():
                began = time.process_time()
                failed = sum(not session.send(command).ok for _ in range(EXCHANGES))
                if failed:
                    raise BenchError(f"{failed} of {EXCHANGES} {name} were refused")
                rate = EXCHANGES / (time.process_time() - began)
                yield Figure(
                    f"{name} by {told}", rate, "exchange/s", f">= {A_SECOND}", rate >= A_SECOND
                )
