"""A target is found by its name and refused in one line when it cannot be."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.ics.statement import REFERENCE_CARD_STATEMENT, REFERENCE_STATEMENT
from fixtures.outcome import BenchError, UsageError
from fixtures.targets.port import AccessPath
from fixtures.targets.reference import known_faults
from fixtures.targets.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fixtures.ics.statement import Statement

    Vendor = Callable[[str], str]

ATR, OK = b"\x3b\x00", b"\x90\x00"


class Bare:
    """A vendor's bench with nothing but reset and transmit."""

    def __init__(self, statement: Statement) -> None:
        self.maker = statement.target.maker

    def reset(self) -> bytes:
        return ATR

    def transmit(self, command: bytes, /) -> bytes:
        return command + OK


class Whole:
    """A vendor's bench that knows its access paths."""

    def open(self, path: AccessPath, /) -> Bare:
        raise ValueError(f"no reader for {path}")


@pytest.fixture
def ics(tmp_path: Path) -> Path:
    """A vendor's statement; its one path is the contact one."""
    text = REFERENCE_CARD_STATEMENT.read_text(encoding="utf-8")
    path = tmp_path / "ics.toml"
    one = text.replace('["contact", "contactless_b"]', '["contact"]')
    path.write_text(one.replace("literal:", "env:"), encoding="utf-8")
    return path


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """Writes a module that can be imported; returns its name."""
    name = "bench_of_some_vendor"
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(source: str) -> str:
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        return name

    yield write
    sys.modules.pop(name, None)


def refusal(target: Any, ics: Path | None, **options: Any) -> str:
    with pytest.raises(UsageError) as caught:
        resolve(target, ics, **options)
    line = str(caught.value)
    assert "\n" not in line
    return line


# --- the reference ------------------------------------------------------------------------


def test_the_reference_brings_its_own_statement():
    found = resolve("reference", None)
    assert (found.name, found.is_reference) == ("reference", True)
    assert found.statement_path == REFERENCE_STATEMENT
    assert found.statement.pixit.profile == "gpse"


def test_the_reference_takes_another_statement():
    found = resolve("reference", REFERENCE_CARD_STATEMENT)
    assert found.statement.pixit.profile == "card"


def test_the_reference_can_be_built_with_a_known_fault():
    assert resolve("reference", None, faults=(min(known_faults()),)).is_reference


def test_an_unknown_fault_is_refused():
    line = refusal("reference", None, faults=("no.such-fault",))
    assert line == "no fault 'no.such-fault'; `jpki-conformance faults --list` names them"


# --- what cannot be found -----------------------------------------------------------------


def test_an_unknown_target_is_refused(ics: Path):
    line = refusal("referense", ics)
    assert line.startswith("unknown target 'referense'; use reference, pcsc:READER, exec:PROGRAM")


@pytest.mark.parametrize("target", ["no_such_module:Bench", ":Bench", ".relative:Bench"])
def test_a_module_that_does_not_exist_is_refused(target: str, ics: Path):
    assert refusal(target, ics).startswith(f"target {target!r} cannot be imported: ")


@pytest.mark.parametrize("source", ["import no_such_driver", "raise OSError('no\\ndriver')", "def"])
def test_a_module_that_fails_when_imported_is_refused(source: str, ics: Path, vendor: Vendor):
    target = f"{vendor(source)}:Bench"
    assert refusal(target, ics).startswith(f"target {target!r} cannot be imported: ")


@pytest.mark.parametrize("attribute", ["Bench", ""])
def test_a_module_without_that_factory_is_refused(attribute: str, ics: Path, vendor: Vendor):
    target = f"{vendor('bench = 1')}:{attribute}"
    assert refusal(target, ics).startswith(f"target {target!r} cannot be imported: ")


def test_what_cannot_be_called_is_refused(ics: Path, vendor: Vendor):
    target = f"{vendor('bench = 1')}:bench"
    assert refusal(target, ics) == f"target {target!r} is not callable; name a factory or a class"


