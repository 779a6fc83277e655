"""A vendor's adapter in ten lines: the bench is a server that takes APDUs in hex, one a line."""

import socket


class AcmeBench:
    def __init__(self, statement):
        host, port = statement.pixit.reader.split(":")
        self.bench = socket.create_connection((host, int(port))).makefile("rw")

    def reset(self):
        return self.transmit(b"")

    def transmit(self, command):
        print(command.hex(), file=self.bench, flush=True)
        return bytes.fromhex(self.bench.readline())
