"""Shops on all stores at once under a steady load for a while: whether anything grows.

`parts.soak [STORE …]`, with stores `memory`, `sqlite`, `redis` and `postgres`; all of them if none is named. In the
environment SECONDS (default 1800), RATE (requests a second on each shop, default 60) and EVERY (seconds between samples,
default 5). Ends with status 1 if something grows, or if the shop fails a request.
"""

import asyncio
import os
import subprocess
import sys
from statistics import median

from load.crowd import REQUESTS, Crowd
from load.processes import Processes
from load.server import SHOP
from load.watched import ALL
from report.result import Result
from report.trend import LEAST_SHARE, STRETCHES, is_steady, stretches, trend

SECONDS = int(os.environ.get("SECONDS", "1800"))
RATE = float(os.environ.get("RATE", "60"))
EVERY = float(os.environ.get("EVERY", "5"))
WARM_UP = 1 / 3  # of the time
# Sessions that end after half a minute unused, and are forgotten half a minute later: thousands come and go.
IDLE, KEPT = 30, 30
OPTIONS = [
    "--idle-timeout", f"{IDLE}s", "--absolute-timeout", "2m", "--touch-interval", "3s", "--explain-window", f"{KEPT}s",
    "--renewal-interval", "10s", "--renewal-settle", "1s", "--renewal-overlap", "5s", "--limit", "20",
]
# How many there are at once tells whether the load was held: where answers come late, clients pile up.
CLIENTS = "clients at once"
MEMORY = "resident memory"
# A quantity's unit, its chart's axis, and the rise below which it counts as flat.
QUANTITIES = {
    MEMORY: (" MiB", "MiB of the shop", 3),
    CLIENTS: ("", "clients of each shop", 10),
    "open descriptors": ("", "descriptors of the shop", 10),
    "stored": ("", "rows, keys or sessions", 100),
    "store's size": (" MiB", "MiB of the store", 1),
}
POINTS = 90  # of a line in a chart


class Servers(Processes):
    """Shops, and the servers of their stores, on any core, and as important as this program."""

    def __init__(self, stores):
        self.shops = [ALL[store](self) for store in stores]
        super().__init__()

    def start(self):
        for shop in self.shops:
            shop.start(SHOP, OPTIONS)

    def spawn(self, _, *command, **options):
        process = subprocess.Popen([*map(str, command)], **options)
        self.processes.append(process)
        return process


