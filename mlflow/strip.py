"""Removes the symbols from the libraries of a folder: `python3 strip.py FOLDER`. A step of the build.

Some wheels carry ten times their code in debug information. Only the segments of a library are loaded, and sections
that belong to none of them (symbols and debug information) come after the last segment: everything after it is
removed, with the table of sections. (binutils' `strip` would need a Debian mirror.)

https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
"""

import struct
import sys
from pathlib import Path

ELF_64_LITTLE = b"\x7fELF\x02\x01"
HEADER_BYTES = 64
# Offsets in the header: of the table of segments and that of sections, then size and number of their entries.
SEGMENTS, SECTIONS, SEGMENT_BYTES, SECTION_COUNTS = 32, 40, 54, 60


def stripped(library: bytes) -> bytes | None:
    """A library without what belongs to no segment; None for any other file."""
    if library[:6] != ELF_64_LITTLE:
        return None
    (table,) = struct.unpack_from("<Q", library, SEGMENTS)
    size, count = struct.unpack_from("<HH", library, SEGMENT_BYTES)
    ends = [HEADER_BYTES, table + size * count]
    for number in range(count):
        # p_offset and, three words on, p_filesz
        offset, _, _, length = struct.unpack_from("<QQQQ", library, table + number * size + 8)
        ends.append(offset + length)
    kept = bytearray(library[: max(ends)])
    struct.pack_into("<Q", kept, SECTIONS, 0)
    struct.pack_into("<HH", kept, SECTION_COUNTS, 0, 0)
    return bytes(kept)


def main(folder: Path) -> None:
    """Strip every library; says how many bytes were removed."""
    gone = 0
    for path in folder.rglob("*.so*"):
        if path.is_file() and not path.is_symlink() and (less := stripped(whole := path.read_bytes())) is not None:
            path.write_bytes(less)
            gone += len(whole) - len(less)
    sys.stdout.write(f"{gone / 1e6:.0f} MB of symbols removed\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
