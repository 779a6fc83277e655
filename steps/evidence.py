"""What is looked for in logs and other things that are written down."""

from __future__ import annotations

from pytest_bdd import then, when

from fixtures.card.jpki import EF, another
from fixtures.secrecy import traces
from steps.terminal import PINS, Terminal


@when("PINs are entered rightly, wrongly, changed and unblocked", target_fixture="secrets")
def uses_pins(terminal: Terminal) -> list[bytes]:
    card = terminal.card
    for secret, ef in PINS.items():
        right = terminal.right(secret)
        card.verify(ef, terminal.wrong(secret))
        card.verify(ef, right)
        card.change(ef, another(terminal.wrong(secret)))
        card.change(ef, right)
        card.select_ef(ef)
        card.verify_current(right)
    if terminal.bench.statement.has("pin.unblock"):
        terminal.authenticate_administrator()
        card.unblock(EF.USER_PIN, terminal.right("user PIN"))
    rights = [terminal.right(secret) for secret in PINS]
    wrongs = [terminal.wrong(secret) for secret in PINS]
    return [*rights, *wrongs, *(another(wrong) for wrong in wrongs)]


@then("the target's log tells of it", target_fixture="log")
def log_tells(terminal: Terminal) -> str:
    log = terminal.bench.read_log()
    assert log.strip(), "the log is empty"
    return log


@then("none of the PINs is in it as text, hex or base64")
def no_pin_in_log(log: str, secrets: list[bytes]) -> None:
    found = {form for secret in secrets for form in traces(secret, log)}
    assert not found, f"a PIN stands in the target's log as {', '.join(sorted(found))}"
