"""Routes without a session, with one that is read, and with one that is updated, by Django's sessions."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

STORE = os.environ["STORE"]
CACHES = {
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}},
    "redis": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"redis://{os.environ['PLACE']}"},
    "none": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}
settings.configure(
    DEBUG=False, SECRET_KEY="a key that is long enough for a benchmark, and no secret", ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__, CACHES={"default": CACHES[STORE]},
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    MIDDLEWARE=[] if STORE == "none" else ["django.contrib.sessions.middleware.SessionMiddleware"])


def bare(_):
    return HttpResponse("bare", content_type="text/plain")


def read(request):
    assert request.session.get("n", 0) >= 1
    return HttpResponse("read", content_type="text/plain")


def update(request):
    request.session["n"] = request.session.get("n", 0) + 1
    return HttpResponse(str(request.session["n"]), content_type="text/plain")


urlpatterns = [path("bare", bare), path("read", read), path("update", update)]
application = get_wsgi_application()
