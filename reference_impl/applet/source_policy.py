"""What may be done from where (REQ-6-5-d). OUR DESIGN: the deck asks for the function alone.

| operation | commands | reader by radio | reader by contacts | app | unknown | unverified |
|---|---|---|---|---|---|---|
| look | SELECT, READ, GET CHALLENGE, public key | yes | yes | yes | yes | yes |
| holder | VERIFY, CHANGE, COMPUTE DIGITAL SIGNATURE | yes | yes | yes | no | yes |
| administer | EXTERNAL AUTHENTICATE, RESET RETRY, UPDATE, GENERATE | no | yes | yes | no | no |
| register | biometric registration | no | no | yes | no | no |

The holder touches a reader and signs, so what is the holder's is open to readers; the administrator
comes through the phone (or, before delivery, by contacts), and whoever stands beside the holder
with a reader in his bag is not him. A refusal comes before anything else is looked at, by 6982,
and changes nothing.
"""

from __future__ import annotations

from enum import StrEnum, unique

from reference_impl.applet.access_source import Source
from reference_impl.applet.apdu import INS, Command

KEY_PAIR = (INS.GENERATE_KEY_PAIR, INS.GENERATE_KEY_PAIR_BER)
READ_EXISTING = 0x81  # P1 of GENERATE ASYMMETRIC KEY PAIR: tells the public key, makes none
DEVICE = frozenset({Source.DEVICE_WIRED, Source.DEVICE_HCI})
EVERYBODY = frozenset(Source)


@unique
class Operation(StrEnum):
    """What the policy speaks of."""

    LOOK = "look"
    HOLDER = "holder"
    ADMINISTER = "administer"
    REGISTER = "register"


OPERATIONS: dict[tuple[int, int], Operation] = {
    (0x00, INS.VERIFY): Operation.HOLDER,
    (0x00, INS.CHANGE_REFERENCE_DATA): Operation.HOLDER,
    (0x80, INS.COMPUTE_DIGITAL_SIGNATURE): Operation.HOLDER,
    (0x00, INS.EXTERNAL_AUTHENTICATE): Operation.ADMINISTER,
    (0x00, INS.RESET_RETRY_COUNTER): Operation.ADMINISTER,
    (0x00, INS.UPDATE_BINARY): Operation.ADMINISTER,
    (0x00, INS.GENERATE_KEY_PAIR): Operation.ADMINISTER,
    (0x00, INS.GENERATE_KEY_PAIR_BER): Operation.ADMINISTER,
}


class SourcePolicy:
    """The table, a row a method."""

    def allows(self, command: Command, source: Source) -> bool:
        return source in self.row(self.operation_of(command))

    def operation_of(self, command: Command) -> Operation:
        """What is in no row is LOOK: the handlers know what to do with what they do not know."""
        operation = OPERATIONS.get((command.cla, command.ins), Operation.LOOK)
        if command.p1 == READ_EXISTING and command.ins in KEY_PAIR:
            return Operation.LOOK
        return operation

    def row(self, operation: Operation) -> frozenset[Source]:
        match operation:
            case Operation.LOOK:
                return self.may_look()
            case Operation.HOLDER:
                return self.may_act_for_the_holder()
            case Operation.ADMINISTER:
                return self.may_administer()
            case Operation.REGISTER:
                return self.may_register()

    def may_look(self) -> frozenset[Source]:
        return EVERYBODY

    def may_act_for_the_holder(self) -> frozenset[Source]:
        return EVERYBODY - {Source.UNKNOWN}

    def may_administer(self) -> frozenset[Source]:
        return DEVICE | {Source.EXTERNAL_CONTACT}

    def may_register(self) -> frozenset[Source]:
        return DEVICE


class NoPolicy(SourcePolicy):
    """A plastic card: there is no app in it that could be told from a reader."""

    def allows(self, command: Command, source: Source) -> bool:
        return True
