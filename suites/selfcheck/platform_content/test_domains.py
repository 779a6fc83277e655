"""Security domains: personalisation, data objects, and who owns what."""

from __future__ import annotations

import pytest

from fixtures.card.apdu import SW
from fixtures.card.content_management import carry_out, installing, issuing, loading, personalising
from fixtures.card.global_platform import (
    delete,
    get_data,
    install_for_extradition,
    install_for_install,
    install_for_load,
    install_for_personalization,
    store_data,
)
from fixtures.card.global_platform_values import (
    Privilege,
    Subset,
    privileges,
    system_parameters,
    tlv,
)
from fixtures.card.secure_channel import SecureChannel
from suites.selfcheck.phone_card import JPKI, KEYS, PhoneCard, entries
from suites.selfcheck.platform_content.scene import (
    DOMAIN,
    DOMAIN_MODULE,
    DOMAIN_PACKAGE,
    INSTANCE,
    MODULE,
    OTHER_KEYS,
    PACKAGE,
    PAYMENT,
    PLAIN,
    TRANSIT,
    UNKNOWN,
    free,
    new_domain,
)


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
    """Not by extradition, and not loaded without one; with one, ``test_signed_load.py``."""
    new_domain(card, held=Privilege.SECURITY_DOMAIN | Privilege.DAP_VERIFICATION)
    channel = card.domain()
    unsigned = carry_out(channel.send, loading(UNKNOWN, PLAIN, domain=DOMAIN))
    assert unsigned.sw == SW.CONDITIONS_NOT_SATISFIED
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
