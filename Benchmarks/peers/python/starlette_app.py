"""Routes without a session, with one that is read, and with one that is updated, by starsessions on Starlette."""

import os

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starsessions import InMemoryStore, SessionAutoloadMiddleware, SessionMiddleware
from starsessions.stores.redis import RedisStore


async def bare(_):
    return PlainTextResponse("bare")


async def read(request):
    assert request.session.get("n", 0) >= 1
    return PlainTextResponse("read")


async def update(request):
    request.session["n"] = request.session.get("n", 0) + 1
    return PlainTextResponse(str(request.session["n"]))


def middleware():
    kind = os.environ["STORE"]
    if kind == "none":
        return []
    store = RedisStore(f"redis://{os.environ['PLACE']}") if kind == "redis" else InMemoryStore()
    # As its documentation says for production, but for plain HTTP.
    return [Middleware(SessionMiddleware, store=store, cookie_https_only=False, lifetime=3600),
            Middleware(SessionAutoloadMiddleware)]


application = Starlette(
    routes=[Route("/bare", bare), Route("/read", read), Route("/update", update)], middleware=middleware())
