"""What goes wrong in a phone before its cards, and in the field between it and a reader."""

from __future__ import annotations

from reference_impl.contactless.field import Coil, Field, Millimetres
from reference_impl.contactless.phone import Endpoint, Phone, Routing
from reference_impl.faults.registry import fault


@fault(
    "phone.routes_type_a_to_the_host",
    breaks="REQ-6-6-a",
    gain="readers that probe type A first find a perfect link and no JPKI application",
)
class RoutesTypeAToTheHost(Routing):
    """Type A leads to the apps of the phone; only type B leads to the GP-SE."""

    def route(self, kind: str) -> Endpoint:
        return Endpoint.HOST if kind == "A" else super().route(kind)


@fault(
    "phone.answers_the_other_type_too",
    breaks="REQ-6-6-d",
    gain="a reader that scans both types meets two cards where one phone lies",
)
class AnswersBothTypes(Phone):
    """An exclusive phone that answered type A answers type B in the same field."""

    def silenced(self, kind: str) -> bool:
        return False


@fault(
    "phone.hears_late",
    breaks="REQ-6-6-d",
    gain="whether type A or B is spoken changes from touch to touch",
)
class HearsLate(Phone):
    """A phone of both types hears type A up to 15 ms after the field came."""

    def deaf(self, kind: str) -> int:
        late = kind == "A" and self.listens("B")
        return (3 if late else 1) * super().deaf(kind)


@fault(
    "field.phone_needs_more",
    breaks="REQ-6-6-b",
    gain="a phone that does not lie just on the mark is not read, and nobody knows why",
)
class PhonesNeedMore(Field):
    """Phones need 9 dB more than they are built for."""

    def needed_by_phone(self) -> float:
        return 9.0


@fault(
    "field.reader_hears_less",
    breaks="REQ-6-6-b",
    gain="phones are powered, answer, and are not heard a centimetre off the reader",
)
class ReadersHearLess(Field):
    """Readers need 20 dB more of the phone's modulation."""

    def needed_by_reader(self) -> float:
        return 20.0


@fault(
    "field.antenna_off_its_mark",
    breaks="REQ-6-6-b",
    gain="who lays mark on mark, as the leaflet says, reads worse than who misses it",
)
class AntennaOffItsMark(Field):
    """The phone's antenna lies 25 mm below the mark that is printed on it."""

    def between(self, reader: Coil, phone: Coil, at: Millimetres) -> Millimetres:
        x, y, z = super().between(reader, phone, at)
        return x, y - 25.0, z
