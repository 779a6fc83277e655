"""Named, deliberate defects of the reference.

A defect is a subclass that overrides one rule of a sound class. The sound class does not know
of it: there is no switch to read past, and no faulty branch in a clean build. A rule that is
renamed or removed takes its faults with it at import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial, wraps
from inspect import getdoc, isfunction
from typing import Any, TypeVar

from reference_impl.choice import Part

T = TypeVar("T")


@dataclass(frozen=True)
class Fault:
    """One entry of the catalogue."""

    name: str
    breaks: str  # the primary requirement; what else fails with it, the requirements tell
    gain: str  # what an attacker, or bad luck, makes of it
    mistake: str
    sound: type
    defect: type
    equivalent: str | None  # why no test can tell it from the sound chip; None: one must

    @property
    def room(self) -> str:
        """The room of the reference the broken rule lives in."""
        return self.sound.__module__.split(".")[1]


catalogue: dict[str, Fault] = {}


def fault(
    name: str, *, breaks: str, gain: str, equivalent: str | None = None
) -> Callable[[type[T]], type[T]]:
    """Register the decorated subclass as the defect ``name`` of its only base.

    Raises ValueError for a name that is taken or a mistake that is not described, TypeError
    for a defect that overrides nothing, or something its base does not have.
    """

    def register(defect: type[T]) -> type[T]:
        (sound,) = defect.__bases__
        mistake = vars(defect).get("__doc__") and getdoc(defect)
        if name in catalogue:
            raise ValueError(f"fault {name} is registered twice")
        if not mistake:
            raise ValueError(f"fault {name} does not say what the mistake is")
        if not rules(defect):
            raise TypeError(f"fault {name} overrides no rule of {sound.__name__}")
        if lost := rules(defect) - set(dir(sound)):
            raise TypeError(f"fault {name}: {sound.__name__} has no rule {', '.join(lost)}")
        catalogue[name] = Fault(name, breaks, gain, mistake, sound, defect, equivalent)
        return defect

    return register


def planted(names: Iterable[str]) -> Part:
    """A ``Part`` that builds the named defects in and leaves every other class alone.

    Raises KeyError for an unknown name, ValueError for two faults on one rule.
    """
    faults = [catalogue[name] for name in dict.fromkeys(names)]
    overridden = [(f.sound, rule) for f in faults for rule in rules(f.defect)]
    for sound, rule in overridden:
        if overridden.count((sound, rule)) > 1:
            raise ValueError(f"two faults change the rule {sound.__name__}.{rule}")

    def part(cls: type[T], /) -> type[T]:
        defects = [f.defect for f in faults if f.sound is cls]
        return type(cls.__name__, (*defects, cls), {}) if defects else cls

    return part


def rules(defect: type) -> set[str]:
    """The names a class overrides."""
    return {name for name in vars(defect) if not name.startswith("__")}


def watched(told: Callable[[str, str], None]) -> Part:
    """A sound ``Part`` that tells of every call of a rule some fault overrides.

    ``told`` gets the name of the class and of the rule, before the rule is followed. Rules that are
    no methods are not watched (``unwatched``).
    """

    def part(cls: type[T], /) -> type[T]:
        names = {rule for f in catalogue.values() if f.sound is cls for rule in rules(f.defect)}
        seen = {name: vars(cls).get(name, getattr(cls, name, None)) for name in names}
        telling = {
            name: _telling(rule, partial(told, cls.__name__, name))
            for name, rule in seen.items()
            if isfunction(rule)
        }
        return type(cls.__name__, (cls,), telling) if telling else cls

    return part


def _telling(rule: Callable[..., Any], tell: Callable[[], None]) -> Callable[..., Any]:
    @wraps(rule)
    def told(*args: Any, **kwargs: Any) -> Any:
        tell()
        return rule(*args, **kwargs)

    return told


def unwatched(found: Fault) -> bool:
    """Whether it changes something other than methods, whose use cannot be told."""
    return not all(isfunction(getattr(found.sound, name)) for name in rules(found.defect))