def test_a_target_without_a_statement_is_refused():
    line = refusal(Bare, None)
    assert line.startswith("target object: no capability statement; name one with --ics FILE")


def test_a_target_with_literal_secrets_is_refused():
    assert "[secrets] user_pin is a literal" in refusal(Bare, REFERENCE_STATEMENT)


def test_only_the_reference_can_be_built_with_faults(ics: Path):
    line = refusal(Bare, ics, faults=(min(known_faults()),))
    assert line == "--fault: only the reference can be built with faults"


# --- what a factory may make --------------------------------------------------------------


def test_a_bare_object_becomes_a_target_with_the_one_path_of_its_statement(ics: Path):
    with resolve(Bare, ics).open() as target:
        channel = target.open(AccessPath.CONTACT)
        assert channel.reset() == ATR
        assert channel.transmit(b"\x00") == b"\x00" + OK
        with pytest.raises(ValueError, match="this target has the one path contact"):
            target.open(AccessPath.CONTACTLESS_B)


def test_a_factory_in_a_module_gets_the_statement(ics: Path, vendor: Vendor):
    source = "from suites.selfcheck.test_resolve import Bare\nmake = Bare"
    found = resolve(f"{vendor(source)}:make", ics)
    assert (found.name, found.is_reference) == ("bench_of_some_vendor:make", False)
    with found.open() as target:
        channel = target.open(AccessPath.CONTACT)
        assert channel._inner.maker == "reference"  # type: ignore[attr-defined]


def test_a_bare_object_with_several_paths_is_refused(ics: Path):
    several = ics.read_text(encoding="utf-8").replace('["contact"]', '["contact", "internal"]')
    ics.write_text(several, encoding="utf-8")
    with pytest.raises(UsageError, match="name just that one"), resolve(Bare, ics).open():
        pass


def test_a_target_with_paths_is_taken_as_it_is(ics: Path):
    whole = Whole()
    with resolve(lambda _: whole, ics).open() as target:
        assert target._inner is whole  # type: ignore[attr-defined]


@pytest.mark.parametrize("made", [Whole, lambda: Bare(resolve("reference", None).statement)])
def test_a_context_manager_is_entered_and_left(made: Callable[[], object], ics: Path):
    told: list[str] = []

    @contextmanager
    def factory(_: Statement) -> Iterator[object]:
        told.append("connected")
        yield made()
        told.append("disconnected")

    with resolve(factory, ics).open() as target:
        assert told == ["connected"]
        assert hasattr(target, "open")
    assert told == ["connected", "disconnected"]


def test_a_factory_that_makes_something_else_is_refused(ics: Path):
    with (
        pytest.raises(UsageError, match="the factory made neither") as caught,
        resolve(lambda _: "a text", ics).open(),
    ):
        pass
    assert str(caught.value).startswith("target object: ")


def fails_at_once(_: Statement) -> object:
    raise OSError("no\nreader")


@contextmanager
def fails_when_entered(_: Statement) -> Iterator[object]:
    raise OSError("no\nreader")
    yield


@pytest.mark.parametrize("factory", [fails_at_once, fails_when_entered])
def test_a_factory_that_fails_is_the_benchs_fault(factory: Any, ics: Path):
    with pytest.raises(BenchError) as caught, resolve(factory, ics).open():
        pass
    assert str(caught.value) == "target object does not start: OSError: no reader"


def test_what_happens_while_a_target_is_open_is_not_its_start(ics: Path):
    with pytest.raises(ZeroDivisionError), resolve(Bare, ics).open():
        _ = 1 // 0


def test_a_factorys_own_words_about_the_fault_are_kept(ics: Path):
    def unplugged(_: Statement) -> object:
        raise BenchError("the reader is unplugged")

    with (
        pytest.raises(BenchError, match=r"^the reader is unplugged$"),
        resolve(unplugged, ics).open(),
    ):
        pass
