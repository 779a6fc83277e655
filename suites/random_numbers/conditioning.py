"""How much entropy is left after conditioning (SP 800-90B 3.1.5). Pure.

Computed with 400 digits: the terms differ by hundreds of powers of two.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

DIGITS = 400
NOT_VETTED = Decimal("0.999")  # of the output bits, at most (3.1.5.2)


def output_entropy(bits_in: int, bits_out: int, narrowest: int, entropy_in: float) -> Decimal:
    """h_out of a vetted component (3.1.5.1.2), bits.

    ``bits_in``, ``bits_out``: n_in and n_out; ``narrowest``: nw, the internal width;
    ``entropy_in``: h_in, bits, 0 < h_in <= n_in.
    """
    with localcontext() as context:
        context.prec = DIGITS
        two, one = Decimal(2), Decimal(1)
        high = two ** -Decimal(entropy_in)
        low = (one - high) / (two**bits_in - 1)
        width = min(bits_out, narrowest)
        spread = two ** (bits_in - width)
        bound = spread + (2 * width * spread * two.ln()).sqrt()
        worst = max(spread * low + high, bound * low)
        return +(-worst.ln() / two.ln())


def output_entropy_not_vetted(
    bits_in: int, bits_out: int, narrowest: int, entropy_in: float, measured: float
) -> Decimal:
    """h_out of any other component (3.1.5.2); ``measured``: h', bits a bit of its output."""
    return min(
        output_entropy(bits_in, bits_out, narrowest, entropy_in),
        NOT_VETTED * bits_out,
        Decimal(str(measured)) * bits_out,
    )
