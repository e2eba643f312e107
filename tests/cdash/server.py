"""A CDash of the tests' own: takes submissions as a real one (3.10.2) was recorded to.

    server.py --state DIR --data DIR [--project NAME] [--token TOKEN] [--faults FILE]
              [--port N] [--api 3|5] [--no-graphql-history]

Prints its port once it listens; ends with its standard input. What
it was sent is kept in DIR: log.jsonl has one line per request, complaints.txt whatever a well-behaved
client would not have done (parts out of order, tests twice in a build, a token in the wrong place).

FILE holds a JSON list of faults, each used up `times` times (default 1) by the uploads of `part`:
{"part": "Test", "fault": "500" | "200-error" | "no-id" | "cut" | "lost" | "slow"}
`cut` breaks off before the upload counts, `lost` after: the client cannot tell the two apart.
"""
import argparse
import hashlib
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree as xml

import api

PARTS = ["Update", "Configure", "Build", "Test", "Notes", "Upload", "Done"]
ROOTS = {"Update": "Update", "Configure": "Configure", "Build": "Build", "Testing": "Test",
         "Notes": "Notes", "Upload": "Upload"}
# What Test.xsd allows (closed sequences).
TEST_CHILDREN = {"Name", "Path", "FullName", "FullCommandLine", "Results", "Labels", "StartTestTime"}
RESULT_CHILDREN = {"NamedMeasurement", "Measurement"}


def recorded_replies(path):
    """{title: (status, content type, body)} of submit_replies.txt."""
    replies = {}
    with open(path, encoding="utf-8") as file:
        for section in file.read().split("### ")[1:]:
            title, _, rest = section.partition("\n")
            head, _, body = rest.partition("\n\n")
            lines = head.splitlines()
            replies[title] = (int(lines[0].split()[1]), lines[1].partition(": ")[2], body)
    return replies


def part_of(document):
    if document.tag == "Done":
        return "Done"
    if document.tag == "Update":
        return "Update"
    for child in document:
        if child.tag in ROOTS:
            return ROOTS[child.tag]
    return None


def schema_error(document):
    """What Test.xsd would say of a Test.xml; nothing when it is as it should be."""
    for test in document.iter("Test"):
        if "Status" not in test.attrib:
            continue  # an entry of TestList
        for child in test:
            if child.tag not in TEST_CHILDREN:
                return f"Element '{child.tag}': This element is not expected."
        for child in test.find("Results") if test.find("Results") is not None else []:
            if child.tag not in RESULT_CHILDREN:
                return f"Element '{child.tag}': This element is not expected."
            if child.tag == "NamedMeasurement":
                if not child.get("type") or not child.get("name"):
                    return "Element 'NamedMeasurement': The attribute 'type' is required but missing."
                if len(child) != 1 or child[0].tag != "Value":
                    return "Element 'NamedMeasurement': Missing child element(s). Expected is ( Value )."
    return None


