"""Estimates of SP 800-90B place by place, as the standard writes them: slow, and easy to check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Symbols = Sequence[int]


def elect(guesses: list[list[int | None]], truth: Symbols) -> list[bool]:
    """``guesses[i]``: what each sub-predictor expects of ``truth[i]``."""
    score, winner, right = [0] * len(guesses[0]), 0, []
    for expected, symbol in zip(guesses, truth, strict=True):
        right.append(expected[winner] == symbol)
        for n, guess in enumerate(expected):
            if guess == symbol:
                score[n] += 1
                if score[n] >= score[winner]:
                    winner = n
    return right


def multi_mcw(s: Symbols, windows: Sequence[int] = (63, 255, 1_023, 4_095)) -> list[bool]:
    """6.3.7; at equal counts the symbol that came last."""

    def commonest(window: Symbols) -> int:
        counts = Counter(window)
        most = max(counts.values())
        return next(x for x in reversed(window) if counts[x] == most)

    places = range(windows[0], len(s))
    return elect(
        [[commonest(s[i - w : i]) if i >= w else None for w in windows] for i in places],
        s[windows[0] :],
    )


def lag(s: Symbols) -> list[bool]:
    """6.3.8."""
    guesses = [[s[i - d] if i >= d else None for d in range(1, 129)] for i in range(1, len(s))]
    return elect(guesses, s[1:])


def multi_mmc(s: Symbols, orders: int = 16, entries: int = 100_000) -> list[bool]:
    """6.3.9; at equal counts the larger symbol."""
    counts: list[dict[tuple[int, ...], dict[int, int]]] = [{} for _ in range(orders + 1)]
    entered = [0] * (orders + 1)
    guesses: list[list[int | None]] = []
    for i in range(2, len(s)):
        found: list[int | None] = [None] * orders
        for d in range(1, min(orders, i) + 1):
            if i - d >= 1:
                x, y = tuple(s[i - d - 1 : i - 1]), s[i - 1]
                if y in counts[d].get(x, {}):
                    counts[d][x][y] += 1
                elif entered[d] < entries:
                    counts[d].setdefault(x, {})[y] = 1
                    entered[d] += 1
            known = counts[d].get(tuple(s[i - d : i]))
            if known:
                found[d - 1] = max(known, key=lambda y: (known[y], y))
        guesses.append(found)
    return elect(guesses, s[2:])


def lz78y(s: Symbols, entries: int = 65_536, pairs: bool = False) -> list[bool]:
    """6.3.10; ``pairs``: the limit counts pairs of prefix and symbol."""
    counts: dict[tuple[int, ...], dict[int, int]] = {}
    entered, right = 0, []
    for i in range(17, len(s)):
        for j in range(16, 0, -1):
            x, y = tuple(s[i - j - 1 : i - 1]), s[i - 1]
            if pairs:
                if y not in counts.get(x, {}):
                    if entered == entries:
                        continue
                    entered += 1
            elif x not in counts:
                if entered == entries:
                    continue
                entered += 1
            counts.setdefault(x, {})
            counts[x][y] = counts[x].get(y, 0) + 1
        most, guess = 0, None
        for j in range(16, 0, -1):
            known = counts.get(tuple(s[i - j : i]), {})
            if known and max(known.values()) > most:
                most = max(known.values())
                guess = max(known, key=lambda y: (known[y], y))
        right.append(guess == s[i])
    return right


def repeats(s: Symbols) -> tuple[list[int], list[int]]:
    """For each length from 1: the count of the commonest string, and the pairs that are equal."""
    most, pairs = [], []
    for length in range(1, len(s) + 1):
        counts = Counter(tuple(s[i : i + length]) for i in range(len(s) - length + 1))
        most.append(max(counts.values()))
        pairs.append(sum(c * (c - 1) // 2 for c in counts.values()))
    return most, pairs
