"""Charts over several results: what a route with a session keeps, by store, by visitors and by connections."""

import re

from report.result import Result

STORES = {"memory": "memory", "sqlite": "SQLite", "redis": "Redis", "redis-cluster": "Redis Cluster", "postgres": "PostgreSQL"}
ROUTES = ["read", "set", "update"]
USUAL = (500, 64)  # visitors and connections


def kept(facts):
    """{(store, visitors, connections, route): figure}.

    >>> kept({"shop/redis:500/read/keeps": 70, "shop/memory:500:8/set/keeps": 90, "shop/redis:500/read/of bare": 140})
    {('redis', 500, 64, 'read'): 70, ('memory', 500, 8, 'set'): 90}
    """
    found = {}
    for name, figure in facts.items():
        parts = re.fullmatch(r"shop/([^:/]+):(\d+)(?::(\d+))?/([^/]+)/keeps", name)
        if parts:
            found[parts[1], int(parts[2]), int(parts[3] or USUAL[1]), parts[4]] = figure
    return found


def overview(facts):
    """A result of charts; `None` where there is nothing to compare.

    >>> overview({}) is None
    True
    >>> charts = overview({f"shop/{table}/read/keeps": 90 for table in ["memory:500", "redis:500", "memory:1"]}).charts
    >>> [(chart.title, chart.series) for chart in charts]
    [('What a route with a session keeps, by store', {'read': [('memory', 90), ('Redis', 90)]}), \
('… in the memory store, by visitors', {'read': [(1, 90), (500, 90)]})]
    """
    found = kept(facts)
    result = Result("overview", "In short")

    def chart(title, axis, points, is_logarithmic=False):
        """`points` are (x, configuration); drawn where there are two or more to compare."""
        series = {route: [(x, found[*place, route]) for x, place in points if (*place, route) in found] for route in ROUTES}
        series = {route: own for route, own in series.items() if len(own) > 1}
        if series:
            result.chart(title, axis, "% of the requests a second of the same route without", is_logarithmic).series = series

    chart("What a route with a session keeps, by store", "store", [(name, (store, *USUAL)) for store, name in STORES.items()])
    visitors = sorted({place[1] for place in found})
    chart("… in the memory store, by visitors", "visitors", [(own, ("memory", own, USUAL[1])) for own in visitors], True)
    connections = sorted({place[2] for place in found})
    chart("… in the memory store, by connections", "connections", [(own, ("memory", USUAL[0], own)) for own in connections], True)
    return result if result.charts else None
