"""What goes wrong when the phone searches, merges and keeps access rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reference_impl.faults.registry import fault
from reference_impl.handset.access_rules import (
    FULL_ACCESS,
    Access,
    Apdu,
    ApduFilter,
    Nfc,
    Rule,
    RuleReader,
)
from reference_impl.handset.apps import App, Signers
from reference_impl.handset.data_objects import Malformed
from reference_impl.handset.enforcer import Enforcer, Rules
from reference_impl.handset.rule_cache import EVERY_APP, EVERY_APPLICATION, RuleCache
from reference_impl.handset.rule_source import RuleSource
from reference_impl.handset.terminal import Terminal

BROKEN = "REQ-2-1-m"


@fault(
    "omapi.general_rule_first",
    breaks=BROKEN,
    gain="one rule for all applications opens the JPKI application, which is closed to that app",
)
class GeneralRuleFirst(RuleCache):
    """What is said of all applications is looked up before what is said of the one."""

    def searched(self, aid: bytes | None) -> tuple[bytes | None, ...]:
        return (EVERY_APPLICATION, aid)


@fault(
    "omapi.other_hash_ignored",
    breaks=BROKEN,
    gain="an app nobody named gets in by the rule for all apps, though the applet has a rule of "
    "its own for one app",
)
class ReservedForNobody(RuleCache):
    """A rule for one app does not shut out the others."""

    def reserved_for_others(self, application: bytes | None) -> bool:
        return False


@fault(
    "omapi.any_hash_will_do",
    breaks=BROKEN,
    gain="whoever signs an app himself has the rights of the JPKI app",
)
class AnyHashWillDo(RuleCache):
    """A rule for an app is found whatever the app is signed with."""

    def own(self, application: bytes | None, hashes: Sequence[bytes]) -> Access | None:
        held = (access for (aid, app), access in self._held.items() if app and aid == application)
        return next(held, None)


@fault(
    "omapi.refresh_tag_ignored",
    breaks=BROKEN,
    gain="an app whose right was withdrawn keeps it until the phone is switched off",
)
class ReadOnceForEver(RuleCache):
    """Rules that were read are current, whatever the tag says."""

    def is_current(self, tag: bytes) -> bool:
        return self.refresh_tag is not None


@fault(
    "omapi.laxer_rule_wins",
    breaks=BROKEN,
    gain="a NEVER that is stored beside an old ALWAYS withdraws nothing",
)
class LaxerRuleWins(RuleCache):
    """Of two rules for the same pair the one that allows more counts."""

    def stricter_apdu(self, one: Apdu, other: Apdu) -> Apdu:
        return min((said for said in (one, other) if said is not Apdu.ABSENT), default=Apdu.ABSENT)


@fault(
    "omapi.laxer_rule_on_events_wins",
    breaks=BROKEN,
    gain="an app goes on hearing of every use of the applet after that was withdrawn",
)
class LaxerRuleOnEventsWins(RuleCache):
    """Of two rules on transaction events the one that allows them counts."""

    def stricter_nfc(self, one: Nfc, other: Nfc) -> Nfc:
        return min((said for said in (one, other) if said is not Nfc.ABSENT), default=Nfc.ABSENT)


@fault(
    "omapi.last_filter_wins",
    breaks=BROKEN,
    gain="the commands of an earlier rule are refused, and the app that needs them fails",
)
class LastFilterWins(RuleCache):
    """Filters of two rules are not united; those of the later rule replace the earlier ones."""

    def united(self, one: Access, other: Access) -> tuple[ApduFilter, ...]:
        return other.filters or one.filters


@fault(
    "omapi.unmentioned_allowed",
    breaks=BROKEN,
    gain="every app reaches whatever has no rule yet, a freshly loaded JPKI application too",
)
class UnmentionedIsAllowed(RuleCache):
    """Where no rule says anything, everything is allowed."""

    def unmentioned(self) -> Access:
        return FULL_ACCESS


@fault(
    "omapi.all_apps_before_own",
    breaks=BROKEN,
    gain="an app that a rule excludes by name gets in by the rule for all apps",
)
class AllAppsFirst(RuleCache):
    """The rule for all apps is taken for that of the app."""

    def own(self, application: bytes | None, hashes: Sequence[bytes]) -> Access | None:
        return super().own(application, (EVERY_APP, *hashes))


@fault(
    "omapi.events_without_rule_refused",
    breaks=BROKEN,
    gain="the JPKI app never learns that a reader used the applet",
)
class EventsNeedTheirOwnRule(RuleCache):
    """A rule that says nothing of events forbids them, though it allows commands."""

    def completed(self, found: Access) -> Access:
        silent = found.nfc is Nfc.ABSENT
        return replace(found, nfc=Nfc.NEVER) if silent else super().completed(found)


@fault(
    "omapi.rule_without_apdu_opens",
    breaks=BROKEN,
    gain="an app that may only hear of transactions gets a channel to the applet",
)
class EventsOpenChannels(Enforcer):
    """A rule that says nothing of commands opens a channel."""

    def may_open(self, access: Access) -> bool:
        return access.apdu is not Apdu.NEVER


@fault(
    "omapi.filter_not_applied",
    breaks=BROKEN,
    gain="an app that may read certificates may try PINs as well",
)
class FilterNotApplied(Enforcer):
    """Once a channel is open every command passes."""

    def may_send(self, access: Access, command: bytes) -> bool:
        return True


@fault(
    "omapi.broken_rules_retried",
    breaks=BROKEN,
    gain="an ARA-M that answers nonsense now and then is believed in between",
)
class BrokenRulesAreReadAgain(Enforcer):
    """Rules that cannot be read are tried again at the next opening."""

    def when_broken(self) -> Rules:
        return Rules.UNREAD


@fault(
    "omapi.tag_kept_before_rules",
    breaks=BROKEN,
    gain="a line that fails at the right moment leaves the phone without rules, or with old ones, "
    "until the next change",
)
class TagIsKeptFirst(Enforcer):
    """The new tag is remembered before the rules that belong to it have been read."""

    def refresh(self, source: RuleSource) -> None:
        tag = source.refresh_tag()
        if self.cache.is_current(tag):
            return
        self.cache.refresh_tag = tag
        raw = source.all_rules()
        self.cache.renew(tag, () if raw is None else self.reader.rules(raw))


@fault(
    "omapi.malformed_rule_skipped",
    breaks=BROKEN,
    gain="a NEVER that is damaged is no NEVER, and the rule for all apps counts in its place",
)
class SkipsWhatItCannotRead(RuleReader):
    """A rule that cannot be read is left out, and the others count."""

    def rules(self, answer: bytes) -> tuple[Rule, ...]:
        found = []
        for tag, value in self._listed(answer):
            try:
                found += [self.rule(value)] if tag == 0xE2 else []
            except Malformed:
                continue
        return tuple(found)


@fault(
    "omapi.only_00_is_no",
    breaks=BROKEN,
    gain="a rule whose access byte is damaged opens what it closed",
)
class OnlyZeroIsNo(RuleReader):
    """Every single byte but 00 is a yes."""

    def apdu(self, value: bytes | None) -> tuple[Apdu, tuple[ApduFilter, ...]]:
        if value is not None and len(value) == 1 and value != b"\x00":
            return Apdu.ALWAYS, ()
        return super().apdu(value)


@fault(
    "omapi.default_rule_is_everything",
    breaks=BROKEN,
    gain="a rule for the application that happens to be selected opens all the others",
)
class DefaultIsEverything(RuleReader):
    """A rule for the implicitly selected application is taken for one for all applications."""

    def application(self, named: dict[int, bytes]) -> bytes | None:
        return super().application(named) or EVERY_APPLICATION


@fault(
    "omapi.sha1_only",
    breaks=BROKEN,
    gain="rules with SHA-256 name nobody, and an operator who wants the app to work falls back on "
    "SHA-1, for which two files can be made to collide",
)
class KnowsSha1Only(Signers):
    """An app is known by the SHA-1 of its certificates alone."""

    def names(self, certificate: bytes) -> Iterator[bytes]:
        yield next(super().names(certificate))


@fault(
    "omapi.first_signer_only",
    breaks=BROKEN,
    gain="an app is locked out when a second signer is listed before the one that has the rule",
)
class FirstSignerOnly(Signers):
    """Of several signers the first one counts."""

    def hashes(self, app: App) -> tuple[bytes, ...]:
        return super().hashes(replace(app, certificates=app.certificates[:1]))


@fault(
    "omapi.default_application_unchecked",
    breaks=BROKEN,
    gain="whatever was selected last is open to every app that names no application",
)
class DefaultIsFree(Terminal):
    """Whoever names no application is not asked for a rule."""

    def access(self, app: App, aid: bytes | None) -> Access:
        return FULL_ACCESS if aid is None else super().access(app, aid)
