"""Headless Chromium, driven over the DevTools protocol on a pipe: no port, no package beside it.

    with Browser() as browser:
        page = browser.page(width=1280)
        page.open("file:///.../index.html")
        page.evaluate("document.title")

The protocol: https://chromedevtools.github.io/devtools-protocol/ (names here are its own).
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PROGRAMS = ("chromium-headless-shell", "chromium")
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
        "ArrowDown": 40, "Home": 36, "End": 35}


def find_chromium():
    """The program that ASSAY_CHROMIUM names, else Debian's; None where there is none."""
    return os.environ.get("ASSAY_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)


class BrowserError(Exception):
    pass


class Browser:
    def __init__(self):
        self._profile = tempfile.TemporaryDirectory(prefix="assay-browser-",
                                                    ignore_cleanup_errors=True)
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        # The protocol's pipes are the descriptors 3 and 4.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "sh",
             find_chromium(), "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             "--hide-scrollbars", "--disable-background-networking", "--no-first-run",
             f"--user-data-dir={self._profile.name}", "about:blank"],
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._number = 0
        self._answers = {}
        self._pages = {}

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        try:
            self.send("Browser.close", limit_s=10)
            self._process.wait(timeout=10)
        except (BrowserError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._write)
        os.close(self._read)
        self._profile.cleanup()

    def page(self, width=1280, height=900, dark=False):
        target = self.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})
        page = Page(self, target, session["sessionId"])
        self._pages[session["sessionId"]] = page
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.send(f"{domain}.enable")
        page.resize(width, height)
        page.prefer("dark" if dark else "light")
        return page

    def send(self, method, parameters=None, session=None, limit_s=60):
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data):]
        until = time.monotonic() + limit_s
        while number not in self._answers:
            self.receive(until - time.monotonic(), method)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']}")
        return answer["result"]

    def receive(self, limit_s, what):
        """Takes in what the browser sends next, and hands events to their pages."""
        ready, _, _ = select.select([self._read], [], [], max(limit_s, 0))
        if not ready:
            raise BrowserError(f"no answer in time: {what}")
        block = os.read(self._read, 1 << 20)
        if not block:
            raise BrowserError("the browser ended")
        self._buffer += block
        *messages, self._buffer = self._buffer.split(b"\0")
        for text in messages:
            message = json.loads(text)
            if "id" in message:
                self._answers[message["id"]] = message
            elif message.get("sessionId") in self._pages:
                self._pages[message["sessionId"]].on_event(message["method"], message["params"])


class Page:
    def __init__(self, browser, target, session):
        self._browser, self._target, self._session = browser, target, session
        self.console = []   # errors and warnings of the console, and uncaught exceptions
        self.requests = []  # every address that was asked for

    def send(self, method, parameters=None, limit_s=60):
        return self._browser.send(method, parameters, self._session, limit_s)

    def on_event(self, method, parameters):
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.console.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            self.console.append(" ".join(str(a.get("value", a)) for a in parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            entry = parameters["entry"]
            self.console.append(f"{entry['text']} {entry.get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.console.append(f"a dialog opened: {parameters['message']}")

    def close(self):
        self._browser.send("Target.closeTarget", {"targetId": self._target})

    def resize(self, width, height=900):
        self.send("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def prefer(self, scheme):
        self.send("Emulation.setEmulatedMedia",
                  {"features": [{"name": "prefers-color-scheme", "value": scheme},
                                {"name": "prefers-reduced-motion", "value": "reduce"}]})

    def open(self, url, ready="true", limit_s=60):
        """Opens an address in a fresh document and waits until the expression `ready` holds."""
        self.send("Page.navigate", {"url": "about:blank"})
        self.wait("location.href === 'about:blank'", limit_s)
        self.send("Page.navigate", {"url": url})
        self.wait(f"document.readyState === 'complete' && ({ready})", limit_s)

    def evaluate(self, expression, limit_s=60):
        """The value of a JavaScript expression; a promise is waited for."""
        result = self.send("Runtime.evaluate", {"expression": expression, "returnByValue": True,
                                                "awaitPromise": True}, limit_s)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    def wait(self, expression, limit_s=60):
        until = time.monotonic() + limit_s
        while True:
            try:
                if self.evaluate(f"Boolean({expression})"):
                    return
            except BrowserError as error:
                # Between two documents there is no place to evaluate in.
                if "context" not in str(error) and "navigat" not in str(error):
                    raise
            if time.monotonic() > until:
                raise BrowserError(f"did not become true in {limit_s} s: {expression}")
            time.sleep(0.02)

    def press(self, key, modifiers=0):
        """One key as a person presses it; shift is the modifier 8."""
        event = {"key": key, "code": key, "modifiers": modifiers,
                 "windowsVirtualKeyCode": KEYS.get(key, ord(key[0].upper()))}
        if key == "Enter":
            event["text"] = "\r"
        elif len(key) == 1:
            event["text"] = key
        self.send("Input.dispatchKeyEvent", {"type": "keyDown", **event})
        self.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def move(self, x, y):
        self.send("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})

    def click(self, x, y):
        self.move(x, y)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": "left",
                                                   "clickCount": 1})

    def drag(self, x, y, to_x, to_y):
        button = {"button": "left", "buttons": 1, "clickCount": 1}
        self.move(x, y)
        self.send("Input.dispatchMouseEvent", {"type": "mousePressed", "x": x, "y": y, **button})
        for part in (0.25, 0.5, 0.75, 1):
            self.send("Input.dispatchMouseEvent",
                      {"type": "mouseMoved", "x": x + part * (to_x - x), "y": y + part * (to_y - y),
                       **button})
        self.send("Input.dispatchMouseEvent",
                  {"type": "mouseReleased", "x": to_x, "y": to_y, **button})

    def screenshot(self, path, whole=True):
        """A PNG of the whole page, or of what is in the window."""
        parameters = {"format": "png"}
        if whole:
            size = self.send("Page.getLayoutMetrics")["cssContentSize"]
            parameters["captureBeyondViewport"] = True
            parameters["clip"] = {"x": 0, "y": 0, "width": size["width"],
                                  "height": min(size["height"], 6000), "scale": 1}
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.send("Page.captureScreenshot", parameters)["data"]))
