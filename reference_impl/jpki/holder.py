"""The holder of a certificate: subject name and the four attributes (all synthetic).

The attributes are otherNames of subjectAltName, UTF8String, in the order found on cards:
name, birth date, sex, address, and for name and address one flag per character that says
whether a substitute stands for a character that cannot be written.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

ATTRIBUTE_ARC = "1.2.392.200149.8.5.5"
UTF8_STRING = 0x0C


@dataclass(frozen=True)
class FourAttributes:
    """Name, birth date (era digit and YYYYMMDD), sex (JIS X 0303: 1, 2, 9) and address."""

    name: str = "合成　試験"
    birth_date: str = "420000101"
    sex: str = "9"
    address: str = "合成県試験市架空町一丁目１番１号"
    name_substitutes: str = ""  # one "0" or "1" a character; "": none is substituted
    address_substitutes: str = ""

    def other_names(self) -> list[tuple[int, str]]:
        """Last arc of the OID and value, in the order of the card: 1, 4, 3, 5, 2, 6."""
        return [
            (1, self.name),
            (4, self.birth_date),
            (3, self.sex),
            (5, self.address),
            (2, self.name_substitutes or "0" * len(self.name)),
            (6, self.address_substitutes or "0" * len(self.address)),
        ]


@dataclass(frozen=True)
class Holder:
    """One person and where he is registered."""

    identifier: str = "SYNTHETIC00000001"
    prefecture: str = "Synthetic-ken"
    municipality: str = "Shiken-shi"
    attributes: FourAttributes = FourAttributes()

    def name(self, signature: bool) -> x509.Name:
        """The subject; the letter at the end keeps the two certificates of a holder apart."""
        purpose = "A" if signature else "B"
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
                x509.NameAttribute(NameOID.LOCALITY_NAME, self.prefecture),
                x509.NameAttribute(NameOID.LOCALITY_NAME, self.municipality),
                x509.NameAttribute(NameOID.COMMON_NAME, self.identifier + purpose),
            ]
        )


def alternative_name(other_names: list[tuple[int, str]]) -> x509.SubjectAlternativeName:
    """The extension that holds the attributes: last arc of the OID and value of each."""
    return x509.SubjectAlternativeName(
        [
            x509.OtherName(x509.ObjectIdentifier(f"{ATTRIBUTE_ARC}.{arc}"), _utf8_string(value))
            for arc, value in other_names
        ]
    )


def _utf8_string(text: str) -> bytes:
    """DER; ValueError for more than 65,535 bytes of text."""
    value = text.encode()
    size = len(value)
    if size < 0x80:
        length = bytes([size])
    elif size < 0x100:
        length = bytes([0x81, size])
    elif size < 0x10000:
        length = b"\x82" + size.to_bytes(2, "big")
    else:
        raise ValueError(f"an attribute of {size} bytes; at most 65,535 can be held")
    return bytes([UTF8_STRING]) + length + value
