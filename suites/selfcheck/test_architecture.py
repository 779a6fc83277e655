"""The house rules that a machine can hold: floors, the wall, pure judges, one word for a fault."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reports.detection import AROUND_THE_CARD

ROOT = Path(__file__).resolve().parents[2]
ADAPTER = re.compile(r"fixtures/targets/reference(_\w+)?\.py")  # the card, and what is around it
ROOMS = ("fixtures", "steps", "suites", "reports", "reference_impl")
IMPURE = {"pytest", "time", "datetime", "random", "socket", "subprocess", "os", "pathlib"}
PURE_ROOMS = {
    "suites/rsa_keys": """
        validator criteria primality factoring messages public_validation auxiliary_primes profile
        battery check fermat near patterns sanity smoothness sparse structure roca unseeded divisor
        blocklist population batch_gcd modulus_law residues shared_primes common_structure
        signature_judge ordinance procedure der containers pem jwk moduli_csv legal_laws sieve
        seed_bounds kolmogorov remarked
        """,
    "suites/timing": """
        series summary products signing order breakdown distributions gamma_law keygen_model leakage
        welch apart declared touch
        """,
    "suites/capacity": "cap_file containers load_blocks",
    "suites/services": "flow_model agreement residue cut_table",
    "suites/certificates": "profile attributes answers lists lifetime",
    "suites/coexistence": "conflicts",
    "suites/access_control": "rules model commands cases dump",
    "suites/turnaround": "table judges outliers schedule charts setup",
    "suites/access_source": "model policy forged",
    "suites/platform": "life_cycle_model content_model",
    "suites/contactless": """
        crc trace pcap proxmark observed activation_rules block_rules link_judge negotiation
        atr_type proportions positions position_judges matrix firmware criteria old_rule
        capture capture_words pcap_reading proxmark_list link_segments
        transcript_frames on_air touches touch_types
        """,
}
PURE_JUDGES = (
    "suites/applet/model.py",
    "suites/applet/signatures.py",
    "suites/selfcheck/trace.py",
    "reports/verdicts.py",
    "fixtures/verdict.py",
    *(f"{room}/{name}.py" for room, names in PURE_ROOMS.items() for name in names.split()),
)


def modules(room: str) -> list[Path]:
    return sorted(path for path in (ROOT / room).rglob("*.py") if "__pycache__" not in path.parts)


def imports(path: Path) -> set[str]:
    """Full names of the modules a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms_imported(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)} & set(ROOMS)


def here(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules("reference_impl"), ids=here)
def test_the_reference_knows_nobody(path: Path):
    assert rooms_imported(path) <= {"reference_impl"}, "a shared codec would hide a shared mistake"


@pytest.mark.parametrize(
    "path",
    [p for room in ("fixtures", "steps", "suites", "reports") for p in modules(room)],
    ids=here,
)
def test_only_the_adapter_knows_the_reference(path: Path):
    if not ADAPTER.fullmatch(here(path)):
        assert "reference_impl" not in rooms_imported(path), (
            "the tester knows the implementation only through the wire"
        )


@pytest.mark.parametrize("path", modules("fixtures"), ids=here)
def test_the_test_bed_stands_on_nothing(path: Path):
    allowed = {"fixtures", "reference_impl"} if ADAPTER.fullmatch(here(path)) else {"fixtures"}
    assert rooms_imported(path) <= allowed, "imports point down only"


@pytest.mark.parametrize("path", [p for r in ("steps", "suites") for p in modules(r)], ids=here)
def test_what_judges_a_target_does_not_know_the_reports(path: Path):
    if not here(path).startswith(("suites/detection/", "suites/selfcheck/")):
        assert "reports" not in rooms_imported(path), "reports read findings, never the reverse"


@pytest.mark.parametrize("room", ["applet", "chip", "platform"])
def test_the_card_is_built_without_what_is_around_it(room: str):
    around = {f"reference_impl.{name}" for name in AROUND_THE_CARD}
    for path in modules(f"reference_impl/{room}"):
        known = {".".join(name.split(".")[:2]) for name in imports(path)}
        assert not known & around, "detection leaves out what a fault around the card cannot reach"


@pytest.mark.parametrize("name", PURE_JUDGES)
def test_judges_are_pure(name: str):
    used = {module.split(".")[0] for module in imports(ROOT / name)}
    assert not used & IMPURE, "the same judge serves a live target, a file and a re-judging"


@pytest.mark.parametrize("path", [p for r in ("steps", "suites") for p in modules(r)], ids=here)
def test_no_fault_is_named_outside_detection(path: Path):
    if here(path).startswith(("suites/detection/", "suites/selfcheck/")):
        return
    from fixtures.targets.reference import known_faults  # noqa: PLC0415

    text = path.read_text(encoding="utf-8")
    named = [name for name in known_faults() if f'"{name}"' in text or f"'{name}'" in text]
    assert not named, "a test that knows the fault it looks for proves nothing"


@pytest.mark.parametrize(
    "path",
    [p for p in modules("reference_impl") if "faults" not in p.parts],
    ids=here,
)
def test_the_reference_shows_no_trace_of_its_faults(path: Path):
    assert not any("faults" in name for name in imports(path)), "a fault is built in from outside"


def test_requirement_tags_stand_on_scenarios_only():
    """A tag on a Feature is inherited, and a scenario that does not apply would pollute it."""
    for path in (ROOT / "features").rglob("*.feature"):
        head = path.read_text(encoding="utf-8").split("Feature:")[0]
        assert "@" not in head, f"{here(path)}: tags before Feature:"


def test_every_scenario_has_an_english_and_a_japanese_title():
    for path in (ROOT / "features").rglob("*.feature"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.match(r"\s*(Scenario( Outline)?|Feature):", line):
                assert re.search(r"[A-Za-z].* / .*[぀-ヿ一-鿿]", line), (
                    f"{here(path)}: {line.strip()}"
                )


def test_the_lock_names_no_host():
    for lock in ROOT.glob("*.lock"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, f"{lock.name} names a download host"
        assert "--hash=sha256:" in text, f"{lock.name} pins no hash"


def test_the_reference_runs_without_the_tester():
    """In a fresh interpreter, importing the reference loads nothing of ours but itself."""
    code = (
        "import sys, reference_impl.parts, reference_impl.faults;"
        f"print([r for r in {ROOMS!r} if r in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['reference_impl']"
