"""What goes wrong with the size of an applet: too much of it, and figures that are not true."""

from __future__ import annotations

from reference_impl.applet.files import CERTIFICATES
from reference_impl.applet.image import ORDER, LoadImage, Part
from reference_impl.faults.registry import fault
from reference_impl.platform.footprint import Installation
from reference_impl.platform.memory import Memory

KB = 1_024
CERTIFICATE_NAMES = {ef.key for ef in CERTIFICATES}


@fault(
    "capacity.one_byte_above_64_kb",
    breaks="REQ-6-4-a",
    gain="the SEI-TSM refuses the applet, and no phone of the fleet can be issued to",
)
class AboveTheLimit(LoadImage):
    """A table was added last: 65,537 bytes are loaded."""

    def size(self) -> int:
        return 64 * KB + 1


@fault(
    "capacity.buffers_for_every_certificate",
    breaks="REQ-6-4-a",
    gain="the load file fits, the installation fails on phones whose GP-SE is nearly full",
)
class BuffersForAll(Memory):
    """A buffer of 10 KB is kept for each of four certificates, whatever their lengths."""

    def kept_for(self, name: str, value: bytes) -> int:
        buffer = 10 * KB if name in CERTIFICATE_NAMES else 0
        return max(buffer, super().kept_for(name, value))


@fault(
    "capacity.footprint_of_the_code_alone",
    breaks="REQ-6-4-a",
    gain="memory is booked for the code, and personalisation ends half-way for want of more",
)
class DataForgotten(Installation):
    """Keys and certificates are left out of the footprint that is told."""

    def told(self) -> int:
        return self.code()


@fault(
    "capacity.footprint_of_the_load_file",
    breaks="REQ-6-4-a",
    gain="what the data sheet says of memory is wrong for every phone",
)
class LengthOfTheFile(Installation):
    """The length of the load file is told in place of what the applet takes."""

    def told(self) -> int:
        return len(self.image.load_file())


@fault(
    "capacity.one_byte_above_45_kb",
    breaks="REQ-6-4-c",
    gain="room that was meant for later corrections is used up before the first",
)
class AboveTheExpectation(LoadImage):
    """Error handling grew without anybody counting: 46,081 bytes are loaded."""

    def size(self) -> int:
        return 45 * KB + 1


@fault(
    "capacity.thirty_kb_exactly",
    breaks="REQ-6-4-b",
    gain="what was measured with the verification applet is said of another one",
)
class NotBelowThirty(LoadImage):
    """Rounded up to whole pages: 30,720 bytes, which is not below 30 KB."""

    def size(self) -> int:
        return 30 * KB


@fault(
    "capacity.debug_is_loaded",
    breaks="REQ-6-4-b",
    gain="a third more to load over the air, and names of methods for whoever reads the file",
)
class DebugLoaded(LoadImage):
    """The loader sends the Debug component too."""

    def order(self) -> tuple[Part, ...]:
        return (*ORDER, Part.DEBUG)
