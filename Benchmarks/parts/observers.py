"""What observers add to a request of the engine by itself, as shares of the same request without any."""

from parts import PROGRAMS, ROUNDS, lines
from report.figure import Figure
from report.result import Result

WORKS = {"read": "a read", "update": "an update", "signIn": "a sign-in and sign-out"}


def main():
    result = Result("observers", "Observers, with the memory store")
    rounds = lines(PROGRAMS / "Observers", ROUNDS)
    table = result.table("Processor time of a request with observers, in percent of one without", "observers", *WORKS.values())
    none = [own[0] for own in rounds]
    for index, name in enumerate(own["observers"] for own in rounds[0]):
        sets = [own[index] for own in rounds]
        table.row(name, *(
            Figure.ratio([own[work] for own in sets], [own[work] for own in none]) if index else "100 %" for work in WORKS))
    result.reference("a read without observers", [own["read"] for own in none])
    result.write()


if __name__ == "__main__":
    main()
