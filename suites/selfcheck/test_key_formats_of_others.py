"""The key files that come with the tests of ``cryptography``, read by both: the same numbers.

Both directions count: a key that only the library reads is a gap here, and one that only we read
is listed below with the reason why the library refuses it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from suites.rsa_keys.formats import read_keys
from suites.rsa_keys.key import RsaKey

vectors = pytest.importorskip("cryptography_vectors", reason="NOT_RUN: not installed")
ROOT = Path(vectors.__file__).parent
SUFFIXES = {".pem", ".der", ".crt", ".key", ".pub", ".csr", ".cer"}
LARGEST = 200_000  # bytes; larger ones are lists of revoked certificates
ONLY_OURS = {
    "dhp.der": "parameters of DH are two numbers, as a public key of PKCS #1 is",
    "wrong-pem-delimiter-rsa.pem": "a label is not what a block is known by",
    "rsa-wrong-version.pem": "the version number of PKCS #1 says nothing of the key",
    "invalid_version.pem": "of a certificate only the key is taken",
}
FEWEST = 500  # keys that both read


def library(content: bytes) -> Iterator[object]:
    """Whatever the library makes of a file, by every loader it has, without its checks."""
    loaders: tuple[Callable[[], object], ...] = (
        lambda: ser.load_pem_private_key(content, None, unsafe_skip_rsa_key_validation=True),
        lambda: ser.load_der_private_key(content, None, unsafe_skip_rsa_key_validation=True),
        lambda: ser.load_pem_public_key(content),
        lambda: ser.load_der_public_key(content),
        lambda: x509.load_pem_x509_certificate(content).public_key(),
        lambda: x509.load_der_x509_certificate(content).public_key(),
        lambda: x509.load_pem_x509_csr(content).public_key(),
        lambda: x509.load_der_x509_csr(content).public_key(),
    )
    for load in loaders:
        try:
            yield load()
        except Exception:
            continue


def numbers(key: object) -> tuple[int | None, ...] | None:
    if isinstance(key, RsaKey):
        return (key.n, key.e, key.d, key.p, key.q, key.dp, key.dq, key.qinv)
    if isinstance(key, RSAPublicKey):
        public = key.public_numbers()
        return (public.n, public.e, *[None] * 6)
    if isinstance(key, RSAPrivateKey):
        found = key.private_numbers()
        public = found.public_numbers
        return (public.n, public.e, found.d, found.p, found.q, found.dmp1, found.dmq1, found.iqmp)
    return None


def test_both_read_the_same_numbers():
    files = [
        file
        for folder in ("asymmetric", "x509")
        for file in sorted((ROOT / folder).rglob("*"))
        if file.suffix in SUFFIXES and file.stat().st_size < LARGEST
    ]
    both, ours = 0, set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of old formats
        for file in files:
            theirs = {numbers(key) for key in library(file.read_bytes())} - {None}
            read = {numbers(key) for key in read_keys(file).keys}
            assert theirs <= read, file
            both += bool(theirs)
            if read and not theirs:
                ours.add(file.name)
    assert ours == set(ONLY_OURS)
    assert both >= FEWEST
