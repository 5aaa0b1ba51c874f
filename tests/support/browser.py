# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Chromium, without a window, steered through its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/).

By a pipe (file descriptors 3 and 4 of the browser, messages of JSON that end with a null byte), so that neither a port nor a
library is needed.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 60
"""No answer takes that long: a browser that lets one wait, hangs."""
_ON_THREE_AND_FOUR = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
)


@contextmanager
def browser(directory: Path) -> Iterator[Browser]:
    """Start a browser with an empty profile in this directory, and end it with this context."""
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("There is no chromium on PATH; on Debian, `tests/setup/packages.sh dev` installs it.")
    unboxed = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses to run as root with its sandbox
    command = [program, *_FLAGS, *unboxed, f"--user-data-dir={directory / 'profile'}", "about:blank"]
    with (directory / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-c", _ON_THREE_AND_FOUR, "sh", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
    with process:
        try:
            started = Browser(process)
            yield started
            started.call("Browser.close")
            process.wait(PATIENCE_SECONDS)
        finally:
            process.kill()


class Browser:
    """A running browser: calls of the protocol, and the events that came meanwhile."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin.fileno(), process.stdout.fileno()
        self._rest = b""
        self._calls = 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Return the result of a call; raises if it is an error."""
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": parameters}
        os.write(self._to, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        while (answer := self._next()).get("id") != self._calls:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return dict(answer["result"])

    def wait_for(self, method: str, session: str) -> None:
        """Wait until there has been such an event."""
        while not any(event["method"] == method and event.get("sessionId") == session for event in self.events):
            self.events.append(self._next())

    def open(self, page: Path, width: int, height: int, scheme: str = "light") -> Page:
        """Open a file in a window of this size, in CSS pixels, for a user of a "light" or "dark" scheme."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable", session)
        self.call(
            "Emulation.setDeviceMetricsOverride",
            session,
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.call("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", session, url=page.as_uri())
        self.wait_for("Page.loadEventFired", session)
        return Page(self, target, session)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not select.select([self._from], [], [], PATIENCE_SECONDS)[0]:
                raise TimeoutError("The browser doesn't answer; what it said is in chromium.log.")
            data = os.read(self._from, 1 << 20)
            if not data:
                raise EOFError("The browser has ended; what it said is in chromium.log.")
            self._rest += data
        message, _end, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))


class Page:
    """An open page."""

    def __init__(self, owner: Browser, target: str, session: str) -> None:
        self._browser, self._target, self._session = owner, target, session

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression; raises if it throws."""
        answer = self._browser.call("Runtime.evaluate", self._session, expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def requests(self) -> list[str]:
        """Return the URLs that were asked for, the page's own among them."""
        return [event["request"]["url"] for event in self._told("Network.requestWillBeSent")]

    def complaints(self) -> list[str]:
        """Return what went to the console: messages, warnings, exceptions, and what the page's policy forbade."""
        names = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [json.dumps(event) for name in names for event in self._told(name)]

    def screenshot(self) -> bytes:
        """Return a PNG of the whole page."""
        taken = self._browser.call("Page.captureScreenshot", self._session, captureBeyondViewport=True)
        return base64.b64decode(taken["data"])

    def printed(self) -> bytes:
        """Return the PDF that printing it on A4 would give."""
        paper = {"paperWidth": 210 / 25.4, "paperHeight": 297 / 25.4, "preferCSSPageSize": True}
        return base64.b64decode(self._browser.call("Page.printToPDF", self._session, **paper)["data"])

    def close(self) -> None:
        """Close it."""
        self._browser.call("Target.closeTarget", targetId=self._target)

    def _told(self, method: str) -> list[dict[str, Any]]:
        events = [event for event in self._browser.events if event.get("sessionId") == self._session]
        return [event["params"] for event in events if event["method"] == method]
