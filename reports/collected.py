"""What a campaign reads of the suites.

All rooms that judge a target, and of the rooms with tests of the suite itself the files in which
a test speaks for a requirement or checks the bench. To read the rest takes longer than many a
campaign, and nothing in it would be run.
"""

from __future__ import annotations

import re
from functools import cache

from reports.campaign import ROOT

OF_THE_SUITE = ("detection", "selfcheck")
MARKED = re.compile(
    r"^(?:@|pytestmark = |    )pytest\.mark\.(?:requirement|bench_check)\(", re.MULTILINE
)
"""On a test, or on a whole file, be it alone or in a list."""


@cache
def campaign_files() -> tuple[str, ...]:
    """Folders and files, relative to the checkout, sorted."""
    suites = ROOT / "suites"
    rooms = {path.parent for path in suites.glob("*/test_*.py")}
    judging = {room for room in rooms if room.name not in OF_THE_SUITE}
    marked = {
        file
        for room in rooms - judging
        for file in room.glob("test_*.py")
        if MARKED.search(file.read_text(encoding="utf-8"))
    }
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in judging | marked))
