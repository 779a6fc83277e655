"""Named, deliberate defects, one module per room of the reference; importing it registers them."""

from reference_impl.faults import (
    access_rules,
    applet,
    capacity,
    chip,
    flows,
    key_structure,
    keys,
    pin,
    platform,
    private_operation,
    random,
    rights,
    signature,
    timing,
    touch,
    verify,
)
from reference_impl.faults.registry import Fault, catalogue, planted

__all__ = [
    "Fault",
    "access_rules",
    "applet",
    "capacity",
    "catalogue",
    "chip",
    "flows",
    "key_structure",
    "keys",
    "pin",
    "planted",
    "platform",
    "private_operation",
    "random",
    "rights",
    "signature",
    "timing",
    "touch",
    "verify",
]
