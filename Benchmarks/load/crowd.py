"""Clients of a shop that come and go at a fixed rate.

Each client has a connection and a jar of its own and lives for about twenty seconds: it looks around, fills a cart, signs
in or not, signs out or not, leaves in the middle of an answer, or comes back when its session is over.
"""

import asyncio
import random
import re
from collections import Counter
from urllib.parse import urlsplit

REQUESTS = 10  # of a client
PAUSE = 2  # seconds between two of its requests
SIGN_IN_EVERY = 8  # clients; half of them sign out
LEAVE_EVERY = 9  # clients; they go away in the middle of a request
RETURN_EVERY = 10  # clients; they come back after `away`
PASSWORDS = {"ada": "lovelace", "grace": "hopper"}


class Gone(Exception):
    """The shop closed the connection."""


class Browser:
    """A connection, and the cookies of its client."""

    def __init__(self, url):
        self.address = urlsplit(url).netloc
        self.cookies = {}
        self.reader = self.writer = None

    async def open(self):
        host, port = self.address.split(":")
        self.reader, self.writer = await asyncio.open_connection(host, int(port))

    async def request(self, method, path, form=None, is_cut=False):
        """The status of the answer and its body; nothing of a request that is cut."""
        if self.writer is None:
            await self.open()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.address}", "User-Agent: soak", "Accept: text/html"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        body = (form or "").encode()
        if method == "POST":
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        self.writer.write("\r\n".join(lines + ["", ""]).encode() + (body[:-1] if is_cut else body))
        await self.writer.drain()
        if is_cut:
            return None, b""
        head = (await self._until(b"\r\n\r\n")).decode()
        for name, value, rest in re.findall(r"(?im)^set-cookie: ([^=\s]+)=([^;\r]*)(.*)$", head):
            if "max-age=0" in rest.lower() or not value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        length = re.search(r"(?im)^content-length: (\d+)", head)
        if length:
            body = await self._exactly(int(length[1]))
        elif re.search(r"(?im)^transfer-encoding: chunked", head):
            body = b""
            while size := int(await self._until(b"\r\n"), 16):
                body += (await self._exactly(size + 2))[:-2]
            await self._exactly(2)
        return int(head.split()[1]), body

    async def _until(self, mark):
        try:
            return await self.reader.readuntil(mark)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Gone from error

    async def _exactly(self, count):
        try:
            return await self.reader.readexactly(count)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Gone from error

    def close(self):
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None


class Crowd:
    """Clients of one shop: `rate` requests a second, spread over as many clients as that takes."""

    def __init__(self, url, rate, away):
        """`away` is how many seconds some clients stay away: longer than their session lives."""
        self.url, self.rate, self.away = url, rate, away
        self.answers = Counter()  # by status; "gone" where the shop closed the connection
        self.failures = []  # when requests were answered with 5xx, by the loop's clock
        self.random = random.Random(url)
        self.number = 0
        self.alive = set()

    async def come(self, end):
        """Lets a client come every so many seconds, until `end` by the loop's clock."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while due < end:
            await asyncio.sleep(max(0, due - loop.time()))
            self.number += 1
            task = loop.create_task(self.live(self.number))
            self.alive.add(task)
            task.add_done_callback(self.alive.discard)
            due += REQUESTS / self.rate
        if self.alive:
            await asyncio.wait(self.alive)

    async def live(self, number):
        browser = Browser(self.url)
        try:
            for request in self.requests(number):
                if isinstance(request, int):
                    browser.close()
                    await asyncio.sleep(request)
                    continue
                status, _ = await browser.request(*request)
                if status:
                    self.answers[status] += 1
                if status and status >= 500:
                    self.failures.append(asyncio.get_running_loop().time())
                await asyncio.sleep(PAUSE * self.random.uniform(0.5, 1.5))
        except (Gone, ConnectionError):
            self.answers["gone"] += 1
        finally:
            browser.close()

    def requests(self, number):
        """What a client does; a number is the seconds that it is away."""
        fill = ("POST", "/cart", "product=tea&quantity=1")
        script = [("GET", "/"), fill, ("GET", "/cart"), ("POST", "/visits"), ("GET", "/lab/update")]
        if number % SIGN_IN_EVERY == 0:
            name = "ada" if number // SIGN_IN_EVERY % 2 else "grace"
            script += [("POST", "/sign-in", f"name={name}&password={PASSWORDS[name]}"), ("GET", "/account")]
            script += [("POST", "/visits"), ("GET", "/account/sessions")]
            if number // SIGN_IN_EVERY % 2:
                script.append(("POST", "/sign-out", "ok="))
        elif number % LEAVE_EVERY == 0:
            return script + [("GET", "/lab/read")] * 4 + [("POST", "/cart", "product=cup&quantity=1", True)]
        elif number % RETURN_EVERY == 0:
            script += [("GET", "/lab/read"), self.away, ("GET", "/cart"), fill, ("GET", "/cart")]
        return script + [("GET", "/lab/read")] * max(REQUESTS - len(script), 0)
