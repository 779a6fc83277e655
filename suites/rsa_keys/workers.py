"""Many keys through the validator, on as many processes as wanted. Not pure: it draws bases.

A judge takes its random numbers from outside; here they come from the system, since whoever made a
key must not know the bases that it is tested with.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.validator import Assurance, Profile, Validation, judge

BATCH = 8  # keys handed over at a time, some 30 ms of work


def judge_all(
    keys: Sequence[RsaKey],
    profile: Profile,
    *,
    assurance: Assurance = Assurance.TABLE,
    processes: int = 1,
) -> Iterator[Validation]:
    """The validation of each key, in their order; as they come, so that progress can be shown."""
    one = partial(_judge, profile=profile, assurance=assurance)
    if processes == 1 or len(keys) <= BATCH:
        yield from map(one, keys)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(one, keys, chunksize=BATCH)


def _judge(key: RsaKey, profile: Profile, assurance: Assurance) -> Validation:
    return judge(key, profile, secrets.randbelow, assurance=assurance)
