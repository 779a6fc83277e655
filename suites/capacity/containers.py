"""The three forms in which a Java Card package is handed over, taken apart. Pure.

1. the CAP file proper: a ZIP (JAR) with one file a component under ``…/javacard/`` (Java Card
   Virtual Machine Specification, 4.1.3 and table 6-2; names in any case);
2. the components in the order in which they are loaded, nothing around them (IJC);
3. the load file of GlobalPlatform (Card Specification v2.3.1, table 11-58): DAP blocks ``E2`` if
   any, then the components in a ``C4``. A ciphered one (``D4``) cannot be looked into.

Any bytes end in a ``CapFile`` or a ``CapError``. No component is longer than 65,538 bytes, so no
more than that is ever unpacked of one.
"""

from __future__ import annotations

import io
import zipfile

from suites.capacity.cap_file import (
    COMPONENT_HEAD,
    FIRST_CUSTOM,
    CapError,
    CapFile,
    Component,
    Form,
    Tag,
    decoded,
)

ZIP_MARK = b"PK\x03\x04"
FOLDER = "javacard"
FILES = {
    "header": Tag.HEADER, "directory": Tag.DIRECTORY, "applet": Tag.APPLET, "import": Tag.IMPORT,
    "constantpool": Tag.CONSTANT_POOL, "class": Tag.CLASS, "method": Tag.METHOD,
    "staticfield": Tag.STATIC_FIELD, "reflocation": Tag.REFERENCE_LOCATION, "export": Tag.EXPORT,
    "descriptor": Tag.DESCRIPTOR, "debug": Tag.DEBUG, "staticresources": Tag.STATIC_RESOURCES,
}  # fmt: skip
"""Table 6-2: name of a component's file without ``.cap``, in lower case."""

INSTALL_ORDER = (
    Tag.HEADER, Tag.DIRECTORY, Tag.IMPORT, Tag.APPLET, Tag.CLASS, Tag.METHOD, Tag.STATIC_FIELD,
    Tag.EXPORT, Tag.CONSTANT_POOL, Tag.REFERENCE_LOCATION, Tag.STATIC_RESOURCES, Tag.DESCRIPTOR,
)  # fmt: skip
"""The order in which components are loaded (6.3); Debug is not."""

LONGEST_COMPONENT = COMPONENT_HEAD + 0xFFFF  # bytes, of the compact format
DAP_BLOCK, DATA_BLOCK, CIPHERED, VECTOR = 0xE2, 0xC4, 0xD4, 0xD3
LOAD_FILE_TAGS = (DAP_BLOCK, DATA_BLOCK, CIPHERED, VECTOR)


def read_cap(raw: bytes) -> CapFile:
    """The package in a file of any of the three forms. Raises CapError, and nothing else."""
    if raw.startswith(ZIP_MARK):
        return decoded(Form.ARCHIVE, _unzipped(raw))
    if raw[:1] == bytes((Tag.HEADER,)):
        return decoded(Form.PLAIN, _in_a_row(raw))
    if raw and raw[0] in LOAD_FILE_TAGS:
        data, dap_bytes = _unwrapped(raw)
        return decoded(Form.LOAD_FILE, _in_a_row(data), dap_bytes)
    raise CapError("neither a ZIP (PK), nor a Header component (01), nor a load file (C4, E2)")


def load_object(data: bytes) -> bytes:
    """The ``C4`` around what is loaded, with the shortest length field."""
    return bytes((DATA_BLOCK,)) + length_field(len(data)) + data


def length_field(size: int) -> bytes:
    """BER-TLV, shortest (Card Specification 11.1.5)."""
    if size < 0x80:
        return bytes((size,))
    width = (size.bit_length() + 7) // 8
    return bytes((0x80 | width,)) + size.to_bytes(width, "big")


# --- components in a row ------------------------------------------------------------------


def _in_a_row(raw: bytes) -> list[Component]:
    found = []
    at = 0
    while at < len(raw):
        start = at + COMPONENT_HEAD
        end = start + int.from_bytes(raw[at + 1 : start], "big")
        if start > len(raw) or end > len(raw):
            raise CapError(f"cut off within the component that begins at byte {at}")
        found.append(_component(raw[at], raw[start:end], f"byte {at}"))
        at = end
    return found


