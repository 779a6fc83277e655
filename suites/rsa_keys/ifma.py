"""Montgomery's multiplication in eight lanes, for processors with AVX-512 IFMA; see ``lanes``.

Imported only where the processor has these instructions: elsewhere it would not compile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numpy.typing import NDArray

LANES = 8
WORDS = 20
WORD_BITS = 52
WINDOW = 5
NAME = "montgomery_multiply"
VECTOR = ir.VectorType(ir.IntType(64), LANES)


def _typed(_: Any, out: Any, a: Any, b: Any, modulus: Any) -> Any:
    """out = a * b / R modulo n, from the addresses of rows of words; ``out`` may be a or b.

    ``modulus`` has one row more: -1 / n modulo 2**52.
    """
    return types.void(types.intp, types.intp, types.intp, types.intp), _emit


def _emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    builder.call(_function(builder.module), args)
    return context.get_dummy_value()


def _function(module: Any) -> Any:
    """One function of its own for all calls, so that the stack is aligned for its vectors."""
    if NAME in module.globals:
        return module.globals[NAME]
    kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * 4)
    function = ir.Function(module, kind, NAME)
    function.linkage = "internal"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    _write(builder, *(builder.inttoptr(arg, VECTOR.as_pointer()) for arg in function.args))
    builder.ret_void()
    return function


def _write(builder: Any, out: Any, a: Any, b: Any, modulus: Any) -> None:
    """One turn for each word of b: add a * b[i], then the multiple of n that clears word 0."""
    low, high = (_multiply_add(builder.module, half) for half in "lh")
    factor = _load(builder, modulus, WORDS)
    zero, bits = _every(0), _every(WORD_BITS)
    rows_a = [_load(builder, a, at) for at in range(WORDS)]
    rows_n = [_load(builder, modulus, at) for at in range(WORDS)]

    before = builder.block
    turn = builder.append_basic_block("turn")
    done = builder.append_basic_block("done")
    builder.branch(turn)
    builder.position_at_end(turn)
    at = builder.phi(ir.IntType(64))
    at.add_incoming(ir.Constant(ir.IntType(64), 0), before)
    total = [builder.phi(VECTOR) for _ in range(WORDS)]
    for word in total:
        word.add_incoming(zero, before)

    digit = builder.load(builder.gep(b, [at]), align=64)
    now = [builder.call(low, [t, x, digit]) for t, x in zip(total, rows_a, strict=True)]
    multiple = builder.call(low, [zero, now[0], factor])
    now = [builder.call(low, [t, multiple, x]) for t, x in zip(now, rows_n, strict=True)]
    carry = builder.lshr(now[0], bits)
    now = [*now[1:], zero]  # divided by 2**52
    now[0] = builder.add(now[0], carry)
    now = [builder.call(high, [t, x, digit]) for t, x in zip(now, rows_a, strict=True)]
    now = [builder.call(high, [t, multiple, x]) for t, x in zip(now, rows_n, strict=True)]

    following = builder.add(at, ir.Constant(ir.IntType(64), 1))
    at.add_incoming(following, turn)
    for word, value in zip(total, now, strict=True):
        word.add_incoming(value, turn)
    more = builder.icmp_unsigned("<", following, ir.Constant(ir.IntType(64), WORDS))
    builder.cbranch(more, turn, done)
    builder.position_at_end(done)
    _store_carried(builder, out, now)


def _store_carried(builder: Any, out: Any, words: list[Any]) -> None:
    """Words of up to 64 bits as words of 52, each giving its rest to the next."""
    mask, bits = _every((1 << WORD_BITS) - 1), _every(WORD_BITS)
    carry = _every(0)
    for at, word in enumerate(words):
        whole = builder.add(word, carry)
        carry = builder.lshr(whole, bits)
        place = builder.gep(out, [ir.Constant(ir.IntType(64), at)])
        builder.store(builder.and_(whole, mask), place, align=64)


def _multiply_add(module: Any, half: str) -> Any:
    """c + the low or the high 52 bits of a * b."""
    name = f"llvm.x86.avx512.vpmadd52{half}.uq.512"
    if name in module.globals:
        return module.globals[name]
    return ir.Function(module, ir.FunctionType(VECTOR, [VECTOR] * 3), name)


def _load(builder: Any, rows: Any, at: int) -> Any:
    return builder.load(builder.gep(rows, [ir.Constant(ir.IntType(64), at)]), align=64)


def _every(value: int) -> ir.Constant:
    return ir.Constant(VECTOR, [value] * LANES)


_multiply: Any = intrinsic(_typed)


@numba.njit(cache=True, nogil=True)
def raise_all(
    result: NDArray[np.uint64],
    table: NDArray[np.uint64],
    digits: NDArray[np.uint8],
    modulus: NDArray[np.uint64],
) -> None:
    """result = base**exponent in every lane, all in Montgomery's form.

    ``table`` holds 1 and the base, and has room for 30 more powers; ``digits`` is the exponent to
    the base 32, the high one first; ``modulus`` has one row more, as in ``_typed``.
    """
    n, into = modulus.ctypes.data, result.ctypes.data
    for at in range(2, len(table)):
        _multiply(table[at].ctypes.data, table[at - 1].ctypes.data, table[1].ctypes.data, n)
    result[:] = table[digits[0]]
    for digit in digits[1:]:
        for _ in range(WINDOW):
            _multiply(into, into, into, n)
        if digit:
            _multiply(into, into, table[digit].ctypes.data, n)
