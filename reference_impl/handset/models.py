"""Handsets A to H and the deck's own table: what each section of issuance takes in each lane.

REQ-3-1-m, -o, -p, -s, -t. ``DECK`` is the table of p.18, means over all models; as a handset it has
no spread. The eight handsets are OUR DESIGN: they spread around the deck's means, F is slow in Open
Mobile API (p.18), and H has the GP-SE product whose key generation varies widely (product D of
``chip.presets``, item 1-1). Of the time of a section that makes keys, the key pair is drawn from
the product; the rest is the handset's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reference_impl.handset.time_model import Lane

Row = dict[Lane, float]  # seconds; a lane that is missing has no part in the section
USUAL_KEY_PAIR = 2.0  # s, of the applet's time in the two sections that make one (deck p.3)


def _row(printed: str) -> Row:
    """Cells in the order of the lanes, ``-`` for none."""
    cells = zip(Lane, printed.split(), strict=True)
    return {lane: float(cell) for lane, cell in cells if cell != "-"}


DECK = {
    "F-ISS-1": _row("14.6 2.1 0.3 0.1 0.0 1.0"),
    "F-ISS-2": _row("13.1 - 0.7 1.6 0.7 -"),
    "F-ISS-3": _row("10.3 - 0.6 1.6 0.7 -"),
    "F-ISS-4": _row("- - - 3.9 0.7 -"),
    "F-ISS-5": _row("- - - 1.9 0.5 5.0"),
    "F-ISS-6": _row("- - - 2.8 0.5 -"),
    "F-ISS-7": _row("- - - 2.3 0.9 5.0"),
    "F-ISS-8": _row("10.9 0.0 1.2 - - -"),
    "F-ISS-9": _row("6.8 0.0 1.2 - - -"),
}
MAKES_A_KEY = ("F-ISS-4", "F-ISS-6")
STORES_A_CERTIFICATE = ("F-ISS-5", "F-ISS-7")


@dataclass(frozen=True)
class Handset:
    """``product``: of its GP-SE, empty where no key pair is drawn. Factors of the deck's means."""

    name: str
    product: str
    app: float = 1.0
    omapi: float = 1.0  # of the applet's time when the app calls it
    tsm: float = 1.0
    spread: float = 0.05  # CV of a machine's lane
    user_spread: float = 0.15  # CV of a person


class Handsets:
    """The deck and eight models."""

    def all(self) -> dict[str, Handset]:
        models = (self.deck(), *(self.usual(*one) for one in USUAL), self.f(), self.h())
        return {model.name: model for model in sorted(models, key=lambda model: model.name)}

    def deck(self) -> Handset:
        return Handset("deck", "", spread=0.0, user_spread=0.0)

    def usual(self, name: str, product: str, app: float, omapi: float) -> Handset:
        return Handset(name, product, app, omapi)

    def f(self) -> Handset:
        """Long in Open Mobile API."""
        return Handset("F", "C", 1.05, 2.15)

    def h(self) -> Handset:
        """Long, and unsteady, in key generation."""
        return Handset("H", "D", 0.95, 0.84)

    def table(self, model: Handset) -> dict[str, Row]:
        """Its means; the key pair of a handset with a product is drawn and added later."""
        if not model.product:
            return self.deck_table()
        return {section: self.row(model, section, row) for section, row in DECK.items()}

    def deck_table(self) -> dict[str, Row]:
        return DECK

    def row(self, model: Handset, section: str, row: Row) -> Row:
        factors = {
            Lane.USER: self.of_the_user(),
            Lane.APP: model.app,
            Lane.APPLET_FOR_APP: model.omapi,
            Lane.TSM: model.tsm,
            Lane.APPLET_FOR_TSM: self.of_storing() if section in STORES_A_CERTIFICATE else 1.0,
        }
        made = {lane: mean * factors.get(lane, 1.0) for lane, mean in row.items()}
        if section in MAKES_A_KEY:
            made[Lane.APPLET_FOR_TSM] -= USUAL_KEY_PAIR
        return made

    def of_the_user(self) -> float:
        """The handset makes no one faster."""
        return 1.0

    def of_storing(self) -> float:
        """A certificate is written once."""
        return 1.0

    def without_spread(self, model: Handset) -> Handset:
        """For plans, which are made from means."""
        return replace(model, spread=0.0, user_spread=0.0)


USUAL = (
    ("A", "A", 0.97, 0.83),
    ("B", "B", 1.02, 0.85),
    ("C", "C", 1.00, 0.82),
    ("D", "A", 1.04, 0.86),
    ("E", "B", 0.98, 0.81),
    ("G", "A", 0.99, 0.84),
)
