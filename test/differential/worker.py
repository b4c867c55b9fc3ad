# SPDX-License-Identifier: Apache-2.0
"""The other side of worker.c: a process that runs models in every way Tenon has, started again when it dies."""
import signal
import struct
import subprocess

import numpy as np

from values import BY_NUMBER, NUMBER, PACKED

TIMEOUT = 120


def packed(array, bits):
    """Elements narrower than a byte, first one in the low bits."""
    flat = array.reshape(-1).view(np.uint8) & ((1 << bits) - 1)
    per = 8 // bits
    flat = np.concatenate([flat, np.zeros(-len(flat) % per, np.uint8)]).reshape(-1, per)
    return (flat << (np.arange(per, dtype=np.uint8) * bits)).sum(1).astype(np.uint8).tobytes()


def unpacked(data, number, count):
    bits = PACKED[number]
    flat = np.frombuffer(data, np.uint8)[:, None] >> (np.arange(8 // bits, dtype=np.uint8) * bits)
    flat = (flat.reshape(-1) & ((1 << bits) - 1))[:count].astype(np.uint8)
    if number in (22, 26):  # signed
        flat = np.where(flat >= 1 << (bits - 1), flat | (0xFF << bits & 0xFF), flat).astype(np.uint8)
        return flat.view(np.int8).astype(BY_NUMBER[number])
    return flat.view(BY_NUMBER[number]) if number == 23 else flat.astype(BY_NUMBER[number])


def blob(data):
    return struct.pack("<I", len(data)) + data


def encoded(array):
    array = np.asarray(array, order="C")
    number = NUMBER[array.dtype]
    head = struct.pack(f"<III{array.ndim}q", 0, number, array.ndim, *array.shape)
    if number == 8:
        return head + b"".join(blob(text.encode()) for text in array.reshape(-1))
    return head + blob(packed(array, PACKED[number]) if number in PACKED else array.tobytes())


class Died(Exception):
    """The process ended within a request; the text says how."""


class Worker:
    def __init__(self, program):
        self.program = program
        self.process = None

    def start(self):
        self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def read(self, size):
        data = self.process.stdout.read(size)
        if len(data) != size:
            raise EOFError
        return data

    def number(self):
        return struct.unpack("<I", self.read(4))[0]

    def blob(self):
        return self.read(self.number())

    def value(self):
        if self.number():
            return [self.value() for _ in range(self.number())]
        number, rank = self.number(), self.number()
        dims = struct.unpack(f"<{rank}q", self.read(8 * rank))
        count = int(np.prod(dims, dtype=np.int64))
        if number == 8:
            made = np.empty(count, object)
            made[:] = [self.blob().decode("utf-8", "surrogateescape") for _ in range(count)]
            return made.reshape(dims)
        data = self.blob()
        if number in PACKED:
            return unpacked(data, number, count).reshape(dims)
        return np.frombuffer(data, BY_NUMBER[number]).reshape(dims)

    def ways(self):
        while self.number():
            name, status, message = self.blob().decode(), self.number(), self.blob().decode("utf-8", "replace")
            yield name, message or f"status {status}" if status else None, \
                None if status else [self.value() for _ in range(self.number())]

    def run(self, model, feeds):
        """[(way, why it failed or None, outputs)]"""
        if not self.process:
            self.start()
        request = blob(model) + struct.pack("<I", len(feeds))
        request += b"".join(blob(name.encode()) + encoded(value) for name, value in feeds.items())
        previous = signal.signal(signal.SIGALRM, lambda *_: self.process.kill())
        signal.alarm(TIMEOUT)
        try:
            self.process.stdin.write(request)
            self.process.stdin.flush()
            return list(self.ways())
        except (EOFError, BrokenPipeError):
            _, error = self.process.communicate()
            code, self.process = self.process.returncode, None
            raise Died(f"the process ended with {code}: {error.decode(errors='replace')[-1500:]}") from None
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, previous)