class Dashboard:
    """The builds, and what came in."""

    def __init__(self, options):
        self.options = options
        self.replies = recorded_replies(os.path.join(options.data, "submit_replies.txt"))
        self.lock = threading.Lock()
        self.builds = {}  # (site, name, stamp) -> build
        self.next_id = 11
        self.faults = []
        if options.faults:
            with open(options.faults, encoding="utf-8") as file:
                self.faults = json.load(file)
        self.api = api.Api(options, self)

    def note(self, **what):
        with open(os.path.join(self.options.state, "log.jsonl"), "a", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")

    def complain(self, text):
        with open(os.path.join(self.options.state, "complaints.txt"), "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def take_fault(self, part):
        for fault in self.faults:
            if fault.get("part", part) == part and fault.get("times", 1) > 0:
                fault["times"] = fault.get("times", 1) - 1
                return fault["fault"]
        return None

    def ok(self, build_id):
        status, kind, body = self.replies["PUT good"]
        return status, kind, body.replace("<buildId>11<", f"<buildId>{build_id}<")

    def submit(self, query, headers, body):
        """(status, content type, body) as recorded."""
        project = query.get("project")
        if not project:
            return self.replies["no project"]
        if project != self.options.project:
            return self.replies["unknown project"]
        if self.options.token:
            given = headers.get("Authorization")
            if not given:
                return self.replies["PUT no token"]
            if given != "Bearer " + self.options.token:
                return self.replies["PUT bad token"]
        digest = hashlib.md5(body).hexdigest()
        if query.get("MD5") != digest:
            status, kind, _ = self.replies["PUT wrong MD5"]
            return status, kind, json.dumps({"status": 1, "description":
                                             f"md5 mismatch. expected: {query.get('MD5')}, received: {digest}"})
        try:
            document = xml.fromstring(body)
        except xml.ParseError:
            return self.replies["not XML"]
        part = part_of(document)
        if part is None:
            return self.replies["not XML"]
        error = schema_error(document) if part == "Test" else None
        if error:
            return 400, "application/json", json.dumps(
                {"status": 1, "description": "XML validation failed: rejected file:\nERROR: " + error})
        if part == "Done":
            return self.done(document)
        return self.keep(part, document, query, body)

    def done(self, document):
        build_id = int(document.findtext("buildId") or 0)
        for build in self.builds.values():
            if build["id"] == build_id:
                build["done"] = True
                return self.ok(build_id)
        return 400, "application/json", json.dumps({"status": 1, "description": "build not found"})

    def keep(self, part, document, query, body):
        site = document.get("Name") or document.findtext("Site")
        name = document.get("BuildName") or document.findtext("BuildName")
        stamp = document.get("BuildStamp") or document.findtext("BuildStamp")
        for key, value in (("site", site), ("build", name), ("stamp", stamp)):
            if key in query and query[key] != value:
                self.complain(f"{part}: {key} is '{query[key]}' in the URL and '{value}' in the XML")
        key = (site, name, stamp)
        build = self.builds.get(key)
        replaces = build is not None and build["done"] and part == "Test"
        if replaces:
            self.complain(f"build {build['id']} was done and is replaced: {key}")
            build = None
        if build is None:
            build = {"id": self.next_id, "parts": [], "tests": [], "done": False, "replaces": replaces}
            self.next_id += 1
            self.builds[key] = build
        if build["parts"] and not build["replaces"] and PARTS.index(part) < PARTS.index(build["parts"][-1]):
            self.complain(f"{part} came after {build['parts'][-1]}")
        build["parts"].append(part)
        if part == "Test":
            names = [test.findtext("Name") for test in document.iter("Test") if "Status" in test.attrib]
            twice = sorted(set(names) & set(build["tests"]))
            if twice:
                self.complain(f"build {build['id']} has tests twice: {', '.join(twice)}")
            build["tests"] += names
        folder = os.path.join(self.options.state, str(build["id"]))
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, part + ".xml"), "wb") as file:
            file.write(body)
        return self.ok(build["id"])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, reply, headers=()):
        status, kind, body = reply
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def handle_any(self):
        dashboard = self.server.dashboard
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        token = dashboard.options.token
        if token and token in urllib.parse.unquote(self.path) + body.decode("latin-1"):
            dashboard.complain("a token in a URL or a body")
        if url.path.endswith("/submit.php"):
            self.submit(query, body)
            return
        with dashboard.lock:
            reply, headers = dashboard.api.handle(self.command, url.path, query, self.headers, body)
            dashboard.note(method=self.command, path=url.path, query=query, status=reply[0],
                           body=body.decode("latin-1"))
        self.answer(reply, headers)

    def submit(self, query, body):
        dashboard = self.server.dashboard
        file_name = query.get("FileName", "")
        part = file_name.split("___")[-1].removesuffix(".xml")
        with dashboard.lock:
            fault = dashboard.take_fault(part)
            if fault in (None, "lost", "slow", "no-id"):
                reply = dashboard.submit(query, self.headers, body)
            else:
                reply = (500, "text/html", "Internal Server Error")
            dashboard.note(method=self.command, part=part, query=query, status=reply[0], fault=fault)
        if fault == "slow":
            time.sleep(30)
        if fault in ("cut", "lost"):
            self.close_connection = True
            return
        if fault == "200-error":
            reply = (200, "text/xml; charset=UTF-8", '<cdash version="3.10.2"><status>ERROR</status>'
                     "<message>The build could not be stored.</message></cdash>")
        if fault == "no-id":
            reply = (200, "text/xml; charset=UTF-8",
                     '<cdash version="3.10.2"><status>OK</status><message></message></cdash>')
        self.answer(reply)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--project", default="gpureg")
    parser.add_argument("--token", default="")
    parser.add_argument("--faults")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--api", type=int, default=3)
    parser.add_argument("--no-graphql-history", action="store_true")
    parser.add_argument("--largest-page", type=int, default=100)
    parser.add_argument("--tests-per-build", type=int, default=1)
    options = parser.parse_args()
    os.makedirs(options.state, exist_ok=True)
    server = Server(("127.0.0.1", options.port), Handler)
    server.dashboard = Dashboard(options)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    os._exit(0)


main()
