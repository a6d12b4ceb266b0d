"""Routes without a session, with one that is read, and with one that is updated, by Flask-Session."""

import os

from cachelib import SimpleCache
from flask import Flask, Response, session

application = Flask(__name__)
store = os.environ["STORE"]
if store != "none":
    from flask_session import Session
    from redis import Redis

    application.config.update(
        {"SESSION_TYPE": "redis", "SESSION_REDIS": Redis.from_url(f"redis://{os.environ['PLACE']}")}
        if store == "redis" else
        {"SESSION_TYPE": "cachelib", "SESSION_CACHELIB": SimpleCache(threshold=100_000)})
    Session(application)


@application.get("/bare")
def bare():
    return Response("bare", mimetype="text/plain")


@application.get("/read")
def read():
    assert session.get("n", 0) >= 1
    return Response("read", mimetype="text/plain")


@application.get("/update")
def update():
    session["n"] = session.get("n", 0) + 1
    return Response(str(session["n"]), mimetype="text/plain")
