"""Resident memory of a session in the memory store."""

from parts import PROGRAMS, lines
from report.result import Result


def main():
    result = Result("memory", "Memory of a session in the memory store")
    [memory] = lines(PROGRAMS / "Footprint")
    result.table("", "sessions", "with", "bytes of resident memory each").row(memory["sessions"], "one integer", memory["bytes"])
    result.fact("memory/bytes at a million", memory["bytes"])
    result.write()


if __name__ == "__main__":
    main()
