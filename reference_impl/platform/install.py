"""INSTALL: which form it is, who may ask for it, and what it is answered (GPCS 11.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.platform.authority import Authority
from reference_impl.platform.fields import FieldCoding, field
from reference_impl.platform.installing import Installer, Instance
from reference_impl.platform.loading import Loader, Order
from reference_impl.platform.personalization import StoreData
from reference_impl.platform.tokens import NO_RECEIPT
from reference_impl.platform.transfer import Transfer

FOR_LOAD, FOR_INSTALL, SELECTABLE, BOTH, ALL = 0x02, 0x04, 0x08, 0x0C, 0x0E  # P1
EXTRADITION, PERSONALIZATION, REGISTRY_UPDATE = 0x10, 0x20, 0x40
ALONE, BEGINS, ENDS = 0x00, 0x01, 0x03  # P2; the others belong to the combined process


@dataclass
class Install:
    """``80 E6 <form> <part> <fields>``."""

    authority: Authority
    coding: FieldCoding
    loader: Loader
    installer: Installer
    transfer: Transfer
    store_data: StoreData

    def __call__(self, command: Command) -> Response:
        forms: dict[tuple[int, int], Callable[[Command], bytes]] = {
            (FOR_LOAD, ALONE): self.for_load,
            (ALL, BEGINS): self.for_load,
            (FOR_INSTALL, ALONE): self.for_install,
            (BOTH, ALONE): self.for_install,
            (ALL, ENDS): self.for_install,
            (SELECTABLE, ALONE): self.for_make_selectable,
            (EXTRADITION, ALONE): self.for_extradition,
            (PERSONALIZATION, ALONE): self.for_personalization,
            (REGISTRY_UPDATE, ALONE): self.for_registry_update,
        }
        form = forms.get((command.p1, command.p2))
        if form is None:
            raise Refused(SW.INCORRECT_P1_P2)
        return Response(SW.OK, form(command))

    def fields(self, command: Command, count: int) -> tuple[tuple[bytes, ...], bool]:
        """The fields, of which the last is the token, and whether a receipt is due.

        Raises Refused for a form that this domain may not use, or not like this.
        """
        found = self.coding.read(command.data, count)
        token = found[-1]
        covered = command.data[: len(command.data) - len(field(token))]
        return found, self.authority.authorise(command, token, covered)

    def for_load(self, command: Command) -> bytes:
        (name, domain, digest, parameters, _), receipt = self.fields(command, 5)
        owner = domain or self.authority.aid
        combined = command.p1 == ALL
        self.loader.begin(Order(name, owner, digest, parameters, combined, receipt))
        return NO_RECEIPT

    def for_install(self, command: Command) -> bytes:
        (package, module, aid, privileges, parameters, _), receipt = self.fields(command, 6)
        selectable = command.p1 != FOR_INSTALL
        wanted = Instance(package, module, aid or module, privileges, parameters, selectable)
        registry = self.installer.registry
        with registry.store.transaction() as changes:
            if command.p1 == ALL:
                load_file = self.loader.add_loaded(changes, package)
            else:
                load_file = registry.named(package)
            self.installer.install(changes, wanted, load_file)
            told = field(package) + field(wanted.aid)
            return self.authority.tokens.confirmation(changes, told) if receipt else NO_RECEIPT

    def for_make_selectable(self, command: Command) -> bytes:
        (_, _, aid, privileges, _, _), receipt = self.fields(command, 6)
        with self.installer.registry.store.transaction() as changes:
            self.installer.make_selectable(changes, aid, privileges)
            told = field(aid)
            return self.authority.tokens.confirmation(changes, told) if receipt else NO_RECEIPT

    def for_extradition(self, command: Command) -> bytes:
        (domain, _, aid, _, _, _), receipt = self.fields(command, 6)
        with self.transfer.registry.store.transaction() as changes:
            before = self.transfer.extradite(changes, aid, domain)
            told = field(before) + field(aid) + field(domain)
            return self.authority.tokens.confirmation(changes, told) if receipt else NO_RECEIPT

    def for_registry_update(self, command: Command) -> bytes:
        (domain, _, aid, privileges, parameters, _), receipt = self.fields(command, 6)
        with self.transfer.registry.store.transaction() as changes:
            if domain:
                self.transfer.extradite(changes, aid, domain)
            self.transfer.update(changes, aid, privileges, parameters)
            told = field(aid)
            return self.authority.tokens.confirmation(changes, told) if receipt else NO_RECEIPT

    def for_personalization(self, command: Command) -> bytes:
        """Needs no privilege: a domain always speaks to what belongs to it."""
        _, _, aid, *_ = self.coding.read(command.data, 6)
        self.store_data.begin(aid)
        return NO_RECEIPT
