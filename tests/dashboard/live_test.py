"""`assay dashboard --serve`: what it answers, what it refuses, and that a page follows what comes.

    python3 live_test.py ASSAY
"""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import unittest

from browser import Browser
from dashboard_site import ASSAY, READY, SiteTest, main


class Server:
    """One that was started and answers; it is stopped by its pid."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([ASSAY, "dashboard", "--serve", *arguments],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        match = re.match(r"http://127\.0\.0\.1:(\d+)/", line)
        if not match:
            self.process.wait()
            raise AssertionError(f"it did not start: {line} {self.process.stderr.read()}")
        self.port = int(match[1])

    def stop(self, with_signal=signal.SIGTERM):
        os.kill(self.process.pid, with_signal)
        status = self.process.wait(timeout=20)
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    def ask(self, path, method="GET", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest(method, path, skip_host=bool(headers and "Host" in headers))
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body


class Live(SiteTest):
    def setUp(self):
        super().setUp()
        # A directory of its own, to which records come.
        self.live = os.path.join(self.root, self.id())
        run = "nightly-0000"
        shutil.copytree(os.path.join(self.records, run), os.path.join(self.live, run))
        self.server = Server("--records", self.live)
        self.addCleanup(lambda: self.server.process.poll() is None and self.server.stop())

    def url(self, hash_part=""):
        return f"http://127.0.0.1:{self.server.port}/{hash_part}"

    def add_run(self, number):
        name = f"nightly-{number:04}"
        shutil.copytree(os.path.join(self.records, name), os.path.join(self.live, name))

    def test_page_follows_new_records_and_keeps_the_view(self):
        case = self.case(8)["id"]
        self.page.open(self.url(f"#/case/{case}"), READY)
        self.assertIn("1 runs", self.text("footer"))
        self.page.evaluate("document.querySelectorAll('.plot')[1].focus(); scrollTo(0, 300)")
        place = self.page.evaluate("scrollY")
        self.assertGreater(place, 0)
        focused = self.page.evaluate("document.activeElement.getAttribute('aria-label')")
        self.add_run(1)
        self.page.wait("document.getElementById('footer').innerText.includes('2 runs')", 60)
        self.page.wait("document.querySelector('.plot').getAttribute('aria-valuemax') === '1'")
        self.assertEqual(self.page.evaluate("location.hash"), f"#/case/{case}")
        self.assertEqual(self.page.evaluate("scrollY"), place)
        self.assertEqual(self.page.evaluate("document.activeElement.getAttribute('aria-label')"),
                         focused)
        self.assertIn("live", self.text("footer"))

    def test_pages_and_data_are_answered(self):
        for path, kind, part in (("/", "text/html", "<title>"), ("/index.html", "text/html", "<main"),
                                 ("/assets/app.js", "text/javascript", "hashchange"),
                                 ("/assets/style.css", "text/css", ":root"),
                                 ("/data/index.js?7", "text/javascript", 'assay.receive("index"'),
                                 (f"/data/cases/{self.case(8)['id']}.js", "text/javascript", "val_loss"),
                                 ("/data/live.js", "text/javascript", '"generation":1')):
            with self.subTest(path=path):
                answer, body = self.server.ask(path)
                self.assertEqual(answer.status, 200)
                self.assertTrue(answer.headers["Content-Type"].startswith(kind))
                self.assertEqual(answer.headers["Cross-Origin-Resource-Policy"], "same-origin")
                self.assertEqual(answer.headers["Cache-Control"], "no-store")
                self.assertIn(part, body)
        answer, body = self.server.ask("/", "HEAD")
        self.assertEqual((answer.status, body), (200, ""))
        self.assertGreater(int(answer.headers["Content-Length"]), 100)

    def test_other_names_methods_and_paths_are_refused(self):
        for host in ("evil.example", f"evil.example:{self.server.port}", "", "127.0.0.1.evil.example",
                     f"127.0.0.1:{self.server.port + 1}"):
            with self.subTest(host=host):
                self.assertEqual(self.server.ask("/", headers={"Host": host})[0].status, 403)
        for host in ("localhost", f"LOCALHOST:{self.server.port}", f"127.0.0.1:{self.server.port}"):
            self.assertEqual(self.server.ask("/", headers={"Host": host})[0].status, 200)
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            self.assertEqual(self.server.ask("/", method)[0].status, 405)
        for path in ("/../../../../etc/passwd", "/assets/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                     "//etc/passwd", "/data/cases/../index.js", "/data/cases/.js", "/data/", "/assets/",
                     "/nothing", "/index.html/"):
            with self.subTest(path=path):
                answer, body = self.server.ask(path)
                self.assertEqual(answer.status, 404)
                self.assertNotIn("root:", body)

    def test_what_is_no_request_does_not_end_it(self):
        for junk in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET " + b"a" * 100000,
                     b"GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as connection:
                try:
                    connection.sendall(junk)
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(1000)
                except OSError:
                    pass
        self.assertEqual(self.server.ask("/")[0].status, 200)

    def test_only_this_machine_reaches_it(self):
        with open("/proc/net/tcp", encoding="ascii") as file:
            listening = [line.split()[1] for line in file if line.split()[3] == "0A"]
        port = f"{self.server.port:04X}"
        self.assertEqual([place for place in listening if place.endswith(":" + port)],
                         ["0100007F:" + port])

    def test_taken_port_is_said(self):
        result = subprocess.run([ASSAY, "dashboard", "--serve", "--records", self.live, "--port",
                                 str(self.server.port)], capture_output=True, text=True, timeout=60,
                                check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(f"cannot listen on 127.0.0.1:{self.server.port}", result.stderr)

    def test_signals_end_it_orderly(self):
        self.assertEqual(self.server.stop(signal.SIGINT), 0)
        self.server = Server("--records", self.live)
        self.assertEqual(self.server.stop(signal.SIGTERM), 0)

    def test_page_says_when_the_server_has_ended(self):
        self.page.open(self.url(), READY)
        self.server.stop()
        self.page.wait("document.documentElement.classList.contains('lost')", 60)
        self.assertIn("Newest run", self.text())
        self.page.console.clear()  # the browser itself says that it reached nothing

    def test_other_sites_pages_cannot_load_its_data(self):
        other = os.path.join(self.root, "other.html")
        with open(other, "w", encoding="utf-8") as file:
            file.write(f"<script>assay = {{receive: () => {{ stolen = 1; }}}}; stolen = 0;</script>"
                       f"<script src='{self.url('data/index.js')}'></script>")
        self.page.open(f"file://{other}")
        self.assertEqual(self.page.evaluate("stolen"), 0)
        self.page.console.clear()  # the browser says that it blocked it


class EmptyHistory(unittest.TestCase):
    def test_history_that_does_not_exist_yet_is_waited_for(self):
        import tempfile
        with tempfile.TemporaryDirectory() as root, Browser() as browser:
            server = Server("--history", os.path.join(root, "history.sqlite"))
            try:
                page = browser.page()
                page.open(f"http://127.0.0.1:{server.port}/", READY)
                self.assertIn("There is no record yet", page.evaluate("document.body.innerText"))
                recipe = os.path.join(root, "recipe.yaml")
                with open(recipe, "w", encoding="utf-8") as file:
                    file.write("type: recipe\nformat_version: 1\n"
                               "spec: {model: waited, script: 'true'}\n")
                subprocess.run([ASSAY, "run", recipe, "--history",
                                os.path.join(root, "history.sqlite"), "--work-dir", root],
                               check=True, stdout=subprocess.DEVNULL)
                page.wait("document.body.innerText.includes('waited')", 60)
                self.assertEqual(page.console, [])
            finally:
                self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    main()