async def sample(shops, crowds, samples, end):
    """Notes what the shops hold, every few seconds until `end` by the loop's clock."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while loop.time() < end:
        due = loop.time() + EVERY
        for shop, crowd in zip(shops, crowds):
            found = await asyncio.to_thread(shop.sample) | {CLIENTS: len(crowd.alive)}
            for name, value in found.items():
                samples.setdefault((shop.name, name), []).append((loop.time() - begun, value))
        await asyncio.sleep(max(0, due - loop.time()))


async def soak(shops):
    begun = asyncio.get_running_loop().time()
    end = begun + SECONDS
    samples = {}
    crowds = [Crowd(shop.url, RATE, IDLE + KEPT // 2) for shop in shops]
    await asyncio.gather(sample(shops, crowds, samples, end), *(crowd.come(end) for crowd in crowds))
    for crowd in crowds:
        crowd.failures = [moment - begun for moment in crowd.failures]
    return samples, crowds


def main():
    unknown = set(sys.argv[1:]) - set(ALL)
    if unknown:
        raise SystemExit(f"parts.soak: no store {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    result = Result("soak", f"A soak of {SECONDS / 60:g} minutes")
    with Servers(sys.argv[1:] or list(ALL)) as servers:
        samples, crowds = asyncio.run(soak(servers.shops))
        log = servers.logged()
    sys.exit(report(result, servers.shops, samples, crowds, log))


def report(result, shops, samples, crowds, log):
    """Writes the result, and returns the status: 1 if something grows or has failed."""
    load = result.table(
        "Requests", "store", "clients", "requests", "a second", "answered 4xx", "answered 5xx", "connections cut off")
    failures, held = 0, {}
    for shop, crowd in zip(shops, crowds):
        answers = {status: count for status, count in crowd.answers.items() if isinstance(status, int)}
        failed = sum(count for status, count in answers.items() if status >= 500)
        refused = sum(count for status, count in answers.items() if 400 <= status < 500)
        failures += failed
        print(f"  {shop.name}: {dict(crowd.answers)}", file=sys.stderr)
        total = sum(answers.values())
        load.row(shop.name, crowd.number, total, f"{total / SECONDS:.1f}", refused, failed, crowd.answers["gone"])

    for shop in shops:
        held[shop.name] = is_steady(*zip(*after_warm_up(samples[shop.name, CLIENTS])))
    table = result.table("After the warm-up", "store", "quantity", "level", "slope an hour", "verdict")
    growing, memory = [], 0
    for name, (unit, axis, least) in QUANTITIES.items():
        chart = result.chart(name[0].upper() + name[1:], "minutes", axis)
        for shop in shops:
            points = samples.get((shop.name, name))
            if not points:
                continue
            for second, value in stretches(*zip(*points), POINTS):
                chart.point(shop.name, round(second / 60, 2), round(value, 3))
            found = trend(*zip(*after_warm_up(points)), least)
            if name == MEMORY:
                memory = max(memory, found.level)
            what = f"{name} ({shop.stored})" if name == "stored" else name
            verdict = f"grows by {found.per_hour:,.1f}{unit} an hour" if found.grows else "flat"
            if found.grows and not held[shop.name]:
                verdict = "unsure: the load was not held"
            table.row(shop.name, what, f"{found.level:,.1f}{unit}", f"{found.per_hour:+,.1f}{unit}", verdict)
            if found.grows and held[shop.name]:
                growing.append(f"{what} of {shop.name}")

    remark(result, samples, memory)
    if all(held.values()):
        result.fact("soak/quantities that grow", len(growing))
    else:
        result.remark(
            "**The load was not held**: the number of clients at once strayed by more than a fifth, because the machine was "
            f"too busy to answer in time ({', '.join(name for name, is_held in held.items() if not is_held)}).")
    if growing:
        result.remark(f"**Something grows: {', '.join(growing)}.**")
    if failures:
        moments = [moment / 60 for crowd in crowds for moment in crowd.failures]
        result.remark(
            f"**{failures:,} requests were answered with 5xx**, from minute {min(moments):.1f} to {max(moments):.1f}.")
        print(log, file=sys.stderr)
    result.write()
    return 1 if growing or failures or not all(held.values()) else 0


def after_warm_up(points):
    return [point for point in points if point[0] >= points[-1][0] * WARM_UP]


def remark(result, samples, memory):
    gaps = [later - earlier for points in samples.values() for (earlier, _), (later, _) in zip(points, points[1:])]
    result.remark(
        f"Each shop got {RATE:g} requests a second of {RATE / REQUESTS:g} new clients a second; its sessions end after "
        f"{IDLE} seconds unused and are forgotten {KEPT} seconds later. A sample every {median(gaps):.1f} seconds.")
    result.remark(
        f"The first {WARM_UP:.0%} of the time is the warm-up. The rest is cut into {STRETCHES} stretches, each of which is "
        "its median. The slope is the median of the slopes between any two. A quantity grows if at least 36 of the 45 pairs "
        "of stretches rise, and if it rises by more than 5 % of its level and by more than "
        + ", ".join(f"{least}{unit} ({name})" for name, (unit, _, least) in QUANTITIES.items())
        + " in that time; otherwise it is flat.")
    requests = RATE * SECONDS * (1 - WARM_UP)
    least = max(QUANTITIES[MEMORY][2], LEAST_SHARE * memory)
    result.remark(
        f"So a leak of {least * 2**20 / requests:.0f} bytes a request would have been seen in any of the shops, in "
        f"{requests:,.0f} requests.")


if __name__ == "__main__":
    main()
