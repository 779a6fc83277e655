"""Whose keys open a secure channel: a domain's own, or, while it has none, those above it.

GPCS 7.2.2: a new supplementary domain uses the services of the domain it is associated with, until
it is given keys of its own; from then on nobody else opens it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference_impl.platform.key_sets import KeySet, KeySets
from reference_impl.platform.registry import Registry


@dataclass
class ServingKeys:
    """For sessions with ``aid``; ``held``: the key sets of a domain."""

    registry: Registry
    aid: bytes
    held: Callable[[bytes], KeySets]

    def named(self, version: int) -> KeySet:
        """Raises Refused (6A88)."""
        return self.holder().named(version)

    def next_count(self, version: int) -> int:
        """Raises Refused (6985)."""
        return self.holder().next_count(version)

    def holder(self) -> KeySets:
        aid = self.aid
        while not self.has_keys(aid) and (above := self.registry.named(aid).domain) != aid:
            aid = above
        return self.held(aid)

    def has_keys(self, aid: bytes) -> bool:
        """A complete set; an application has none."""
        return self.registry.named(aid).is_domain and bool(self.held(aid).first_available())
