"""Writes scalars as a TensorBoard event file, with nothing but the standard library.

Debian has no package that writes these files. One is a row of TFRecord frames, each holding an
`Event` protocol buffer; the few fields that a scalar needs are encoded by hand here
(tensorflow/core/util/event.proto and framework/summary.proto have the field numbers).
"""

import os
import socket
import struct
import time


def _crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc32c_table()


def crc32c(data):
    """CRC-32C (Castagnoli); crc32c(b"123456789") is 0xE3069283."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def masked_crc32c(data):
    """The checksum as TFRecord stores it: rotated and shifted, as its data may hold CRCs itself."""
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def frame(record):
    """One TFRecord frame: length, its checksum, the record, its checksum."""
    length = struct.pack("<Q", len(record))
    return (length + struct.pack("<I", masked_crc32c(length))
            + record + struct.pack("<I", masked_crc32c(record)))


def _varint(number):
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _bytes_field(number, content):
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _event(step, payload):
    wall_time = _varint(1 << 3 | 1) + struct.pack("<d", time.time())
    return wall_time + (_varint(2 << 3) + _varint(step) if step else b"") + payload


def scalar_event(tag, value, step):
    """An Event with one simple_value (a float32) below `tag`."""
    simple_value = _varint(2 << 3 | 5) + struct.pack("<f", value)
    summary_value = _bytes_field(1, tag.encode("utf-8")) + simple_value
    return _event(step, _bytes_field(5, _bytes_field(1, summary_value)))


class EventFile:
    def __init__(self, directory):
        os.makedirs(directory, exist_ok=True)
        name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}.0"
        self._file = open(os.path.join(directory, name), "wb")
        self._file.write(frame(_event(0, _bytes_field(3, b"brain.Event:2"))))

    def scalar(self, tag, value, step):
        self._file.write(frame(scalar_event(tag, value, step)))

    def close(self):
        self._file.close()
