"""What the engine costs a request by itself, with the memory store."""

from parts import PROGRAMS, ROUNDS, lines
from report.figure import Figure
from report.result import Result


def main():
    result = Result("engine", "The engine by itself, with the memory store")
    rounds = lines(PROGRAMS / "Requests", ROUNDS)
    table = result.table(f"{ROUNDS} rounds of 200,000 requests", "request", "time")
    for name in rounds[0]:
        time = Figure.of([own[name] for own in rounds], "ns")
        table.row(name, time)
        result.fact(f"engine/{name}", time)
    result.reference("a read", [own["read"] for own in rounds])
    result.write()


if __name__ == "__main__":
    main()
