"""A world in the middle of a change of phone: what the TSMs keep then, and who waits for what.

The new phone's flow waits for its fourth section, the deletion of the old phone for the old phone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fixtures.bench import Bench
from fixtures.recorder import Recorder
from fixtures.services.world import World
from fixtures.targets.port import AccessPath
from fixtures.targets.reference_parties import ReferenceWorld
from fixtures.targets.reference_world import ReferenceWorlds
from fixtures.targets.resolve import resolve
from suites.services.parties import change_of_phone


@dataclass(frozen=True)
class HalfAChange:
    """``parties``: the servers themselves, for what no verb asks for."""

    world: World
    parties: ReferenceWorld
    flow: str
    deletion: str

    def kept(self) -> list[Any]:
        """All tables of both TSMs."""
        stores = (self.parties.world.sp_data, self.parties.world.sei_data)
        return [store.dump(name) for store in stores for name in store.tables.tables]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The log of all servers."""
        return self.parties.world.events


@contextmanager
def half_a_change() -> Iterator[HalfAChange]:
    resolved = resolve("reference", None, seed=1)
    with resolved.open() as target:
        bench = Bench(target, resolved.statement, Recorder(), AccessPath.INTERNAL)
        with bench.new_world() as world:
            _, new = change_of_phone(world)
            world.kill("sp-tsm", "F-ISS-4 begun")
            world.start("new", "issue")
            world.restart()
            while world.work("sp-tsm"):
                pass
            (flow,) = (row["id"] for row in world.table("sp-tsm", "flows") if row["se_id"] == new)
            (deletion,) = (row["id"] for row in world.table("sei-tsm", "deletions"))
            assert isinstance(world.port, ReferenceWorlds)
            yield HalfAChange(world, world.port.opened(), flow, deletion)
