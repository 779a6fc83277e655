"""Files of keys: what others wrote is read, what is cut short is told, and nothing raises."""

from __future__ import annotations

import base64
import datetime
import io
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from suites.rsa_keys import pem
from suites.rsa_keys.formats import MOST_TROUBLES, Trouble, each_key, files_in, keys_in, read_keys
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.seeded import Seeded
from suites.selfcheck.by_hand import STEADY, tlv

E = 65_537
DRAW = Seeded("key formats")
P, Q = (DRAW.prime(3 << 510, 1 << 512, e=E) for _ in "pq")
D = pow(E, -1, (P - 1) * (Q - 1))
PUBLIC = RsaKey("k", P * Q, E)
WHOLE = replace(PUBLIC, d=D, p=P, q=Q, dp=D % (P - 1), dq=D % (Q - 1), qinv=pow(Q, -1, P))
PRIVATE = rsa.RSAPrivateNumbers(
    P, Q, D, D % (P - 1), D % (Q - 1), pow(Q, -1, P), rsa.RSAPublicNumbers(E, P * Q)
).private_key()
PEM, DER = ser.Encoding.PEM, ser.Encoding.DER
OPEN = ser.NoEncryption()
SECRET = ser.BestAvailableEncryption(b"secret")


def certificate(signer: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "SYNTHETIC")])
    day = datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, signer.public_key(), 5, day, day)
    return builder.sign(signer, hashes.SHA256())


def request(signer: rsa.RSAPrivateKey) -> x509.CertificateSigningRequest:
    return x509.CertificateSigningRequestBuilder(x509.Name([])).sign(signer, hashes.SHA256())


def octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8 or 1, "big")


def template(key: RsaKey, before: bytes = b"") -> bytes:
    return tlv(0x7F49, tlv(0x81, before + octets(key.n)) + tlv(0x82, octets(key.e)))


