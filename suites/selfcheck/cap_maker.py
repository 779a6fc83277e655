"""CAP files by formula: what a converter would write, with components of any wanted size.

Written from chapter 6 of the Java Card Virtual Machine Specification and apart from what reads
them; a Method component of zeros is no bytecode, which a count of bytes does not mind.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field, replace

NAMES = {
    1: "Header", 2: "Directory", 3: "Applet", 4: "Import", 5: "ConstantPool", 6: "Class",
    7: "Method", 8: "StaticField", 9: "RefLocation", 10: "Export", 11: "Descriptor", 12: "Debug",
}  # fmt: skip
LOADED = (1, 2, 4, 3, 6, 7, 8, 10, 5, 9, 11)
FRAMEWORK, LANG = "A0000000620101", "A0000000620001"


def u2(value: int) -> bytes:
    return value.to_bytes(2, "big")


def lv(value: bytes) -> bytes:
    return bytes((len(value),)) + value


@dataclass(frozen=True)
class Cap:
    """Sizes are of ``info``; 0 leaves a component out."""

    method: int = 20_000
    descriptor: int = 3_000
    debug: int = 9_000
    export: int = 0
    pool: int = 402
    classes: int = 150
    statics: int = 10
    references: int = 120
    minor: int = 2
    package: str = "D392F00026010000"
    applets: tuple[str, ...] = ("D392F000260100000001",)
    imports: tuple[str, ...] = (FRAMEWORK, LANG)
    name: str = "jp/go/jpki"
    custom: dict[int, int] = field(default_factory=dict)

    def infos(self) -> dict[int, bytes]:
        named = lv(self.name.encode()) if self.minor > 1 else b""
        flags = 0x04 if self.applets else 0x00
        found = {
            1: bytes.fromhex("DECAFFED") + bytes((self.minor, 2, flags)) + b"\x00\x01"
            + lv(bytes.fromhex(self.package)) + named,
            4: bytes((len(self.imports),))
            + b"".join(b"\x06\x01" + lv(bytes.fromhex(aid)) for aid in self.imports),
            5: bytes(self.pool), 6: bytes(self.classes), 7: bytes(self.method),
            8: bytes(self.statics), 9: bytes(self.references),
            10: bytes(self.export), 11: bytes(self.descriptor), 12: bytes(self.debug),
        }  # fmt: skip
        if self.applets:
            found[3] = bytes((len(self.applets),)) + b"".join(
                lv(bytes.fromhex(aid)) + u2(8) for aid in self.applets
            )
        found = {tag: info for tag, info in found.items() if info}
        found |= {tag: bytes(size) for tag, size in self.custom.items()}
        return found | {2: self.directory(found)}

    def directory(self, infos: dict[int, bytes]) -> bytes:
        entries = 11 if self.minor == 1 else 12
        customs = b"".join(
            bytes((tag,)) + u2(size) + lv(bytes.fromhex("F0010203AA"))
            for tag, size in self.custom.items()
        )
        own = 2 * entries + 6 + 3 + len(customs)
        sizes = {tag: len(info) for tag, info in infos.items()} | {2: own}
        counts = bytes((len(self.imports), len(self.applets), len(self.custom)))
        table = b"".join(u2(sizes.get(tag, 0)) for tag in range(1, entries + 1))
        return table + bytes(6) + counts + customs

    def components(self) -> dict[int, bytes]:
        return {tag: bytes((tag,)) + u2(len(i)) + i for tag, i in self.infos().items()}

    def in_a_row(self, *left_out: int) -> bytes:
        parts = self.components()
        tags = [*LOADED, 12, *self.custom]
        return b"".join(parts[tag] for tag in tags if tag in parts and tag not in left_out)

    def archive(self, folder: str = "jp/go/jpki/javacard/", suffix: str = ".cap") -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as file:
            file.writestr(zipfile.ZipInfo("META-INF/MANIFEST.MF"), "Manifest-Version: 1.0\n")
            for tag, part in self.components().items():
                entry = zipfile.ZipInfo(f"{folder}{NAMES.get(tag, f'Own{tag}')}{suffix}")
                file.writestr(entry, part, zipfile.ZIP_DEFLATED)
        return target.getvalue()

    def loaded_size(self, *left_out: int) -> int:
        return len(self.in_a_row(*left_out))

    def of_size(self, loaded: int) -> Cap:
        """The same with methods of the length that makes all but Debug so long."""
        return replace(self, method=self.method + loaded - self.loaded_size(12))


def load_file(data: bytes, dap: bytes = b"") -> bytes:
    """The C4 with the length field that so many bytes need."""
    size = len(data)
    if size < 128:
        head = bytes((size,))
    elif size < 256:
        head = bytes((0x81, size))
    elif size < 65_536:
        head = b"\x82" + u2(size)
    else:
        head = b"\x83" + size.to_bytes(3, "big")
    return dap + b"\xc4" + head + data
