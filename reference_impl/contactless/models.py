"""Readers and phones of the reference's bench. All SYNTHETIC: no product is meant by any.

What sets them apart is what sets products apart: the order of the polling loop, what it makes of
two answers, sizes of frames, patience, CID, PPS; and on the other side the types, whether one
silences the other, sizes of UID and frames, and how long the element works at a command.
"""

from __future__ import annotations

from reference_impl.contactless.answer_to_select import AnswerToSelect
from reference_impl.contactless.phone import PhoneProfile
from reference_impl.contactless.picc_b import AnswerToRequest
from reference_impl.contactless.reader_profile import OnSeveral, Polling, ReaderProfile
from reference_impl.contactless.timing import FC

MS = FC // 1_000  # ticks

READERS = (
    # The old firmware takes the limit of EMVCo (2.6, A.5: FWI 7) for that of all cards.
    ReaderProfile("SYN-R1", "1.0", pps=True, most_fwi=7),
    ReaderProfile("SYN-R1", "1.1", pps=True),
    ReaderProfile("SYN-R2", "7.0", Polling("BA"), requires_b=True, fsdi=5, cid=1),
    ReaderProfile(
        "SYN-R3", "2.4", Polling("AB", bail_out=False, on_several=OnSeveral.PREFER_B),
        fsdi=2, cid=3, retries=1,
    ),
)  # fmt: skip
"""By age: of one model, the later firmware comes later."""

PHONES = (
    PhoneProfile(
        "SYN-P1", work=20 * MS,
        ats=AnswerToSelect(fwi=7, historical=b"\x80"),
        atqb=AnswerToRequest(bytes(4), fwi=7),
    ),
    PhoneProfile(  # frames so small that commands are chained; an element slower than its FWT
        "SYN-P2", exclusive=False, uid_size=7, work=120 * MS,
        ats=AnswerToSelect(fsci=0, fwi=8), atqb=AnswerToRequest(bytes(4), fsci=0, fwi=8),
    ),
    PhoneProfile(  # no type B, and an ATS that leaves out TB: FWI 4
        "SYN-P3", "A", exclusive=False, work=3 * MS,
        ats=AnswerToSelect(fsci=5, fwi=None, historical=b"\x80\x02"),
    ),
    PhoneProfile(  # as a My Number card answers
        "SYN-CARD", "B", exclusive=False, work=30 * MS,
        atqb=AnswerToRequest(rates=0xB3, fwi=10),
    ),
)  # fmt: skip