def _component(tag: int, info: bytes, where: str) -> Component:
    if tag not in set(Tag) and tag < FIRST_CUSTOM:
        raise CapError(f"{where}: no component has the tag {tag}")
    return Component(tag, info)


# --- the load file of GlobalPlatform ------------------------------------------------------


def _unwrapped(raw: bytes) -> tuple[bytes, int]:
    """What is in the C4, and how many bytes of DAP blocks stand before it."""
    at = 0
    while at < len(raw):
        tag, (start, end) = raw[at], _value(raw, at)
        if tag in (CIPHERED, VECTOR):
            raise CapError(
                "the load file data block is ciphered (D4): nobody can look into it here"
            )
        if tag == DATA_BLOCK and end == len(raw):
            return raw[start:end], at
        if tag != DAP_BLOCK:
            raise CapError(f"byte {at}: {tag:02X} has no place here in a load file")
        at = end
    raise CapError("a load file without its data block (C4)")


def _value(raw: bytes, at: int) -> tuple[int, int]:
    """Where the value of the object at this place begins and ends."""
    first = raw[at + 1 : at + 2]
    width = first[0] & 0x7F if first and first[0] & 0x80 else 0
    start = at + 2 + width
    field = raw[at + 2 : start] if width else first
    if not first or len(field) < max(1, width) or first[0] == 0x80 or width > 3:
        raise CapError(f"byte {at}: no length that can be read")
    end = start + int.from_bytes(field, "big")
    if end > len(raw):
        raise CapError(f"byte {at}: an object of {end - start} bytes, of which {len(raw) - start} "
                       "are there")  # fmt: skip
    return start, end


# --- the archive --------------------------------------------------------------------------


def _unzipped(raw: bytes) -> list[Component]:
    """The components of a CAP file, in the order in which they are loaded."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            found = [_of_file(name, _content(archive, name)) for name in _files(archive)]
    except CapError:
        raise
    except Exception as error:  # zipfile and its decompressors raise a dozen kinds for bad input
        raise CapError(f"a damaged ZIP: {' '.join(str(error).split()) or 'cut off'}") from None
    return sorted(found, key=_place)


def _files(archive: zipfile.ZipFile) -> list[str]:
    """The files of the one package in it."""
    names = [name for name in archive.namelist() if name.lower().endswith((".cap", ".capx"))]
    within = [name for name in names if FOLDER in name.lower().split("/")[:-1]]
    if any(name.lower().endswith(".capx") for name in within):
        raise CapError("extended CAP format (Java Card 3.1); only the compact one can be read here")
    folders = {name.rpartition("/")[0] for name in within}
    if len(folders) != 1:
        count = "no component" if not folders else f"{len(folders)} packages; hand them in apart"
        raise CapError(f"a ZIP with {count} under {FOLDER}/")
    return within


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        content = file.read(LONGEST_COMPONENT + 1)
    if len(content) > LONGEST_COMPONENT:
        raise CapError(f"{_shown(name)}: longer than a component can be")
    return content


def _of_file(name: str, content: bytes) -> Component:
    """The one component in a file, which must have the tag its name stands for."""
    stem = name.rpartition("/")[2].lower().removesuffix(".cap")
    parts = _in_a_row(content)
    if len(parts) != 1:
        raise CapError(f"{_shown(name)}: {len(parts)} components; a file holds one")
    wanted = FILES.get(stem)
    if wanted not in (None, parts[0].tag) or (wanted is None and parts[0].tag < FIRST_CUSTOM):
        raise CapError(f"{_shown(name)}: holds a component with the tag {parts[0].tag}")
    return parts[0]


def _place(component: Component) -> int:
    known = component.tag in INSTALL_ORDER
    return INSTALL_ORDER.index(Tag(component.tag)) if known else len(INSTALL_ORDER) + component.tag


def _shown(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode()[-60:]
