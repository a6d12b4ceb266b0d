"""What sessions add to a request in other session systems, and in this one: the same work under the same load, in one run.

peers [NAME …], in the environment ROUNDS (default 9) and SLICE (seconds a route a round, default 1).
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from load.processes import SERVER_CORE, LoadError, free_port, wait_for
from load.server import Loaded, Server, rounds
from parts import HERE as BENCHMARKS
from parts import ROUNDS, SLICE
from report.figure import Figure
from report.result import Result

HERE = BENCHMARKS / "peers"
VISITORS = 500
PROGRAMS = Path(sys.prefix, "bin")
ROUTES = ["bare", "read", "update"]


class Peer(Loaded):
    """A server without sessions and one with, on the same core; only one of them works at a time."""

    def __init__(self, run, store):
        self.run, self.store = run, store
        super().__init__()

    def start(self):
        place = self.redis() if self.store == "redis" else f"{self.work.name}/sessions"
        if self.store != "redis":
            Path(place).mkdir()
        self.urls = {}
        for store in ["none", self.store]:
            port = free_port()
            self.roots += self.run(self, str(port), store, place)
            wait_for(port, self.run.__name__)
            url = f"http://127.0.0.1:{port}"
            self.urls |= {"bare": f"{url}/bare"} if store == "none" else {route: f"{url}/{route}" for route in ROUTES[1:]}
        # A server in front may listen before what is behind it does.
        for _ in range(100):
            try:
                return self.visit(self.urls["update"], VISITORS)
            except LoadError as error:
                failure = error
                time.sleep(0.1)
        raise failure

    def load(self, route, seconds):
        return super().load(self.urls[route], seconds)

    def serve(self, *command, **environment):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return [self.spawn(SERVER_CORE, *command, env=os.environ | environment, cwd=HERE, **quiet)]


def go(peer, port, store, place):
    program = Path(peer.work.name, "go-sessions")
    if not program.exists():
        subprocess.run(
            ["go", "build", "-o", program, HERE / "go/main.go"], check=True,
            env=os.environ | {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": f"{peer.work.name}/go"})
    return peer.serve(program, port, "file" if store == "none" else store, f"{peer.work.name}/sessions"
                      if store == "none" else place, GOMAXPROCS="1")


def rack(peer, port, store, place):
    return peer.serve("puma", "--threads", "5:5", "--bind", f"tcp://127.0.0.1:{port}", "--environment", "production",
                      HERE / "ruby/config.ru", STORE=store, PLACE=place)


def gunicorn(application):
    def run(peer, port, store, place):
        return peer.serve(
            PROGRAMS / "gunicorn", "--chdir", HERE / "python", "--threads", "4", "--keep-alive", "60", "--bind",
            f"127.0.0.1:{port}", f"{application}:application", STORE=store, PLACE=place)
    run.__name__ = application
    return run


def starlette(peer, port, store, place):
    return peer.serve(
        PROGRAMS / "uvicorn", "--app-dir", HERE / "python", "--port", port, "--no-access-log", "--log-level", "critical",
        "starlette_app:application", STORE=store, PLACE=place)


def php(peer, port, store, place):
    """nginx before PHP-FPM; both count."""
    folder = Path(peer.work.name, f"php-{store}")
    folder.mkdir()
    handler = f"tcp://{place}" if store == "redis" else place
    (folder / "fpm.conf").write_text(
        f"[global]\nerror_log = {folder}/fpm.log\n[www]\nlisten = {folder}/fpm.sock\nlisten.mode = 0666\n"
        "pm = static\npm.max_children = 4\n"
        + ("user = nobody\ngroup = nogroup\n" if os.getuid() == 0 else "")
        + f"php_value[session.save_handler] = {'redis' if store == 'redis' else 'files'}\n"
        f"php_value[session.save_path] = {handler}\n")
    (folder / "nginx.conf").write_text(
        f"pid {folder}/nginx.pid;\nerror_log {folder}/nginx.log crit;\nworker_processes 1;\ndaemon off;\n"
        "events { worker_connections 512; }\nhttp {\n access_log off; keepalive_requests 1000000;\n"
        f" client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;\n"
        f" uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n"
        f" upstream fpm {{ server unix:{folder}/fpm.sock; keepalive 8; }}\n"
        f" server {{ listen 127.0.0.1:{port}; location / {{\n  fastcgi_pass fpm; fastcgi_keep_conn on;\n"
        f"  fastcgi_param SCRIPT_FILENAME {HERE}/php/index.php; fastcgi_param PATH $uri; fastcgi_param HTTP_COOKIE $http_cookie;\n"
        "  fastcgi_param REQUEST_METHOD $request_method; } } }\n")
    if os.getuid() == 0:
        for path in [Path(peer.work.name), Path(place) if store == "memory" or store == "file" else folder, folder]:
            path.chmod(0o777)
    fpm = next(path for folder in ["/usr/sbin", "/usr/local/sbin"] for path in Path(folder).glob("php-fpm*"))
    return (peer.serve(fpm, "--nodaemonize", "--fpm-config", folder / "fpm.conf")
            + peer.serve("nginx", "-p", folder, "-c", folder / "nginx.conf"))


# Each with the stores that its own documentation names for one process and for several.
PEERS = {
    "gorilla/sessions on Go": (go, ["file", "redis"]),
    "Rack on Ruby (Puma)": (rack, ["memory", "redis"]),
    "Django (Gunicorn)": (gunicorn("django_app"), ["memory", "redis"]),
    "Flask-Session (Gunicorn)": (gunicorn("flask_app"), ["memory", "redis"]),
    "starsessions on Starlette (Uvicorn)": (starlette, ["memory", "redis"]),
    "PHP (nginx, FPM)": (php, ["file", "redis"]),
}


def measure(open_server):
    """{route: [Load, one a round]}."""
    with open_server() as server:
        for route in ROUTES:
            server.load(route, 1)
        return rounds(ROUNDS, ROUTES, lambda route: server.load(route, SLICE))


def main(chosen):
    systems = [("swift-sessions on Hummingbird", store, lambda store=store: Server(store, VISITORS))
               for store in ["memory", "sqlite", "redis", "postgres"]]
    systems += [(name, store, lambda run=run, store=store: Peer(run, store))
                for name, (run, stores) in PEERS.items() for store in stores
                if not chosen or any(word.lower() in name.lower() for word in chosen)]
    result = Result("peers", "Other session systems, the same work under the same load")
    table = result.table(
        f"{ROUNDS} rounds of {SLICE} s a route, {VISITORS} visitors; processor time of the server, medians (quartiles)",
        "system", "store", "a request without sessions", "a read adds", "and keeps", "an update adds", "and keeps ")
    adds = result.chart("What a session adds to a request", "system and store", "µs of the server's processor time")
    keeps = result.chart("What a route with a session keeps", "system and store", "% of the route without, by processor time")
    for name, store, open_server in systems:
        try:
            loads = measure(open_server)
        except (LoadError, OSError, subprocess.CalledProcessError) as error:
            print(f"{name}, {store}: {error}", file=sys.stderr, flush=True)
            result.remark(f"{name}, {store}, is left out, because it failed.")
            continue
        times = {route: [load.processor for load in own] for route, own in loads.items()}
        row = [name, store, Figure.of(times["bare"], "µs")]
        for route in ROUTES[1:]:
            more = [own - bare for own, bare in zip(times[route], times["bare"])]
            # What hardly differs from nothing is a figure, too.
            own = Figure.of(more, "µs", most=max(abs(Figure.of(more, "").median) / 3, 0.5))
            share = Figure.share(times["bare"], times[route])
            row += [own, share]
            adds.point(f"a{'n' if route == 'update' else ''} {route}", f"{name}, {store}", own)
            keeps.point(f"a{'n' if route == 'update' else ''} {route}", f"{name}, {store}", share)
        table.row(*row)
        result.reference("a bare route", [load.rate for load in loads["bare"]])
        result.keep()
    result.remark("Left out, since Debian and PyPI don't have them: express-session for Node, and scs for Go.")
    result.write()


if __name__ == "__main__":
    main(sys.argv[1:])
