"""Where readers, phones and the field between them are put together (see ``parts.py``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from reference_impl.contactless import variety
from reference_impl.contactless.blocks import Reading
from reference_impl.contactless.field import Field
from reference_impl.contactless.models import PHONES, READERS
from reference_impl.contactless.pcd_a import PcdA
from reference_impl.contactless.pcd_b import PcdB
from reference_impl.contactless.pcd_blocks import PcdBlocks
from reference_impl.contactless.phone import Element, Phone, PhoneProfile, Routing
from reference_impl.contactless.picc_a import PiccA
from reference_impl.contactless.picc_b import PiccB
from reference_impl.contactless.picc_blocks import Application, PiccBlocks, Terms
from reference_impl.contactless.polling import PollingReader
from reference_impl.contactless.reader_profile import ReaderProfile
from reference_impl.contactless.stand import Stand
from reference_impl.contactless.tap import Tap
from reference_impl.parts import Part, sound

Identifiers = Callable[[], bytes]


def build_stand(
    element: Element,
    seed: str,
    part: Part = sound,
    *,
    readers: Sequence[ReaderProfile] = READERS,
    phones: Sequence[PhoneProfile] = PHONES,
) -> Stand:
    """Every reader and phone there is; the same element lies in each of the phones."""
    chance = Random(seed)
    there = {(one.name, one.firmware): build_reader(one, chance, part) for one in readers}
    held = {one.name: build_phone(one, element, chance, part) for one in phones}
    return part(Stand)(there, held, part(Field)(), chance, part(Tap))


def build_crowd(element: Element, seed: str, count: int, part: Part = sound) -> Stand:
    """So many readers and so many phones, drawn so that no two are alike."""
    chance = Random(f"crowd {seed}")
    drawn = variety.readers(count, chance), variety.phones(count, chance)
    return build_stand(element, seed, part, readers=drawn[0], phones=drawn[1])


def build_reader(profile: ReaderProfile, chance: Random, part: Part = sound) -> PollingReader:
    blocks = part(PcdBlocks)
    type_a = part(PcdA)(profile.fsdi, profile.cid, blocks_class=blocks)
    type_b = part(PcdB)(profile.fsdi, profile.cid, blocks_class=blocks)
    return part(PollingReader)(profile, type_a, type_b, chance)


def build_phone(
    profile: PhoneProfile, element: Element, chance: Random, part: Part = sound
) -> Phone:
    """A controller with a card of each type that it listens to."""
    routing = part(Routing)(profile, element)
    reading = part(Reading)()  # of the card; the reader has a sound one of its own

    def blocks(terms: Terms, application: Application) -> PiccBlocks:
        return part(PiccBlocks)(terms, application, reading)

    cards: dict[str, PiccA | PiccB] = {}
    if "A" in profile.listen:
        uids = fresh(profile.uid_size, chance)
        cards["A"] = part(PiccA)(
            uids, routing.application("A"), profile.ats, blocks_class=blocks
        )  # fmt: skip
    if "B" in profile.listen:
        cards["B"] = part(PiccB)(
            fresh(4, chance), lambda slots: chance.randint(1, slots), routing.application("B"),
            profile.atqb, blocks_class=blocks,
        )  # fmt: skip
    return part(Phone)(profile, routing, cards, chance)


def fresh(size: int, chance: Random) -> Identifiers:
    """A random identifier each time: 08 and three bytes more, or a long one of a maker."""
    if size == 4:
        return lambda: b"\x08" + chance.randbytes(3)
    return lambda: b"\x04" + bytes(byte & 0x7F for byte in chance.randbytes(size - 1))
