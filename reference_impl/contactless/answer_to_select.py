"""ATS, what a card of type A tells of its protocol (ISO/IEC 14443-4 5.2)."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.contactless.picc_blocks import Terms
from reference_impl.contactless.timing import FWI_DEFAULT, frame_size


@dataclass(frozen=True)
class AnswerToSelect:
    """That of a card at 106 kbit/s both ways. None: the byte is left out."""

    fsci: int | None = 8
    ta: int | None = 0x80
    fwi: int | None = 8
    sfgi: int = 0
    cid_supported: bool | None = True
    historical: bytes = b""

    def __bytes__(self) -> bytes:
        if self.fsci is None:
            return b"\x01"
        tb = b"" if self.fwi is None else bytes((self.fwi << 4 | self.sfgi,))
        tc = b"" if self.cid_supported is None else bytes((0x02 if self.cid_supported else 0x00,))
        ta = b"" if self.ta is None else bytes((self.ta,))
        t0 = self.fsci | bool(ta) << 4 | bool(tb) << 5 | bool(tc) << 6
        body = bytes((t0,)) + ta + tb + tc + self.historical
        return bytes((len(body) + 1,)) + body

    def terms(self, fsdi: int, cid: int) -> Terms:
        """What holds from now on; what is left out counts as FSCI 2, FWI 4, CID supported."""
        fsci = 2 if self.fsci is None else self.fsci
        fwi = FWI_DEFAULT if self.fwi is None or self.fsci is None else self.fwi
        supported = self.cid_supported is not False
        return Terms(frame_size(fsdi), frame_size(fsci), fwi, cid, supported)
