"""Named, deliberate defects, one module per room of the reference; importing it registers them."""

from reference_impl.faults import (
    applet,
    chip,
    keys,
    pin,
    platform,
    random,
    rights,
    signature,
    verify,
)
from reference_impl.faults.registry import Fault, catalogue, planted

__all__ = [
    "Fault",
    "applet",
    "catalogue",
    "chip",
    "keys",
    "pin",
    "planted",
    "platform",
    "random",
    "rights",
    "signature",
    "verify",
]
