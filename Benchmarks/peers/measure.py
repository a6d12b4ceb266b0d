"""What sessions add to a request in other session systems, and in this one: the same work under the same load, in one run.

measure.py [NAME …], in the environment ROUNDS (default 9) and SLICE (seconds a route a round, default 1).
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "shop"))

from figures import scatter, spread  # noqa: E402
from server import SERVER_CORE, Loaded, Server, free_port, wait_for  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "9"))
SLICE = int(os.environ.get("SLICE", "1"))
VISITORS = 500
PROGRAMS = Path(sys.prefix, "bin")
ROUTES = ["bare", "read", "update"]
# A figure whose quartiles lie further apart than this share of it says nothing.
MOST_SPREAD = 1 / 3


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
        self.visit(self.urls["update"], VISITORS)

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


def text(values, form):
    middle, low, high = spread(values)
    is_sure = high - low <= max(abs(middle) * MOST_SPREAD, 0.5)
    return f"{middle:{form}} ({low:{form}}–{high:{form}})" if is_sure else "unsure"


def measure(name, store, open_server):
    rounds = {route: [] for route in ROUTES}
    with open_server() as server:
        for route in ROUTES:
            server.load(route, 1)
        for number in range(ROUNDS):
            for route in ROUTES if number % 2 == 0 else ROUTES[::-1]:
                rounds[route].append(server.load(route, SLICE))
    bare = rounds["bare"]
    cells = [name, store, text([load.processor for load in bare], ".0f")]
    for route in ROUTES[1:]:
        pairs = list(zip(bare, rounds[route]))
        cells.append(text([own.processor - reference.processor for reference, own in pairs], ".1f"))
        cells.append(text([100 * reference.processor / own.processor for reference, own in pairs], ".0f") + " %")
    others = 100 * sum(load.others for loads in rounds.values() for load in loads) / (3 * ROUNDS)
    print(f"| {' | '.join(cells)} |", flush=True)
    return scatter([load.rate for load in bare]), others


def main():
    chosen = sys.argv[1:]
    print(f"{ROUNDS} rounds of {SLICE} s a route, {VISITORS} visitors; processor time, medians (quartiles)\n")
    print("| system | store | a request without sessions, µs | a read adds, µs | and keeps | an update adds, µs | and keeps |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    noise = []
    for store in ["memory", "sqlite", "redis"]:
        noise.append(measure("swift-sessions on Hummingbird", store, lambda: Server(store, VISITORS)))
    for name, (run, stores) in PEERS.items():
        if chosen and not any(word.lower() in name.lower() for word in chosen):
            continue
        for store in stores:
            noise.append(measure(name, store, lambda: Peer(run, store)))
    print(f"\nnoise: a bare route scattered by at most {max(own for own, _ in noise):.0f} %; others used at most "
          f"{max(own for _, own in noise):.0f} % of the server's core")
    print("left out, since no package registry here has it: express-session, scs, Rails")


if __name__ == "__main__":
    main()
