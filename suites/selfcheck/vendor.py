"""A vendor's statement about the reference: one path, secrets by reference, no narrower port."""

from __future__ import annotations

import os
import re
from pathlib import Path

from fixtures.ics.statement import HEX, REFERENCE_STATEMENT

KEY = bytes(range(0x40, 0x50)).hex()
SECRETS = {
    "ACME_PIN": "8351",
    "ACME_PASSWORD": "SYN7HPASS4",
    "ACME_KEY": KEY,
    **dict.fromkeys(("ACME_SCP03_DEK", "ACME_SCP03_ENC", "ACME_SCP03_MAC"), KEY),
}
PORTS = (
    "power.cut",
    "log.diagnostic",
    "specimen.renew",
    "client.opensc",
    "rng.failure",
    "rng.replay",
    "timing.breakdown",
    "timing.presets",
    "applet.image",
    "key.private_view",
    "contactless.touch",
    "services.jpki",
    "services.clock",
    "services.push",
    "services.relying_party",
    "memory.image",
    "tsm.remote_deletion",
    "handset.network_cut",
    "handset.scripted_user",
    "tsm.sei",
    "platform.omapi_access",
    "platform.element_double",
    "tsm.sp",
    "contactless.type_a",
    "contactless.type_b",
    "contactless.position",
    "contactless.poll_order",
    "contactless.frames",
    "platform.access_source",  # one path: nobody to tell apart
    "platform.source_view",
    "platform.chip_profiles",
    "handset.turnaround",
)


def environment(folder: Path) -> dict[str, str]:
    """Ours with the secrets, and a place of its own for what is counted over campaigns."""
    return os.environ | SECRETS | {"JPKI_CONFORMANCE_STATE": str(folder / "state")}


def vendor_statement(folder: Path, *, pixit: str = "", denied: tuple[str, ...] = ()) -> Path:
    """Write ``acme.toml``; ``pixit`` are more lines of that table."""
    text = REFERENCE_STATEMENT.read_text(encoding="utf-8")
    for name, variable in zip(("user_pin", "password", *sorted(HEX)), SECRETS, strict=True):
        text = re.sub(rf'{name} = ".*"', f'{name} = "env:{variable}"', text)
    for capability in (*PORTS, *denied):
        text = text.replace(f'"{capability}" = true', f'"{capability}" = false')
    text = text.replace("[secrets]", "[limits]\nfailed_authentications = 50\n\n[secrets]")
    text = re.sub(r"paths = .*", f'paths = ["contact"]\n{pixit}', text)
    file = folder / "acme.toml"
    file.write_text(text, encoding="utf-8")
    return file
