"""Content management of the phone's chip over the wire: load, install, personalise, delete."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fixtures.card.apdu import SW, Command, Response
from fixtures.card.content_management import (
    Applet,
    carry_out,
    installing,
    issuing,
    loading,
    personalising,
    removing,
)
from fixtures.card.global_platform import (
    delete,
    get_data,
    get_status,
    install,
    install_for_extradition,
    install_for_install,
    install_for_load,
    install_for_make_selectable,
    install_for_personalization,
    load,
    loads,
    open_channel,
    put_key_set,
    set_status,
    store_data,
)
from fixtures.card.global_platform_answers import card_resources
from fixtures.card.global_platform_values import (
    DataFormat,
    Install,
    Kind,
    Privilege,
    Subset,
    lv,
    privileges,
    system_parameters,
    tlv,
)
from fixtures.card.load_file import as_load_file, synthetic_block
from fixtures.card.scp03 import segments
from fixtures.card.scp03_keys import StaticKeys
from fixtures.card.secure_channel import SecureChannel
from suites.selfcheck.phone_card import JPKI, KEYS, PhoneCard, entries, phone_card

PACKAGE, MODULE = bytes.fromhex("F0000000A900"), bytes.fromhex("F0000000A90001")
INSTANCE = bytes.fromhex("F0000000A9000101")
PLAIN = 247  # bytes of a block under C-MAC
DOMAIN_PACKAGE, DOMAIN_MODULE = bytes.fromhex("A0000001515350"), bytes.fromhex("A000000151535041")
DOMAIN = bytes.fromhex("F0000000D001")
OTHER_KEYS = StaticKeys(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)))
PAGE = 64


def applet(number: int, size: int = 2_000, personalization: tuple[str, ...] = ()) -> Applet:
    """A neighbour: 1 transit, 2 payment, 3 ticket, 9 one that nobody stands for."""
    package = bytes.fromhex(f"F0000000A{number}00")
    module = package + b"\x01"
    block = synthetic_block(package, (module,), size)
    groups = tuple(map(bytes.fromhex, personalization))
    return Applet(
        str(number), package, module, module + b"\x01", as_load_file(block), personalization=groups
    )


UNKNOWN = applet(9)
TRANSIT = applet(1, personalization=("01010412345678", f"020210{bytes(range(16)).hex()}"))
PAYMENT = applet(2, personalization=("0303023132", f"020210{bytes(range(16)).hex()}"))
TICKET = applet(3)
ALL = (TRANSIT, PAYMENT, TICKET, UNKNOWN)


@pytest.fixture(scope="module")
def reference() -> Iterator[PhoneCard]:
    with phone_card() as card:
        yield card


@pytest.fixture
def card(reference: PhoneCard) -> PhoneCard:
    reference.target.renew()
    reference.reset()
    return reference


def free(card: PhoneCard, number: int = 0) -> tuple[int, int]:
    """Persistent and volatile memory, as whoever is selected there tells."""
    told = card_resources(card.send(get_data(0xFF21), number).data)
    return told.free_data, told.free_volatile


def registry(channel: SecureChannel) -> list[object]:
    found: list[object] = []
    for subset in (Subset.ISSUER_DOMAIN, Subset.APPLICATIONS, Subset.LOAD_FILES_AND_MODULES):
        found += entries(channel, subset)
    return found


def new_domain(
    card: PhoneCard, aid: bytes = DOMAIN, held: Privilege = Privilege.SECURITY_DOMAIN
) -> None:
    """A personalised supplementary domain with keys of its own."""
    issuer = card.domain(level=0x33)
    made = install_for_install(DOMAIN_PACKAGE, DOMAIN_MODULE, aid, held=privileges(held))
    assert issuer.send(made).ok
    own = card.domain(aid, level=0x33)  # still by the keys of the issuer
    assert own.send(put_key_set(0x30, OTHER_KEYS, KEYS)).ok
    own = card.domain(aid, OTHER_KEYS)
    assert own.send(set_status(Kind.APPLICATION, 0x0F, aid)).ok


# --- a whole life ----------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0x01, 0x03, 0x33])
def test_an_applet_lives_and_leaves_nothing(card: PhoneCard, level: int):
    channel = card.domain(level=level)
    before, memory = registry(channel), free(card, card.open())
    for one in ALL:
        assert carry_out(channel.send, issuing(one, 200)).ok
        assert card.select(one.instance, 1).ok
        card.select(b"", 1)
    assert free(card, 1) < memory
    for one in ALL:
        assert channel.send(removing(one)) == Response(b"\x00", SW.OK)
    assert (registry(channel), free(card, 1)) == (before, memory)


def test_the_jpki_applet_can_be_replaced_by_commands(card: PhoneCard):
    """Its data is gone with it, and the new one is as empty as a new card."""
    channel = card.domain(level=0x33)
    memory = free(card, card.open())
    jpki = Applet("jpki", JPKI[:8], JPKI, JPKI, card.target.load_file())
    assert channel.send(delete(jpki.package, related=True)).ok
    card.select(b"", 1)
    assert card.select(JPKI, 1).sw == SW.FILE_NOT_FOUND
    assert free(card, 1) > memory
    assert carry_out(channel.send, loading(jpki, 200)).ok
    assert channel.send(installing(jpki)).ok
    assert card.select(JPKI, 1).ok
    assert card.send(Command(0x00, 0x20, 0x00, 0x98), 1).sw in (0x63C0, 0x6983)
    certificate = card.send(Command(0x00, 0xB0, 0x8B, 0x00, le=1), 1)
    assert certificate.sw == SW.WRONG_OFFSET, "nothing is left of the old certificate"
    sealed = KEYS.sealed(bytes(range(16)))
    assert channel.send(install_for_personalization(JPKI)).sw == SW.OK
    told = b"\x81\x01\x10" + sealed
    assert channel.send(store_data(told, 0, last=True, form=DataFormat.DGI, encrypted=True)).ok
    assert card.send(Command(0x00, 0x84, 0x00, 0x00, le=16), 1).ok


def test_the_neighbours_work(card: PhoneCard):
    channel = card.domain()
    for one in (TRANSIT, PAYMENT, TICKET):
        assert carry_out(channel.send, issuing(one, PLAIN)).ok
    number = card.open()
    card.select(TRANSIT.instance, number)
    assert card.send(Command(0x80, 0x50, 0, 0, le=4), number).data == bytes(4)
    assert card.send(Command(0x80, 0x54, 0, 0, bytes(4), 4), number).ok
    assert card.send(Command(0x80, 0x54, 0, 0, b"\0\0\0\1", 4), number).sw == 0x6985
    assert card.send(Command(0x00, 0xB2, 1, 0x0C, le=4), number).data == bytes(4)
    assert card.send(Command(0x00, 0xB2, 2, 0x0C, le=4), number).sw == 0x6A83
    card.select(PAYMENT.instance, number)
    large = Command(0x80, 0xAE, 0, 0, b"\0\1\0\0", 10)
    assert card.send(large, number).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"21"), number).sw == 0x63C2
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"12"), number).ok
    assert card.send(large, number).data[:2] == b"\0\1"
    assert card.send(Command(0x80, 0xCA, 0x9F, 0x17, le=4), number).data[-1] == 3


def test_a_ticket_is_for_one_at_a_time_and_transit_for_many(card: PhoneCard):
    channel = card.domain()
    for one in (TRANSIT, TICKET):
        assert carry_out(channel.send, issuing(one, PLAIN)).ok
    first, second = card.open(), card.open()
    for one, sw in ((TRANSIT, SW.OK), (TICKET, SW.FILE_NOT_FOUND)):
        assert card.select(one.instance, first).ok
        assert card.select(one.instance, second).sw == sw
        card.select(b"", first)
        card.select(b"", second)


# --- LOAD ------------------------------------------------------------------------------------


def begin(channel: SecureChannel, one: Applet = UNKNOWN) -> None:
    assert channel.send(install_for_load(one.package, digest=one.digest())).ok


def test_blocks_come_in_order_or_not_at_all(card: PhoneCard):
    channel = card.domain()
    blocks = list(loads(UNKNOWN.load_file, PLAIN))
    for wrong in (
        [blocks[1]],
        [blocks[0], blocks[0]],
        [blocks[0], blocks[2]],
        [blocks[0], blocks[1], blocks[0]],
    ):
        begin(channel)
        assert carry_out(channel.send, wrong).sw == SW.WRONG_P1_P2
        assert channel.send(blocks[0]).sw == SW.CONDITIONS_NOT_SATISFIED, "it begins anew"
    begin(channel)
    assert carry_out(channel.send, blocks).ok


def test_load_without_install_is_refused(card: PhoneCard):
    assert card.domain().send(load(b"\xc4\x00", 0, last=True)).sw == SW.CONDITIONS_NOT_SATISFIED


@pytest.mark.parametrize("digest", [hashlib.sha256, hashlib.sha384, hashlib.sha512])
def test_the_hash_is_of_the_block_alone(card: PhoneCard, digest: object):
    channel = card.domain()
    block = synthetic_block(PACKAGE, (MODULE,), 2_000)
    assert callable(digest)
    right = digest(block).digest()
    wrongs = (digest(UNKNOWN.load_file).digest(), right[:-1] + bytes((right[-1] ^ 1,)))
    for wrong in wrongs:
        answer = carry_out(channel.send, loading(UNKNOWN, PLAIN, digest=wrong))
        assert answer.sw == SW.WRONG_DATA
    assert channel.send(install_for_load(PACKAGE, digest=right[:-1])).sw == SW.WRONG_DATA
    assert carry_out(channel.send, loading(UNKNOWN, PLAIN, digest=right)).ok


@pytest.mark.parametrize(
    "content",
    [
        b"\xc4\x82\x07\xd1" + synthetic_block(PACKAGE, (MODULE,), 2_000),  # one byte short
        as_load_file(synthetic_block(PACKAGE, (MODULE,), 2_000)) + b"\x00",
        as_load_file(synthetic_block(PACKAGE[:-1], (MODULE,), 2_000)),  # another name
        as_load_file(bytes(500)),
        b"\xc4",
    ],
    ids=["short", "long", "another", "no package", "one byte"],
)
def test_what_is_no_load_file_is_refused(card: PhoneCard, content: bytes):
    channel = card.domain()
    before, memory = registry(channel), free(card, card.open())
    wrong = replace(UNKNOWN, load_file=content)
    answer = carry_out(channel.send, loading(wrong, PLAIN, digest=b""))
    assert answer.sw == SW.WRONG_DATA
    assert (registry(channel), free(card, 1)) == (before, memory)


@pytest.mark.parametrize(("size", "sw"), [(61_180, SW.OK), (61_181, SW.WRONG_P1_P2)])
def test_block_numbers_end_the_largest_file(card: PhoneCard, size: int, sw: int):
    """239 bytes fit a block under C-MAC and C-DECRYPTION; 256 of them less four bytes of head."""
    channel = card.domain(level=0x03)
    block = synthetic_block(PACKAGE, (MODULE,), size)
    begin(channel, replace(UNKNOWN, load_file=as_load_file(block)))
    content, answer = as_load_file(block), Response(b"", SW.OK)
    for number, at in enumerate(range(0, len(content), 239)):
        last = at + 239 >= len(content)
        answer = channel.send(load(content[at : at + 239], number & 0xFF, last=last))
    assert answer.sw == sw
    loaded = [entry.aid for entry in entries(channel, Subset.LOAD_FILES)]
    assert (PACKAGE in loaded) is (sw == SW.OK)


# --- INSTALL ---------------------------------------------------------------------------------


@pytest.fixture
def loaded(card: PhoneCard) -> SecureChannel:
    """A session, and a load file that nothing was made of yet."""
    channel = card.domain()
    assert carry_out(channel.send, loading(UNKNOWN, PLAIN)).ok
    return channel


def test_installed_is_not_selectable_until_it_is_made_so(card: PhoneCard, loaded: SecureChannel):
    number = card.open()
    assert loaded.send(installing(UNKNOWN, make_selectable=False)).ok
    assert card.select(INSTANCE, number).sw == SW.FILE_NOT_FOUND
    assert loaded.send(install_for_make_selectable(INSTANCE)).ok
    assert card.select(INSTANCE, number).ok
    again = loaded.send(install_for_make_selectable(INSTANCE))
    assert again.sw == SW.CONDITIONS_NOT_SATISFIED


def test_load_install_and_make_selectable_in_one(card: PhoneCard):
    channel = card.domain()
    order = (UNKNOWN.package, b"", UNKNOWN.digest(), b"", b"")
    assert channel.send(install(Install(0x0E), *order, p2=0x01)).ok
    assert carry_out(channel.send, loads(UNKNOWN.load_file, PLAIN)).ok
    assert UNKNOWN.package not in [e.aid for e in entries(channel, Subset.LOAD_FILES)]
    fields = (PACKAGE, MODULE, INSTANCE, b"\x00", b"\xc9\x00", b"")
    assert channel.send(install(Install(0x0E), *fields, p2=0x03)).ok
    assert card.select(INSTANCE, card.open()).ok


@pytest.mark.parametrize(
    ("change", "sw"),
    [
        ({"module": MODULE + b"\x00"}, SW.REFERENCED_DATA_NOT_FOUND),
        ({"load_file": PACKAGE + b"\x00"}, SW.REFERENCED_DATA_NOT_FOUND),
        ({"load_file": JPKI}, SW.CONDITIONS_NOT_SATISFIED),  # an application
        ({"instance": JPKI}, SW.WRONG_DATA),  # the name is taken
        ({"instance": PACKAGE}, SW.WRONG_DATA),
        ({"instance": bytes(4)}, SW.WRONG_DATA),
        ({"instance": bytes(17)}, SW.WRONG_DATA),
        ({"held": b"\x00\x00"}, SW.WRONG_DATA),
        ({"held": b"\x80"}, SW.WRONG_DATA),  # this module is no domain
        ({"held": b"\x00\x40\x00"}, SW.WRONG_DATA),  # Authorized Management without one
        ({"parameters": b""}, SW.WRONG_DATA),  # C9 has to be there
        ({"parameters": b"\xc9\x01"}, SW.WRONG_DATA),
        ({"token": bytes(16)}, SW.WRONG_DATA),  # none is wanted
    ],
    ids=str,
)
def test_what_cannot_be_installed_is_refused(
    card: PhoneCard, loaded: SecureChannel, change: dict[str, bytes], sw: int
):
    before, memory = registry(loaded), free(card, card.open())
    told = {
        "load_file": PACKAGE, "module": MODULE, "instance": INSTANCE, "held": b"\x00",
        "parameters": b"\xc9\x00", "token": b"",
    } | change  # fmt: skip
    assert loaded.send(install(Install(0x0C), *told.values())).sw == sw
    assert (registry(loaded), free(card, 1)) == (before, memory)


def test_a_second_jpki_applet_is_refused(card: PhoneCard):
    answer = card.domain().send(install_for_install(JPKI[:8], JPKI, JPKI + b"\x02"))
    assert answer.sw == SW.CONDITIONS_NOT_SATISFIED


@pytest.mark.parametrize("bare", [False, True], ids=["81 80", "80"])
def test_a_length_of_128_has_two_codings(loaded: SecureChannel, bare: bool):
    parameters = tlv(0xC9, bytes(126))
    assert len(parameters) == 0x80
    fields = b"".join(map(lv, (PACKAGE, MODULE, INSTANCE, b"\x00")))
    data = fields + lv(parameters, bare_80=bare) + b"\x00"
    assert loaded.send(Command(0x80, 0xE6, 0x0C, 0x00, data, 256)).ok


@pytest.mark.parametrize("size", [180, 200, 207, 208, 209, 215, 216, 217, 300, 600, 2_000])
def test_long_installs_come_in_pieces(loaded: SecureChannel, size: int):
    """Around 247 and 255 bytes of data, where one command does not do any more."""
    parameters = tlv(0xC9, bytes(size))
    assert loaded.send(installing(UNKNOWN)).ok
    assert loaded.send(delete(INSTANCE)).ok
    fields = b"".join(map(lv, (PACKAGE, MODULE, INSTANCE, b"\x00", parameters))) + b"\x00"
    answer = loaded.send(Command(0x80, 0xE6, 0x0C, 0x00, fields, 256))
    assert answer.sw == (SW.OK if len(fields) + 8 <= 2_048 else SW.WRONG_P1_P2)


@pytest.mark.parametrize(
    "between",
    [open_channel(), Command(0x00, 0xC0, 0, 0, le=256), Command(0x80, 0xCA, 0, 0x42, bytes(300))],
    ids=["MANAGE CHANNEL", "GET RESPONSE", "an extended length"],
)
def test_pieces_with_something_between_are_no_command(
    card: PhoneCard, loaded: SecureChannel, between: Command
):
    before = registry(loaded)
    parameters = tlv(0xC9, bytes(400))
    fields = b"".join(map(lv, (PACKAGE, MODULE, INSTANCE, b"\x00", parameters))) + b"\x00"
    whole = loaded.session.wrap(Command(0x80, 0xE6, 0x0C, 0x00, fields, 256))
    *first, last = segments(whole)
    for piece in first:
        assert Response.parse(card.transmit(bytes(piece))).ok
    card.send(between)
    assert Response.parse(card.transmit(bytes(last))).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    assert registry(card.domain()) == before


def test_truncated_fields_are_refused_and_change_nothing(loaded: SecureChannel):
    whole = bytes(installing(UNKNOWN).data)
    before = registry(loaded)
    for end in range(len(whole)):
        answer = loaded.send(Command(0x80, 0xE6, 0x0C, 0x00, whole[:end], 256))
        assert answer.sw == SW.WRONG_DATA, end
    more = loaded.send(Command(0x80, 0xE6, 0x0C, 0x00, whole + b"\x00", 256))
    assert more.sw == SW.WRONG_DATA
    assert registry(loaded) == before


def test_forms_that_are_none_are_refused(loaded: SecureChannel):
    for p1, p2 in ((0x00, 0x00), (0x06, 0x00), (0x0E, 0x00), (0x02, 0x01), (0x20, 0x01)):
        assert loaded.send(Command(0x80, 0xE6, p1, p2, b"\x00", 256)).sw == SW.WRONG_P1_P2


# --- memory ----------------------------------------------------------------------------------


def test_reserved_memory_is_taken_and_a_quota_is_not(card: PhoneCard, loaded: SecureChannel):
    start = free(card, card.open())
    own = b"\xc9\x00"
    quota = own + system_parameters(volatile=1_024, data=20_000)
    assert loaded.send(install_for_install(PACKAGE, MODULE, INSTANCE, parameters=quota)).ok
    assert free(card, 1) == start
    assert loaded.send(delete(INSTANCE)).ok
    reserved = own + system_parameters(
        volatile=1_024, data=20_000, reserved_volatile=512, reserved_data=PAGE * 10
    )
    assert loaded.send(install_for_install(PACKAGE, MODULE, INSTANCE, parameters=reserved)).ok
    assert free(card, 1) == (start[0] - PAGE * 10, start[1] - 512)
    assert loaded.send(delete(INSTANCE)).ok
    assert free(card, 1) == start
    more = own + system_parameters(data=100, reserved_data=101)
    answer = loaded.send(install_for_install(PACKAGE, MODULE, INSTANCE, parameters=more))
    assert answer.sw == SW.WRONG_DATA


@pytest.mark.parametrize("short", [0, 1])
def test_all_that_is_free_can_be_reserved_and_not_a_byte_more(
    card: PhoneCard, loaded: SecureChannel, short: int
):
    memory, _ = free(card, card.open())
    wanted = b"\xc9\x00" + system_parameters(reserved_data=memory + short)
    before = registry(loaded)
    answer = loaded.send(install_for_install(PACKAGE, MODULE, INSTANCE, parameters=wanted))
    assert answer.sw == (SW.NOT_ENOUGH_MEMORY if short else SW.OK)
    assert (registry(loaded) == before) is bool(short)
    assert free(card, 1)[0] == (memory if short else 0)


def test_a_full_card_loads_nothing_and_recovers(card: PhoneCard, loaded: SecureChannel):
    memory, _ = free(card, card.open())
    wanted = b"\xc9\x00" + system_parameters(reserved_data=memory - 1_024)
    assert loaded.send(install_for_install(PACKAGE, MODULE, INSTANCE, parameters=wanted)).ok
    before = registry(loaded)
    assert carry_out(loaded.send, loading(TRANSIT, PLAIN)).sw == SW.NOT_ENOUGH_MEMORY
    assert registry(loaded) == before
    minimum = install_for_load(TRANSIT.package, parameters=system_parameters(code=1_024, data=1))
    assert loaded.send(minimum).sw == SW.NOT_ENOUGH_MEMORY
    assert loaded.send(delete(INSTANCE)).ok
    assert carry_out(loaded.send, issuing(TRANSIT, PLAIN)).ok


def test_an_applet_at_run_time_is_told_that_memory_is_full(card: PhoneCard):
    """A quota of so many bytes is kept up to the last, and a refusal changes nothing."""
    channel = card.domain()
    assert carry_out(channel.send, loading(TICKET, PLAIN)).ok
    number = card.open()
    name = len(f"app {TICKET.instance.hex()}/")
    used = name + len("number") + name + len("stamps") + 8
    for quota, stamps in ((used, 1), (used - 1, 0)):
        more = system_parameters(data=quota)
        assert channel.send(installing(TICKET, parameters=more)).ok
        card.select(TICKET.instance, number)
        assert card.send(Command(0x80, 0x10, 0, 0, bytes(8)), number).ok
        answer = card.send(Command(0x80, 0x10, 1, 0), number)
        assert answer.sw == (SW.OK if stamps else SW.NOT_ENOUGH_MEMORY)
        told = card.send(Command(0x80, 0x12, 0, 0, le=256), number).data
        assert told == bytes(8 * stamps)
        card.select(b"", number)
        assert channel.send(delete(TICKET.instance)).ok


@pytest.mark.parametrize(("limit", "sw"), [(256, SW.OK), (255, SW.NOT_ENOUGH_MEMORY)])
def test_volatile_memory_has_a_limit_of_its_own(card: PhoneCard, limit: int, sw: int):
    """The transit applet needs 256 bytes of RAM (its figure, OUR DESIGN)."""
    channel = card.domain()
    assert carry_out(channel.send, loading(TRANSIT, PLAIN)).ok
    before, memory = registry(channel), free(card, card.open())
    answer = channel.send(installing(TRANSIT, parameters=system_parameters(volatile=limit)))
    assert answer.sw == sw
    if answer.ok:
        assert free(card, 1)[1] == memory[1] - 256
        assert channel.send(delete(TRANSIT.instance)).ok
    assert (registry(channel), free(card, 1)) == (before, memory)


def test_volatile_memory_runs_out_and_comes_back(card: PhoneCard):
    channel = card.domain()
    assert carry_out(channel.send, loading(PAYMENT, PLAIN)).ok
    _, volatile = free(card, card.open())
    names = [PAYMENT.instance + bytes((at,)) for at in range(volatile // 512 + 1)]
    answers = [channel.send(installing(PAYMENT, instance=name)).sw for name in names]
    assert answers == [SW.OK] * (len(names) - 1) + [SW.NOT_ENOUGH_MEMORY]
    for name in names[:-1]:
        assert channel.send(delete(name)).ok
    assert free(card, 1)[1] == volatile


def test_two_applications_of_one_module_keep_their_values_apart(card: PhoneCard):
    channel = card.domain()
    assert carry_out(channel.send, issuing(PAYMENT, PLAIN)).ok
    other = PAYMENT.instance + b"\x02"
    assert channel.send(installing(PAYMENT, instance=other)).ok
    number = card.open()
    card.select(other, number)
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"12"), number).sw == 0x6983
    card.select(b"", number)
    assert channel.send(delete(other)).ok
    card.select(PAYMENT.instance, number)
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"12"), number).ok


# --- DELETE ----------------------------------------------------------------------------------


def test_what_is_in_use_or_referred_to_stays(card: PhoneCard, loaded: SecureChannel):
    number = card.open()
    assert loaded.send(installing(UNKNOWN)).ok
    assert loaded.send(delete(PACKAGE)).sw == SW.CONDITIONS_NOT_SATISFIED
    card.select(INSTANCE, number)
    assert loaded.send(delete(INSTANCE)).sw == SW.CONDITIONS_NOT_SATISFIED
    assert loaded.send(delete(PACKAGE, related=True)).sw == SW.CONDITIONS_NOT_SATISFIED
    assert card.send(Command(0x00, 0xEE, 0, 0), number).sw == SW.INS_NOT_SUPPORTED
    card.close(number)
    assert loaded.send(delete(INSTANCE)).ok
    assert loaded.send(delete(INSTANCE)).sw == SW.REFERENCED_DATA_NOT_FOUND
    assert loaded.send(delete(PACKAGE)).ok


def test_a_domain_that_owns_something_stays(card: PhoneCard):
    new_domain(card)
    issuer = card.domain()
    assert carry_out(issuer.send, loading(UNKNOWN, PLAIN, domain=DOMAIN)).ok
    assert issuer.send(installing(UNKNOWN)).ok
    assert issuer.send(delete(DOMAIN)).sw == SW.CONDITIONS_NOT_SATISFIED
    assert issuer.send(removing(UNKNOWN)).ok
    assert issuer.send(delete(DOMAIN)).ok
    assert card.select(DOMAIN, card.open()).sw == SW.FILE_NOT_FOUND


def test_global_delete_reaches_what_is_others(card: PhoneCard):
    held = Privilege.SECURITY_DOMAIN | Privilege.AUTHORIZED_MANAGEMENT
    new_domain(card, held=held)
    own = card.domain(DOMAIN, OTHER_KEYS)
    assert own.send(delete(JPKI)).sw == SW.CONDITIONS_NOT_SATISFIED
    assert carry_out(own.send, issuing(UNKNOWN, PLAIN)).ok, "its own content it manages itself"
    new_domain(card, DOMAIN + b"\x02", held | Privilege.GLOBAL_DELETE)
    own = card.domain(DOMAIN + b"\x02", OTHER_KEYS)
    assert own.send(delete(JPKI)).ok


def test_what_was_deleted_when_the_power_failed_is_gone_for_good(card: PhoneCard):
    """Another applet under the same name has nothing of the one before."""
    channel = card.domain()
    assert carry_out(channel.send, issuing(PAYMENT, PLAIN)).ok
    number = card.open()
    card.select(PAYMENT.instance, number)
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"12"), number).ok
    card.select(b"", number)
    wrapped = bytes(channel.session.wrap(removing(PAYMENT)))
    card.target.transmit_and_cut(wrapped, after=10_000)
    card.reset()
    channel = card.domain()
    assert carry_out(channel.send, loading(TICKET, PLAIN)).ok
    assert channel.send(installing(TICKET, instance=PAYMENT.instance)).ok
    assert card.select(PAYMENT.instance, card.open()).ok
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"12"), 1).sw == SW.INS_NOT_SUPPORTED


def test_delete_refuses_what_is_not_coded_so(loaded: SecureChannel):
    for data in (b"", b"\x4f", b"\x4f\x05" + bytes(4), tlv(0x4F, PACKAGE) * 2, b"\x4f\x00\x99\x00"):
        assert not loaded.send(Command(0x80, 0xE4, 0, 0, data, 256)).ok
    assert loaded.send(Command(0x80, 0xE4, 0, 1, tlv(0x4F, PACKAGE), 256)).sw == SW.WRONG_P1_P2
    assert loaded.send(delete(PACKAGE)).ok


# --- STORE DATA ------------------------------------------------------------------------------


def test_personalisation_goes_on_to_the_application_block_by_block(card: PhoneCard):
    channel = card.domain()
    assert carry_out(channel.send, loading(TRANSIT, PLAIN)).ok
    assert channel.send(installing(TRANSIT)).ok
    assert carry_out(channel.send, personalising(TRANSIT)).ok
    first, second = list(personalising(TRANSIT))[1:]
    assert channel.send(install_for_personalization(TRANSIT.instance)).ok
    assert channel.send(second).sw == SW.WRONG_P1_P2, "blocks are counted from zero"
    assert channel.send(first).sw == SW.REFERENCED_DATA_NOT_FOUND, "and now the domain is meant"
    assert channel.send(install_for_personalization(bytes(5))).sw == SW.REFERENCED_DATA_NOT_FOUND


def test_only_the_own_domain_personalises(card: PhoneCard):
    answer = card.domain().send(install_for_personalization(JPKI))
    assert answer.sw == SW.CONDITIONS_NOT_SATISFIED


def test_a_domain_keeps_its_numbers(card: PhoneCard):
    channel, number = card.domain(), card.open()
    assert channel.send(store_data(tlv(0x42, b"OTHER"), 0, last=True)).ok
    assert card.send(get_data(0x42), number).data == tlv(0x42, b"OTHER")
    assert card.send(get_data(0x42, cla=0x00), number).data == b"OTHER"
    assert not channel.send(store_data(b"\x42\x05AB", 0, last=True)).ok


@pytest.mark.parametrize("tag", [0x42, 0x45, 0x66, 0x67, 0xE0, 0xD3, 0xC1, 0xC2, 0xFF21])
def test_get_data_has_whole_objects_and_values(card: PhoneCard, tag: int):
    whole, value = card.send(get_data(tag)), card.send(get_data(tag, cla=0x00))
    assert whole.ok
    assert whole.data == tlv(tag, value.data)


def test_get_data_of_what_is_not_there(card: PhoneCard):
    assert card.send(get_data(0x5F50)).sw == SW.REFERENCED_DATA_NOT_FOUND
    assert JPKI in card.send(get_data(0x2F00, b"\x5c\x00")).data


# --- extradition -----------------------------------------------------------------------------


def test_an_applet_changes_hands(card: PhoneCard, loaded: SecureChannel):
    assert loaded.send(installing(UNKNOWN)).ok
    new_domain(card)
    channel = card.domain()
    assert channel.send(install_for_extradition(DOMAIN, INSTANCE)).ok
    listed = {entry.aid: entry.domain for entry in entries(channel, Subset.APPLICATIONS)}
    assert listed[INSTANCE] == DOMAIN
    own = card.domain(DOMAIN, OTHER_KEYS)
    assert [entry.aid for entry in entries(own, Subset.APPLICATIONS)] == [INSTANCE]


def test_a_domain_that_is_not_personalised_gets_nothing(card: PhoneCard, loaded: SecureChannel):
    assert loaded.send(installing(UNKNOWN)).ok
    held = privileges(Privilege.SECURITY_DOMAIN)
    assert loaded.send(install_for_install(DOMAIN_PACKAGE, DOMAIN_MODULE, DOMAIN, held=held)).ok
    refused = loaded.send(install_for_extradition(DOMAIN, INSTANCE))
    assert refused.sw == SW.CONDITIONS_NOT_SATISFIED
    assert loaded.send(install_for_load(PACKAGE + b"\x01", DOMAIN)).sw == refused.sw


def test_a_domain_that_asks_for_signatures_is_given_no_load_file(card: PhoneCard):
    new_domain(card, held=Privilege.SECURITY_DOMAIN | Privilege.DAP_VERIFICATION)
    channel = card.domain()
    order = install_for_load(PACKAGE, DOMAIN, UNKNOWN.digest())
    assert channel.send(order).sw == SW.CONDITIONS_NOT_SATISFIED
    assert carry_out(channel.send, issuing(UNKNOWN, PLAIN)).ok
    moved = channel.send(install_for_extradition(DOMAIN, PACKAGE))
    assert moved.sw == SW.CONDITIONS_NOT_SATISFIED
    assert channel.send(install_for_extradition(DOMAIN, INSTANCE)).ok


def test_two_loadings_that_do_not_fit_together(card: PhoneCard, loaded: SecureChannel):
    """Each of them fits; whoever ends second is told that it does not any more."""
    memory, _ = free(card, card.open())
    left = b"\xc9\x00" + system_parameters(reserved_data=memory - 2_560)
    assert loaded.send(install_for_install(PACKAGE, MODULE, INSTANCE, parameters=left)).ok
    one, two = loaded, card.domain(number=1)
    plans = [list(loading(each, PLAIN)) for each in (TRANSIT, PAYMENT)]
    for mine, yours in zip(*(plan[:-1] for plan in plans), strict=True):
        assert one.send(mine).ok
        assert two.send(yours).ok
    assert one.send(plans[0][-1]).ok
    assert two.send(plans[1][-1]).sw == SW.NOT_ENOUGH_MEMORY
    assert PAYMENT.package not in [entry.aid for entry in entries(one, Subset.LOAD_FILES)]


def test_a_domain_without_management_loads_and_deletes_nothing(card: PhoneCard):
    new_domain(card)
    own = card.domain(DOMAIN, OTHER_KEYS)
    assert own.send(install_for_load(PACKAGE)).sw == SW.CONDITIONS_NOT_SATISFIED
    assert own.send(delete(JPKI)).sw == SW.CONDITIONS_NOT_SATISFIED


def test_the_keys_of_the_issuer_open_a_domain_only_until_it_has_its_own(card: PhoneCard):
    new_domain(card)
    with pytest.raises(Exception, match="cryptogram"):
        card.domain(DOMAIN, KEYS)


# --- power -----------------------------------------------------------------------------------


def test_power_may_fail_in_every_command_of_an_installation(card: PhoneCard):
    """Afterwards the card is as before the command or as after it, and memory adds up."""
    steps = [*issuing(TRANSIT, PLAIN), removing(TRANSIT)]
    for at in range(len(steps)):
        for after in (0, 1, 2, 4, 1_000):
            card.target.renew()
            card.reset()
            channel = card.domain()
            for step in steps[:at]:
                assert channel.send(step).ok
            before = registry(channel), free(card, card.open())
            wrapped = bytes(channel.session.wrap(steps[at]))
            card.target.transmit_and_cut(wrapped, after=after)
            card.reset()
            channel = card.domain()
            found = registry(channel), free(card, card.open())
            if found == before:
                continue
            card.target.renew()
            card.reset()
            channel = card.domain()
            assert carry_out(channel.send, steps[: at + 1]).ok
            assert found == (registry(channel), free(card, card.open()))


def test_get_status_tells_what_was_loaded(loaded: SecureChannel):
    answer = loaded.send(get_status(Subset.LOAD_FILES_AND_MODULES, PACKAGE))
    assert MODULE in answer.data
