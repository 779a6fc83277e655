"""Many readers and phones, no two alike, drawn from what the parameters may be. All SYNTHETIC.

For campaigns greater than the bench's own stock (``models.py``): what can happen between products
that nobody has thought of together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import TypeVar

from reference_impl.contactless.answer_to_select import AnswerToSelect
from reference_impl.contactless.field import Coil
from reference_impl.contactless.models import MS
from reference_impl.contactless.phone import READY, Endpoint, PhoneProfile
from reference_impl.contactless.picc_b import AnswerToRequest
from reference_impl.contactless.reader_profile import OnSeveral, Polling, ReaderProfile
from reference_impl.contactless.timing import FIELD_GUARD

T = TypeVar("T", ReaderProfile, PhoneProfile)
ORDERS = ("AB", "AB", "BA", "BA", "A", "B")  # most readers poll both
ROUTES = (Endpoint.GP_SE, Endpoint.GP_SE, Endpoint.GP_SE, Endpoint.HOST, Endpoint.UICC)
LONGEST_GUARD = 20 * MS  # ticks, OUR DESIGN
LONGEST_WORK = 150 * MS  # ticks, OUR DESIGN


def readers(count: int, chance: Random) -> tuple[ReaderProfile, ...]:
    """Each a model of its own with a firmware of its own."""
    return different(count, lambda n: reader(n, chance))


def phones(count: int, chance: Random) -> tuple[PhoneProfile, ...]:
    return different(count, lambda n: phone(n, chance))


def different(count: int, drawn: Callable[[int], T]) -> tuple[T, ...]:
    """So many of them; what is as one before but for its name is drawn again."""
    found: list[T] = []
    while len(found) < count:
        one = drawn(len(found))
        if all(replace(one, name=other.name) != other for other in found):
            found.append(one)
    return tuple(found)


def reader(number: int, chance: Random) -> ReaderProfile:
    polling = Polling(
        chance.choice(ORDERS), chance.random() < 0.5, chance.choice([*OnSeveral]),
        chance.randint(FIELD_GUARD, LONGEST_GUARD), chance.random() < 0.3, chance.random() < 0.7,
    )  # fmt: skip
    firmware = f"{chance.randint(1, 9)}.{chance.randint(0, 9)}"
    return ReaderProfile(
        f"SYN-R{100 + number}", firmware, polling,
        requires_b="B" in polling.order and chance.random() < 0.2,
        fsdi=chance.randint(2, 8), cid=chance.randint(0, 14), pps=chance.random() < 0.3,
        most_fwi=chance.choice((7, 8, 14)), retries=chance.randint(0, 3), coil=coil(chance, 25.0),
    )  # fmt: skip


def phone(number: int, chance: Random) -> PhoneProfile:
    return PhoneProfile(
        f"SYN-P{100 + number}", chance.choice(("AB", "AB", "A", "B")), chance.random() < 0.5,
        {kind: chance.choice(ROUTES) for kind in "AB"}, chance.randint(READY // 5, READY),
        chance.choice((4, 7, 10)), ats(chance), atqb(chance), chance.randint(0, LONGEST_WORK),
        coil(chance, 15.0),
    )  # fmt: skip


def ats(chance: Random) -> AnswerToSelect:
    """Any of its interface bytes may be left out."""
    return AnswerToSelect(
        chance.randint(0, 8), chance.choice((None, 0x80)), chance.choice((None, 4, 7, 8, 10)),
        cid_supported=chance.choice((None, True, False)),
        historical=chance.randbytes(chance.randint(0, 15)),
    )  # fmt: skip


def atqb(chance: Random) -> AnswerToRequest:
    return AnswerToRequest(
        chance.randbytes(4), fsci=chance.randint(0, 8), fwi=chance.randint(4, 10),
        cid_supported=chance.random() < 0.7,
    )  # fmt: skip


def coil(chance: Random, radius: float) -> Coil:
    """Around a usual radius, with decibels in hand, its middle some millimetres off the mark."""
    offset = (chance.uniform(-6.0, 6.0), chance.uniform(-6.0, 6.0))
    return Coil(radius * chance.uniform(0.8, 1.2), chance.uniform(13.0, 27.0), offset)
