"""The chip's AES engine: CMAC (NIST SP 800-38B), single blocks and CBC (SP 800-38A)."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK_BYTES = 16


def mac(key: bytes, *parts: bytes) -> bytes:
    """The CMAC of all parts, one after the other; 16 bytes."""
    engine = CMAC(algorithms.AES(key))
    for part in parts:
        engine.update(part)
    return engine.finalize()


def one_block(key: bytes, plain: bytes) -> bytes:
    engine = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return engine.update(plain) + engine.finalize()


def cbc_encrypted(key: bytes, vector: bytes, plain: bytes) -> bytes:
    engine = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return engine.update(plain) + engine.finalize()


def cbc_decrypted(key: bytes, vector: bytes, ciphered: bytes) -> bytes:
    engine = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return engine.update(ciphered) + engine.finalize()
