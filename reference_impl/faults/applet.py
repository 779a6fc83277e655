"""What goes wrong with files and instructions."""

from __future__ import annotations

from reference_impl.applet.apdu import SW, Response
from reference_impl.applet.files import EF, KEYS, Files
from reference_impl.applet.jpki import JpkiApplet
from reference_impl.applet.profile import PLASTIC_CARD
from reference_impl.applet.read import ReadBinary
from reference_impl.applet.select import Select
from reference_impl.applet.token_information import TokenInformation
from reference_impl.chip.memory import Transaction
from reference_impl.faults.registry import fault
from reference_impl.platform.footprint import NAMES


@fault(
    "read.runs_past_the_end",
    breaks="JPKI-J-07",
    gain="what lies behind the file in memory is read with it; the size of the file is unknown",
)
class ReadsPastTheEnd(ReadBinary):
    """As many bytes come back as were asked for, whether the file has them or not."""

    def beyond_the_end(self, content: bytes, offset: int, le: int) -> Response:
        return Response(SW.OK, content[offset:].ljust(le, b"\x00"))


@fault(
    "key.private_ef_readable",
    breaks="REQ-1-1-a",
    gain="the private key leaves the chip with a READ BINARY; whoever has it is the holder",
)
class KeysCanBeRead(ReadBinary):
    """Key files are read like any other."""

    def content(self, ef: EF) -> bytes:
        return self.files.stored(ef) if ef in KEYS else super().content(ef)


@fault(
    "select.unknown_ef_answers_9000",
    breaks="JPKI-J-09",
    gain="a client that looks for a file believes it is there and reads another one",
)
class SelectsAnything(Select):
    """SELECT of an EF that does not exist succeeds."""

    def unknown(self) -> Response:
        return Response(SW.OK)


@fault(
    "select.current_ef_survives_power",
    breaks="JPKI-J-10",
    gain="the first READ BINARY after a power cycle returns a file that nobody selected",
)
class CurrentFileSurvivesPower(Files):
    """The current EF is kept over a power cycle and the SELECT that follows it."""

    def power_on(self) -> None:
        self.carried = self.current

    def application_selected(self) -> None:
        self.current, self.carried = self.carried, None


@fault(
    "dispatch.unknown_ins_answers_9000",
    breaks="JPKI-J-09",
    gain="a host takes a command that was never carried out for done",
)
class DoesWhateverItIsTold(JpkiApplet):
    """The default branch of the dispatcher falls through to success."""

    def unknown_instruction(self) -> Response:
        return Response(SW.OK)


@fault(
    "token.label_of_the_plastic_card",
    breaks="JPKI-TOK-01",
    gain="clients take the phone for a card, and fail where the two differ",
)
class LabelOfThePlasticCard(TokenInformation):
    """The token information was copied from the plastic card."""

    def label(self) -> str:
        return PLASTIC_CARD.label


@fault(
    "token.one_byte_short",
    breaks="JPKI-TOK-01",
    gain="clients that check the size of the structure find no token at all",
)
class TokenOneByteShort(TokenInformation):
    """The time field lacks its last digit."""

    def encode(self) -> bytes:
        return super().encode()[:-1]


@fault(
    "applet.keys_in_the_package",
    breaks="REQ-5-1-a",
    gain="whoever has the applet installed anew on a phone that was sold signs as its former user",
)
class KeepsItInThePackage(JpkiApplet):
    """What belongs to an instance lies in fields of its package, which outlive the instance."""

    def select(self) -> None:
        super().select()
        kept = {f"package {name}": v for name, v in self.store.values().items() if name in NAMES}
        changed = {name: v for name, v in kept.items() if self.store.get(name) != v}
        if self.installed and changed:
            self.store.commit(changed)

    def install(self, changes: Transaction, parameters: bytes) -> None:
        super().install(changes, parameters)
        for name in NAMES:
            if f"package {name}" in self.store:
                changes[name] = self.store[f"package {name}"]
