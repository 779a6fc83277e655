"""What goes wrong where the access rules are kept: on the card."""

from __future__ import annotations

from collections.abc import Iterator

from reference_impl.applet.apdu import Command, Response
from reference_impl.chip.memory import Transaction
from reference_impl.faults.registry import fault
from reference_impl.platform.ara_m import RULES, STORE, TAG_SIZE, AraM
from reference_impl.platform.ara_rules import Reference, RuleCoding, StoredRule

BROKEN = "REQ-2-1-m"


@fault(
    "ara.tag_constant",
    breaks=BROKEN,
    gain="phones go on with the rules they read once: a right that is withdrawn is not",
)
class TagIsConstant(AraM):
    """The refresh tag is the same after every change."""

    def next_tag(self) -> bytes:
        return bytes(TAG_SIZE)


@fault(
    "ara.tag_in_own_transaction",
    breaks=BROKEN,
    gain="whoever cuts the power between the two keeps phones from ever seeing the new rules",
)
class TagInItsOwnTransaction(AraM):
    """The rules are programmed first, and the tag after them."""

    def put(self, changes: Transaction, rules: tuple[StoredRule, ...]) -> None:
        super().put(changes, rules)
        self.store.commit({RULES: changes.pop(RULES)})


@fault(
    "ara.others_not_shut_out",
    breaks=BROKEN,
    gain="a phone that asks for one rule at a time takes silence for the rule of all apps",
)
class SilentToOthers(AraM):
    """Of an app that has no rule where another one has, nothing is said."""

    def reserved(self, wanted: Reference) -> bool:
        return False


@fault(
    "ara.hash_not_compared",
    breaks=BROKEN,
    gain="an app that asks for its rule hears that of another one",
)
class HashNotCompared(AraM):
    """A rule is found by its application alone."""

    def concerns(self, rule: StoredRule, wanted: Reference) -> bool:
        return rule.reference.application == wanted.application


@fault(
    "ara.rest_shared",
    breaks=BROKEN,
    gain="an app that reads at the same time leaves the phone with half of the rules",
)
class RestIsShared(AraM):
    """What is left of an answer belongs to whoever asks for it."""

    def get_data(self, command: Command, channel: int) -> Response:
        return super().get_data(command, 0)


@fault(
    "ara.anybody_may_change",
    breaks=BROKEN,
    gain="an app that may read the rules gives itself one",
)
class AnybodyMayChange(AraM):
    """STORE DATA is accepted outside of a session with the security domain."""

    def admit_change(self) -> None:
        return


@fault(
    "ara.store_replaces",
    breaks=BROKEN,
    gain="with one new rule all that shut somebody out are gone",
)
class StoringReplaces(AraM):
    """A rule that is stored takes the place of all others for the same application."""

    def changed(self, asked: int, content: bytes) -> Iterator[StoredRule]:
        found = list(super().changed(asked, content))
        if asked == STORE:
            new = self.coding.rules(content)[-1].reference.application
            kept = [rule for rule in found[:-1] if rule.reference.application != new]
            found = [*kept, found[-1]]
        yield from found


@fault(
    "ara.unreadable_stored",
    breaks=BROKEN,
    gain="one damaged rule closes the element to every app on the phone",
)
class StoresWhatNobodyCanRead(RuleCoding):
    """The access part of a rule is stored as it comes."""

    def check_access(self, content: bytes) -> None:
        self.once_each(content)


@fault(
    "ara.any_length_of_aid",
    breaks=BROKEN,
    gain="a rule that no phone can read, and all the others with it",
)
class StoresAnyAid(RuleCoding):
    """A rule may name an application by any number of bytes."""

    def names_application(self, aid: bytes) -> bool:
        return True