def der_int(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def pkcs1(*numbers: int) -> bytes:
    return tlv(0x30, b"".join(map(der_int, numbers)))


def spki(key: bytes, unused: int = 0) -> bytes:
    algorithm = tlv(0x30, tlv(0x06, bytes.fromhex("2a864886f70d010101")) + b"\x05\x00")
    return tlv(0x30, algorithm + tlv(0x03, bytes((unused,)) + key))


def jwk(key: RsaKey) -> dict[str, str]:
    names = {"n": "n", "e": "e", "d": "d", "p": "p", "q": "q", "dp": "dp", "dq": "dq", "qinv": "qi"}
    told = {ours: getattr(key, name) for name, ours in names.items()}
    return {"kty": "RSA"} | {
        name: base64.urlsafe_b64encode(octets(value)).decode().rstrip("=")
        for name, value in told.items()
        if value is not None
    }


def private_in(encoding: ser.Encoding, form: ser.PrivateFormat) -> bytes:
    return PRIVATE.private_bytes(encoding, form, OPEN)


def public_in(encoding: ser.Encoding, form: ser.PublicFormat) -> bytes:
    return PRIVATE.public_key().public_bytes(encoding, form)


WRITTEN: dict[str, tuple[bytes, RsaKey]] = {
    f"{kind} {form}": (content, key)
    for form, encoding in (("PEM", PEM), ("DER", DER))
    for kind, content, key in (
        ("PKCS #1", private_in(encoding, ser.PrivateFormat.TraditionalOpenSSL), WHOLE),
        ("PKCS #8", private_in(encoding, ser.PrivateFormat.PKCS8), WHOLE),
        ("PKCS #1 public", public_in(encoding, ser.PublicFormat.PKCS1), PUBLIC),
        ("SPKI", public_in(encoding, ser.PublicFormat.SubjectPublicKeyInfo), PUBLIC),
        ("certificate", certificate(PRIVATE).public_bytes(encoding), PUBLIC),
        ("request", request(PRIVATE).public_bytes(encoding), PUBLIC),
    )
} | {
    "JWK": (json.dumps(jwk(WHOLE)).encode(), WHOLE),
    "JWK public": (json.dumps(jwk(PUBLIC), indent=1).encode(), PUBLIC),
    "JWK set": (json.dumps({"keys": [jwk(PUBLIC)]}).encode(), PUBLIC),
    "7F49": (template(PUBLIC), PUBLIC),
    "7F49 with 00": (template(PUBLIC, b"\x00"), PUBLIC),
    "7F49 in hex": (template(PUBLIC).hex().encode(), PUBLIC),
    "7F49 with a comment": (b"# card 7\n" + template(PUBLIC).hex().encode(), PUBLIC),
    "JWK with a mark": (b"\xef\xbb\xbf" + json.dumps(jwk(PUBLIC)).encode(), PUBLIC),
    "7F49 in lines": (template(PUBLIC).hex(":", 32).replace(":", "\n").encode(), PUBLIC),
}
"""What a public tool wrote, or the letter of the standard, with the numbers it holds."""


def read(content: bytes) -> list[RsaKey | Trouble]:
    return list(keys_in(io.BytesIO(content), "k"))


def told(content: bytes) -> str:
    (one,) = read(content)
    assert isinstance(one, Trouble)
    return str(one)


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_another_wrote_is_read_number_by_number(kind: str):
    content, key = WRITTEN[kind]
    assert read(content) == [key]


@pytest.mark.parametrize("kind", WRITTEN)
def test_every_beginning_of_a_file_is_told_as_cut_short_or_unknown(kind: str):
    content, _ = WRITTEN[kind]
    whole = len(content.rstrip())
    for end in range(whole):
        found = read(content[:end])
        assert found, end
        assert all(isinstance(one, Trouble) for one in found), end


@pytest.mark.parametrize("behind", [b"\n", b"\x00" * 40, b"\xff" * 40], ids=["line", "00", "FF"])
def test_what_a_card_keeps_behind_a_file_does_not_disturb(behind: bytes):
    content, key = WRITTEN["certificate DER"]
    assert read(content + behind) == [key]


def test_other_bytes_behind_a_key_are_told_and_the_key_is_read():
    content, key = WRITTEN["SPKI DER"]
    first, second = read(content + b"\x01\x02\x03")
    assert (first, isinstance(second, Trouble)) == (replace(key, subject="k, key 1"), True)


def test_responses_of_a_card_are_read_with_their_status_words():
    other = replace(PUBLIC, n=PUBLIC.n + 2)
    lines = "\n".join(template(key).hex().upper() + "9000" for key in (PUBLIC, other))
    assert read(lines.encode()) == [
        replace(PUBLIC, subject="k, key 1"),
        replace(other, subject="k, key 2"),
    ]


@pytest.mark.parametrize(
    ("words", "private"),
    [
        (("rsa", "-text"), True),
        (("rsa", "-traditional"), True),
        (("rsa", "-RSAPublicKey_out", "-outform", "DER"), False),
        (("rsa", "-pubout", "-text"), False),
        (("pkcs8", "-topk8", "-nocrypt", "-outform", "DER"), True),
        (("req", "-x509", "-new", "-key", "/dev/stdin", "-subj", "/CN=S", "-text"), False),
        (("req", "-new", "-key", "/dev/stdin", "-subj", "/CN=S", "-outform", "DER"), False),
    ],
    ids=range(7),
)
def test_what_openssl_writes_is_read(words: tuple[str, ...], private: bool):
    given_pem = WRITTEN["PKCS #8 PEM"][0]
    done = subprocess.run(["openssl", *words], input=given_pem, capture_output=True, check=True)
    assert read(done.stdout) == [WHOLE if private else PUBLIC]


def test_a_trusted_certificate_of_openssl_is_read(tmp_path: Path):
    given_pem = certificate(PRIVATE).public_bytes(PEM)
    done = subprocess.run(
        ["openssl", "x509", "-trustout", "-addtrust", "serverAuth"],
        input=given_pem, capture_output=True, check=True,
    )  # fmt: skip
    assert b"TRUSTED" in done.stdout
    assert read(done.stdout) == [PUBLIC]


EC = ec.derive_private_key(5, ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER_KEYS = {
    "EC PKCS #8": EC.private_bytes(PEM, ser.PrivateFormat.PKCS8, OPEN),
    "EC SEC 1": EC.private_bytes(PEM, ser.PrivateFormat.TraditionalOpenSSL, OPEN),
    "EC SEC 1 DER": EC.private_bytes(DER, ser.PrivateFormat.TraditionalOpenSSL, OPEN),
    "EC public": EC.public_key().public_bytes(DER, ser.PublicFormat.SubjectPublicKeyInfo),
    "EC JWK": b'{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}',
    "Edwards-curve JWK": b'{"kty": "OKP"}',
    "symmetric JWK": b'{"kty": "oct"}',
    "unknown JWK": b'{"kty": ["\\n\\udcff"]}',
    "EC 7F49": tlv(0x7F49, tlv(0x86, b"\x04" + bytes(64))),
    "Ed25519": ED.private_bytes(DER, ser.PrivateFormat.PKCS8, OPEN),
    "DSA": pkcs1(0, 23, 11, 2, 4, 5),
}


@pytest.mark.parametrize("kind", OTHER_KEYS)
def test_a_key_of_another_kind_is_named(kind: str):
    assert f"{kind.split(maxsplit=1)[0]} key; only RSA keys are judged here" in told(
        OTHER_KEYS[kind]
    )


def test_a_dsa_key_in_a_public_container_is_named():
    algorithm = tlv(0x30, tlv(0x06, bytes.fromhex("2a8648ce380401")))
    assert "a DSA key" in told(tlv(0x30, algorithm + tlv(0x03, b"\x00" + der_int(5))))


NO_KEYS = [
    (PRIVATE.private_bytes(PEM, ser.PrivateFormat.PKCS8, SECRET), "k: is encrypted"),
    (PRIVATE.private_bytes(DER, ser.PrivateFormat.PKCS8, SECRET), "k: is encrypted"),
    (PRIVATE.private_bytes(PEM, ser.PrivateFormat.TraditionalOpenSSL, SECRET), "is encrypted"),
    (PRIVATE.private_bytes(PEM, ser.PrivateFormat.OpenSSH, OPEN), "ssh-keygen -p -m PEM"),
    (b"", "k: is empty"),
    (b"\n \n", "k: is empty"),
    (b"# keys of the year\n", "is none of PEM, DER, JWK, 7F49 or a list of moduli"),
    (b"\x89PNG\r\n\x1a\n", "is none of PEM, DER, JWK, 7F49 or a list of moduli"),
    (b'{"keys": []}', "k: holds no key"),
    (b"n,e\n", "k: holds no key"),
    (b"[1]", "member kty is missing"),
    (b'{"kty": "RSA", "n": "AQAB"}', "without member e"),
    (b'{"kty": "RSA", "n": "A+/B", "e": "AQAB"}', "member n is no base64url"),
    (b'{"kty": "RSA", "n": "AQABA", "e": "AQAB"}', "member n is cut short"),
    (b'{"kty": "RSA", "n": "AAAA", "e": "AQAB"}', "the modulus is zero"),
    (b"[" * 100_000, "is no JSON"),
    (pkcs1(0, 65_537), "the modulus is zero"),
    (pkcs1(-PUBLIC.n, 65_537), "the modulus is negative; DER wants 00 before"),
    (b"\x30\x03\x02\x05\x01", "byte 2: cut short, 5 bytes are announced and 1 are there"),
    (b"\x30\x82\x01", "byte 0: cut short within its length"),
    (b"\x30\x85" + bytes(9), "byte 0: a length field of 5 bytes"),
    (tlv(0x7F49, b"\x1f\xff\xff\x01\x00"), "byte 3: a tag of more than 3 bytes"),
    (b"\x30\x84\x00\x40\x00\x01" + bytes((1 << 22) + 1), "k: is larger than 4 MiB"),
    (spki(pkcs1(PUBLIC.n, 3), unused=4), "no whole number of bytes"),
    (spki(spki(pkcs1(PUBLIC.n, 3))), "holds no RSA key of PKCS #1"),
    (spki(tlv(0x30, b"\x02\x09\x05")), "byte 22: cut short, 9 bytes are announced and 1 are there"),
    (spki(pkcs1(PUBLIC.n, 3) * 2), "holds no RSA key of PKCS #1"),
    (WRITTEN["SPKI PEM"][0][:-9], "PUBLIC KEY has no END line: cut short"),
    (b"\x30\x80\x02\x01\x05\x02\x01\x03\x00\x00", "indefinite form"),
    (tlv(0x30, b"\x02\x00\x02\x01\x03"), "an INTEGER without content"),
    (tlv(0x7F49, tlv(0x81, b"\x05")), "7F49 without data object 82"),
    (b"-----BEGIN PUBLIC KEY-----\n****\n-----END PUBLIC KEY-----\n", "is no base64"),
    (b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "k: is empty"),
    (b"-----BEGIN DH PARAMETERS-----\nMAA=\n-----END DH PARAMETERS-----\n", "holds no key"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "what"), NO_KEYS, ids=[what for _, what in NO_KEYS])
def test_what_is_no_key_is_one_line_with_a_remedy(content: bytes, what: str):
    line = told(content)
    assert what in line
    assert line.startswith("k")
    assert "\n" not in line
    line.encode("utf-8")


def test_unsound_keys_are_read_and_left_to_the_validator():
    numbers = (PUBLIC.n, 0, -5, 4, 0, 1, 2, 3)
    (key,) = read(pkcs1(0, *numbers))
    assert key == RsaKey("k", *numbers)
    multi_prime = tlv(0x30, b"".join(map(der_int, (1, *numbers))) + tlv(0x30, b""))
    assert read(multi_prime) == [key]


def test_no_private_number_stands_in_a_line_or_in_a_repr():
    broken = pkcs1(0, -PUBLIC.n, PUBLIC.e, *(getattr(WHOLE, name) for name in "dpq"), 1, 1, 1)
    assert str(WHOLE.d) not in told(broken)
    assert str(WHOLE.p) not in repr(WHOLE)
    secret = f"n,d\n{PUBLIC.n:x},{WHOLE.d:x}zz\n".encode()
    assert f"{WHOLE.d:x}" not in told(secret)


def test_each_block_of_a_file_is_a_key_of_its_own_or_told():
    blocks = [
        WRITTEN["SPKI PEM"][0],
        OTHER_KEYS["EC PKCS #8"],
        WRITTEN["certificate PEM"][0].replace(b"-----END CERTIFICATE-----\n", b""),
        b"Bag Attributes\n  friendlyName: test\n",
        WRITTEN["PKCS #1 PEM"][0].replace(b"\n", b"\r\n"),
    ]
    first, second, third, fourth = read(b"".join(blocks))
    assert first == replace(PUBLIC, subject="k, block 1")
    assert str(second).startswith("k, block 2: holds an EC key")
    assert str(third).startswith("k, block 3: CERTIFICATE has no END line")
    assert fourth == replace(WHOLE, subject="k, block 4")


NEGATIVE = (
    "the modulus is negative; DER wants 00 before a first byte of 80 and more, so correct what "
    "wrote it"
)


@pytest.mark.parametrize(
    ("between", "what"),
    [
        (b"-----BEGIN PUBLIC KEY----\n", "a line begins like one of PEM but is none"),
        (b"-----BEG", "a line begins like one of PEM but is none"),
        (b"--", "cut short within its first line"),
        (b"-----", "cut short within its first line"),
        (b"-----\n", None),
        (b"--- the end ---\n", None),
    ],
)
def test_what_stands_behind_a_block_is_text_unless_it_looks_like_a_block(
    between: bytes, what: str | None
):
    first, *others = read(WRITTEN["SPKI PEM"][0] + between)
    assert isinstance(first, RsaKey)
    assert len(others) == (what is not None)
    assert all(what in str(one) for one in others if what)


def test_a_block_of_any_length_is_not_held(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pem, "LARGEST", 1 << 20)
    lines = b"A" * 64 + b"\n"
    first, second = read(
        b"-----BEGIN X-----\n" + lines * 20_000 + b"-----END X-----\n" + WRITTEN["SPKI PEM"][0]
    )
    assert str(first) == "k, block 1: is larger than 1 MiB; no key is, so leave it out"
    assert isinstance(second, RsaKey)


def test_headers_of_a_block_are_passed_over():
    content, key = WRITTEN["PKCS #1 PEM"]
    first, rest = content.split(b"\n", 1)
    assert read(first + b"\nComment: a key for tests\n\n" + rest) == [key]


def test_a_list_that_names_a_column_twice_names_none():
    first, _ = read(f"n,modulus\n{N},3\n".encode())
    assert str(first).startswith("k, line 1: column n is no hexadecimal number")


N = f"{PUBLIC.n:X}"


WAYS = [
    (N, 65_537),
    (f"\ufeff{N}", 65_537),
    (f"0x{N.lower()}", 65_537),
    (f"00{N}\r\n", 65_537),
    (f"{N},65537", 65_537),
    (f"{N};10001", 65_537),
    (f"{N}\t010001", 65_537),
    (f"{N} 0x3", 3),
    (f'"{N}","17"', 17),
    (f"{N},-3", -3),
    (f"\ufeffModulus,Public Exponent\n{N},3", 3),
    (f"id;e;n;t1\n17;3;{N};0.25", 3),
    (f"# 鍵の一覧\n\n  {N},3", 3),
    (f"n\n{N}", 65_537),
]


@pytest.mark.parametrize(("text", "exponent"), WAYS, ids=range(len(WAYS)))
def test_a_list_may_be_written_in_many_ways(text: str, exponent: int):
    (key,) = read(text.encode())
    assert isinstance(key, RsaKey)
    assert (key.n, key.e) == (PUBLIC.n, exponent)


def test_a_collection_of_a_target_is_read(tmp_path: Path):
    """Columns as ``collect keys`` writes them, its record beside them, and a comma in a name."""
    line = f'1,"Maker, model",keygen user,1.5,0.25,1,{N.lower()},0x10001,7f4981'
    names = "key,product,operation,began,seconds,power_cycle,n,e,template"
    (tmp_path / "keys.csv").write_text(f"{names}\n{line}\n", encoding="ascii")
    (tmp_path / "provenance.json").write_text('{"keys": 1}', encoding="ascii")
    found = read_keys(tmp_path)
    assert found.troubles == ()
    assert [(key.n, key.e) for key in found.keys] == [(PUBLIC.n, PUBLIC.e)]


def test_a_list_with_private_columns_gives_private_keys():
    (key,) = read(f"n,e,d,p,q\n{N},10001,{WHOLE.d:x},{WHOLE.p:x},{WHOLE.q:x}\n".encode())
    assert key == RsaKey("k, line 2", PUBLIC.n, PUBLIC.e, WHOLE.d, WHOLE.p, WHOLE.q)


def test_a_broken_line_is_named_by_its_number_and_the_others_are_read():
    lines = ["n,e", N, "", f"{N[:-1]}g,3", "# comment", f"{N},3", f"{N},", "0,3", f"-{N}", ",3"]
    found = read("\n".join(lines).encode())
    assert [str(one) for one in found if isinstance(one, Trouble)] == [
        "k, line 4: column n is no hexadecimal number; correct or remove the line",
        "k, line 8: the modulus is zero; take the key from its source again",
        f"k, line 9: {NEGATIVE}",
        "k, line 10: holds no modulus; correct or remove it",
    ]
    keys = [one for one in found if isinstance(one, RsaKey)]
    assert [key.subject for key in keys] == ["k, line 2", "k, line 6", "k, line 7"]
    assert [key.e for key in keys] == [65_537, 3, 65_537]


def test_a_line_without_end_is_one_line_and_the_numbers_go_on(tmp_path: Path):
    file = tmp_path / "k"
    file.write_bytes(N.encode() + b"\n" + b"A" * 3_000_000 + b"\n" + N.encode())
    found = read_keys(file)
    assert [key.subject for key in found.keys] == ["k, line 1", "k, line 3"]
    assert found.troubles == ("k, line 2: is longer than 65,536 characters; put one key on a line",)


def test_a_list_of_any_length_is_read_one_by_one(tmp_path: Path):
    """Lines on both sides of every place where the file is read in pieces."""
    moduli = [PUBLIC.n + 2 * step for step in range(2_000)]
    file = tmp_path / "k"
    file.write_text("".join(f"{n:x}\r\n" for n in moduli), encoding="ascii")
    found = [key for key in each_key(file) if isinstance(key, RsaKey)]
    assert [key.n for key in found] == moduli
    assert found[-1].subject == "k, line 2000"


def test_many_broken_lines_are_counted(tmp_path: Path):
    file = tmp_path / "k"
    file.write_bytes(N.encode() + b"\n" + b"x\n" * 1_000)
    found = read_keys(file)
    assert len(found.keys) == 1
    assert len(found.troubles) == MOST_TROUBLES + 1
    assert found.troubles[-1] == "k: 900 more places that cannot be read; the first are above"


def test_a_folder_is_read_file_by_file(tmp_path: Path):
    for name, content in (("b/k.pem", "SPKI PEM"), ("a/k.pem", "PKCS #1 DER")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(WRITTEN[content][0])
    (tmp_path / ".hidden").write_bytes(b"x")
    (tmp_path / "README").write_bytes(b"Keys for a test.\n")
    found = read_keys(tmp_path)
    assert [key.subject for key in found.keys] == ["a/k.pem", "b/k.pem"]
    assert [line.split(":")[0] for line in found.troubles] == ["README"]
    assert [name for _, name in files_in([tmp_path / "a", tmp_path / "README"])] == [
        "k.pem",
        "README",
    ]


def test_a_name_that_no_terminal_prints_is_one_line_all_the_same(tmp_path: Path):
    (tmp_path / "a\nb\udcff").write_bytes(b"x")
    (line,) = read_keys(tmp_path).troubles
    assert line.startswith("a?b?: is none of PEM")
    line.encode("utf-8")


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    (line,) = read_keys(tmp_path / "none.pem").troubles
    assert line == (
        "none.pem: cannot be read (No such file or directory); check path and permissions"
    )
    (tmp_path / "empty").mkdir()
    assert "is a folder without files" in read_keys(tmp_path / "empty").troubles[0]


BEGINNINGS = [b"", b"0\x82", b"\x7fI", b"{", b"n\n", b"-----BEGIN A-----\n"]
START = st.sampled_from([content for content, _ in WRITTEN.values()])


@STEADY
@given(
    data=st.binary(max_size=300), before=st.sampled_from([b"", b"0\x82", b"\x7fI", b"{", b"n\n"])
)
def test_no_bytes_whatever_make_it_fail(data: bytes, before: bytes):
    assert read(before + data)


@STEADY
@given(whole=START, place=st.floats(0, 1, exclude_max=True), other=st.binary(max_size=4))
def test_no_change_to_a_file_makes_it_fail(whole: bytes, place: float, other: bytes):
    at = int(place * len(whole))
    found = read(whole[:at] + other + whole[at + len(other) :])
    assert found
    assert all("\n" not in str(one) for one in found if isinstance(one, Trouble))


@STEADY
@given(numbers=st.lists(st.integers(-(1 << 600), 1 << 600), min_size=8, max_size=8))
def test_any_numbers_in_pkcs1_are_read_as_they_are(numbers: list[int]):
    n, e, d, p, q, dp, dq, qinv = numbers
    (found,) = read(pkcs1(0, abs(n) + 1, *numbers[1:]))
    assert found == RsaKey("k", abs(n) + 1, e, d, p, q, dp, dq, qinv)
