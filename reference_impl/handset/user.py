"""The user before the phone: knows his PINs, answers what he is asked, and is counted."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class User:
    """A scripted user; ``asked`` counts by word what he was asked for."""

    card_password: str = "CARD7PASS"
    card_pin: str = "2468"
    password: str = "PH0NEPASS"
    pin: str = "1357"
    consents: bool = True
    asked: list[str] = field(default_factory=list)

    def enters(self, what: str) -> str:
        """A PIN or password: ``card_password``, ``card_pin``, ``password`` or ``pin``."""
        self.asked.append(what)
        return str(getattr(self, what))

    def agrees(self) -> bool:
        """To what the app explains to him."""
        self.asked.append("consent")
        return self.consents
