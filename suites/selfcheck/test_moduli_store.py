"""Moduli compared block by block: the same answer as all at once, whatever happens in between."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
from pathlib import Path

import gmpy2  # type: ignore[import-untyped]
import pytest

from fixtures.outcome import UsageError
from suites.rsa_keys.key import Remark
from suites.rsa_keys.moduli_store import Compared, ModuliStore
from suites.rsa_keys.shared_primes import duplicates, shared_factors

BITS = 512  # of a modulus
BLOCK = 7  # keys
ROOT = Path(__file__).resolve().parents[2]


def drawn_moduli(count: int, seed: int) -> list[int]:
    """Some equal, some with a prime in common, over all distances."""
    draw = random.Random(seed)

    def prime() -> int:
        return int(gmpy2.next_prime(draw.getrandbits(BITS // 2 - 2) | 3 << BITS // 2 - 2))

    found = [prime() * prime() for _ in range(count)]
    common = prime()
    found[2], found[count - 1] = common * prime(), common * prime()
    found[9] = found[count // 2]
    found[4], found[5] = found[4] * 1, gmpy2.gcd(found[2], common) * prime()
    return [int(n) for n in found]


def write(file: Path, moduli: list[int]) -> Path:
    file.write_text("".join(f"{n:x}\n" for n in moduli), encoding="ascii")
    return file


def told(found: tuple[Remark, ...]) -> set[tuple[str, str, str, int | None]]:
    return {(r.criterion, r.subject, r.reason, r.factor) for r in found}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    moduli = drawn_moduli(40, 1)
    return [
        write(tmp_path / "a.csv", moduli[:18]),
        write(tmp_path / "b.csv", moduli[18:19]),
        write(tmp_path / "c.csv", moduli[19:]),
    ]


def compared(folder: Path, files: list[Path], block: int = BLOCK) -> Compared:
    return ModuliStore(folder, block).compare(files)


@pytest.mark.parametrize("block", [1, 2, BLOCK, 39, 40, 1_000])
def test_blocks_find_what_is_found_at_once(tmp_path: Path, files: list[Path], block: int):
    found = compared(tmp_path / "state", files, block)
    moduli = drawn_moduli(40, 1)
    assert found.keys == 40
    assert found.blocks == -(-40 // block)
    subjects = {r.subject for r in found.remarks if r.criterion == "duplicate"}
    (equal,) = duplicates(moduli)
    assert len(subjects) == len(equal.places) == 2
    factors = {r.factor for r in found.remarks if r.criterion == "shared-prime"}
    assert factors == {group.factor for group in shared_factors(moduli)}
    assert told(found.remarks) == told(compared(tmp_path / "other", files, 1_000).remarks)


def test_remarks_name_file_and_line(tmp_path: Path, files: list[Path]):
    found = compared(tmp_path / "state", files)
    pair = {r.subject for r in found.remarks if r.criterion == "duplicate"}
    assert pair == {"a.csv, line 10", "c.csv, line 2"}


def test_a_second_run_computes_nothing_and_says_the_same(tmp_path: Path, files: list[Path]):
    first = compared(tmp_path / "state", files)
    steps: list[str] = []
    second = ModuliStore(tmp_path / "state", BLOCK).compare(files, steps.append)
    assert (first.reused, second.reused) == (0, 6)
    assert told(first.remarks) == told(second.remarks)
    assert not [step for step in steps if step.startswith("block")]


def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path, files: list[Path]):
    """Shared primes lie in it."""
    before = os.umask(0)
    try:
        compared(tmp_path / "state", files)
        (tmp_path / "made before").mkdir()
        compared(tmp_path / "made before", files)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    kept = [*(tmp_path / "state").iterdir(), *(tmp_path / "made before").iterdir()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}


class KilledError(BaseException):
    """Stands for a power cut: nothing catches it."""


@pytest.mark.parametrize("after", range(1, 22, 3))
def test_a_run_that_stops_anywhere_is_gone_on_with(tmp_path: Path, files: list[Path], after: int):
    left = iter(range(after))

    def cut(_: str) -> None:
        if next(left, None) is None:
            raise KilledError

    with pytest.raises(KilledError):
        ModuliStore(tmp_path / "state", BLOCK).compare(files, cut)
    resumed = compared(tmp_path / "state", files)
    assert told(resumed.remarks) == told(compared(tmp_path / "other", files).remarks)


def test_a_process_that_was_killed_is_gone_on_with(tmp_path: Path, files: list[Path]):
    program = (
        "import sys, pathlib\n"
        "from suites.rsa_keys.moduli_store import ModuliStore\n"
        "folder, *files = map(pathlib.Path, sys.argv[1:])\n"
        "def told(what):\n"
        "    print(what, flush=True)\n"
        "    if what.startswith('block 4 with'):\n"
        "        sys.stdin.read()\n"  # until the end
        f"ModuliStore(folder, {BLOCK}).compare(files, told)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "state"), *map(str, files)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("block 4 with"):
                process.kill()
                break
    assert process.returncode == -signal.SIGKILL
    resumed = compared(tmp_path / "state", files)
    assert resumed.reused == 3
    assert told(resumed.remarks) == told(compared(tmp_path / "other", files).remarks)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "gone", "another"])
@pytest.mark.parametrize("kind", ["json", "product"])
def test_a_damaged_record_is_a_block_not_yet_done(
    tmp_path: Path, files: list[Path], kind: str, damage: str
):
    whole = compared(tmp_path / "state", files)
    first, second, *_ = sorted((tmp_path / "state").glob(f"*.{kind}"))
    content = first.read_bytes()
    if damage == "gone":
        first.unlink()
    else:
        first.write_bytes(
            {
                "cut": content[: len(content) // 2],
                "flipped": bytes([content[0] ^ 1]) + content[1:],
                "empty": b"",
                "another": second.read_bytes(),
            }[damage]
        )
    again = compared(tmp_path / "state", files)
    assert again.reused == 5
    assert told(again.remarks) == told(whole.remarks)


def test_a_file_that_comes_later_meets_all_that_came_before(tmp_path: Path, files: list[Path]):
    compared(tmp_path / "state", files)
    moduli = drawn_moduli(40, 1)
    (shared, *_) = shared_factors(moduli)
    other = int(gmpy2.next_prime(3 << BITS // 2 - 2))
    more = write(tmp_path / "d.csv", [moduli[7], shared.factor * other])
    found = compared(tmp_path / "state", [*files, more])
    assert found.reused == 5  # the sixth block was not full
    concerned = {r.subject for r in found.remarks}
    assert {"d.csv, line 1", "d.csv, line 2", "a.csv, line 8"} <= concerned


def test_a_block_is_done_again_when_one_before_it_changed(tmp_path: Path, files: list[Path]):
    compared(tmp_path / "state", files)
    changed = drawn_moduli(40, 1)[:18]
    changed[8] = drawn_moduli(40, 2)[20]
    write(files[0], changed)
    assert compared(tmp_path / "state", files).reused == 1


def test_what_cannot_be_read_is_told_and_the_rest_compared(tmp_path: Path, files: list[Path]):
    lines = files[0].read_text().splitlines()
    files[0].write_text("\n".join([*lines[:3], "what is this", "0", "-7", *lines[3:]]))
    found = compared(tmp_path / "state", [*files, tmp_path / "nowhere.csv"])
    assert found.keys == 40
    assert len([t for t in found.troubles if t.startswith("a.csv, line")]) == 3
    assert any("nowhere.csv" in trouble for trouble in found.troubles)


def test_clean_keys_say_what_they_bound(tmp_path: Path):
    draw = random.Random(3)

    def prime() -> int:
        return int(gmpy2.next_prime(draw.getrandbits(256) | 3 << 254))

    file = write(tmp_path / "k.csv", [prime() * prime() for _ in range(20)])
    found = compared(tmp_path / "state", [file])
    assert found.remarks == ()
    assert len(found.bounds) == 2


def test_keys_of_many_lengths_say_nothing_of_a_seed(tmp_path: Path):
    moduli = [int(gmpy2.next_prime(3 << bits)) for bits in range(500, 540)]
    found = compared(tmp_path / "state", [write(tmp_path / "k.csv", moduli)])
    assert all("too few of 40 lengths" in bound for bound in found.bounds)
    assert len(found.bounds) == 2


def test_nothing_to_compare_is_no_error(tmp_path: Path):
    found = compared(tmp_path / "state", [write(tmp_path / "k.csv", [])])
    assert (found.keys, found.remarks, found.bounds) == (0, (), ())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, files: list[Path]):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(UsageError, match="state: cannot be written"):
        compared(tmp_path / "state", files)


def test_files_that_change_meanwhile_are_noticed(tmp_path: Path, files: list[Path]):
    def change(step: str) -> None:
        if step.startswith("keys that"):
            write(files[2], drawn_moduli(40, 1)[25:])

    with pytest.raises(UsageError, match="changed while they were read"):
        ModuliStore(tmp_path / "state", BLOCK).compare(files, change)
