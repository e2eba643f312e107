"""The tests' dashboard's REST (3.x, 4.x) and GraphQL (3.x, 5.x): made projects, recorded history.

Answers are as recorded with 3.10.2, in tests/data/cdash, or as CDash's own graphql/schema.graphql says.
"""
import base64
import copy
import json
import os
import re
import secrets

EMAIL, PASSWORD = "admin@example.com", "a-password"
GRAPHQL_3 = ["createProject"]
GRAPHQL_5 = ["createProject", "updateProject", "createPinnedTestMeasurement", "createAuthenticationToken"]
PROJECT_DEFAULTS = {"visibility": "PRIVATE", "authenticateSubmissions": False, "autoRemoveTimeFrame": 60,
                    "enableTestTiming": True, "emailTestTimingChanged": False,
                    "emailBrokenSubmissions": True, "emailRedundantFailures": False,
                    "displayLabels": True, "description": None, "homeUrl": None}


def lists(value):
    """Connections of measurements as the plain lists that 5.x made of them."""
    if isinstance(value, list):
        return [lists(item) for item in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, item in value.items():
        if name == "testMeasurements" and isinstance(item, dict):
            item = [edge["node"] for edge in item["edges"]]
        out[name] = lists(item)
    return out


def page_of(edges, arguments, largest):
    """A connection's page, for arguments such as 'first: 20, after: "Mg=="'; no larger than `largest`."""
    first = min(int(re.search(r"first: (\d+)", arguments)[1]), largest)
    after = re.search(r'after: "([^"]*)"', arguments)
    begin = int(base64.b64decode(after[1])) if after else 0
    end = begin + first
    return {"edges": edges[begin:end],
            "pageInfo": {"hasNextPage": end < len(edges),
                         "endCursor": base64.b64encode(str(min(end, len(edges))).encode()).decode()}}


class Api:
    def __init__(self, options, dashboard):
        self.options = options
        self.dashboard = dashboard
        self.full_token = "full-" + options.token
        self.projects = {}
        self.changes = []  # what was made or changed, for tests of running it again
        self.session = secrets.token_hex(8)

    def recorded(self, name):
        with open(os.path.join(self.options.data, name), encoding="utf-8") as file:
            return json.load(file)

    def handle(self, method, path, query, headers, body):
        data = json.loads(body) if body.strip().startswith(b"{") else {}
        has_session = f"session={self.session}" in (headers.get("Cookie") or "")
        by_token = headers.get("Authorization") == "Bearer " + self.full_token
        self.out = []
        if path == "/login":
            return self.log_in(method, data, headers)
        if path == "/graphql":
            return self.graphql(data, has_session)
        if not path.startswith("/api/"):
            return self.answer({"error": "Not found"}, 404)
        if by_token:
            self.out.append(("Set-Cookie", f"session={self.session}; Path=/; HttpOnly"))
        is_known = by_token or has_session
        name = path.removeprefix("/api/v1/").removeprefix("/api/").replace("/", "_").removesuffix(".php")
        gone = self.options.api >= 5 and name in ("project", "manageMeasurements", "authtokens_create",
                                                 "buildgroup", "user")
        action = getattr(self, f"{method.lower()}_{name}", None)
        if action is None or gone:
            return self.answer({"error": "Not found"}, 404)
        if not is_known:
            return self.answer({"error": "This request requires authentication."}, 401)
        return action(query, data)

    def answer(self, body, status=200):
        return (status, "application/json", json.dumps(body)), self.out

    def change(self, what):
        self.changes.append(what)
        self.dashboard.note(change=what, part="change", status=0)

    def log_in(self, method, data, headers):
        if method == "GET":
            self.out.append(("Set-Cookie", "XSRF-TOKEN=forged%3Dno; Path=/"))
            return (200, "text/html", "<html></html>"), self.out
        if headers.get("X-XSRF-TOKEN") != "forged=no":
            return self.answer({"message": "CSRF token mismatch."}, 419)
        if data != {"email": EMAIL, "password": PASSWORD}:
            return self.answer({"message": "These credentials do not match our records."}, 422)
        self.out.append(("Set-Cookie", f"session={self.session}; Path=/; HttpOnly"))
        return self.answer({})

    # REST
    def by_id(self, wanted):
        return next((one for one in self.projects.values() if one["Id"] == int(wanted)), None)

    def get_user(self, query, data):
        return self.answer({"user_is_admin": 1})

    def get_index(self, query, data):
        project = self.projects.get(query.get("project"))
        if project is None:
            return self.answer({"error": "You do not have access to the requested project or the "
                                         "requested project does not exist."}, 404)
        page = self.recorded("index.json")
        page.update(projectid=project["Id"], projectname=project["Name"],
                    all_buildgroups=[{"id": i + 1, "name": name}
                                     for i, name in enumerate(project["groups"])])
        return self.answer(page)

    def get_project(self, query, data):
        project = self.by_id(json.loads(query["project"])["Id"])
        shown = {name: value for name, value in project.items() if name not in ("groups", "columns")}
        return self.answer({"project": shown})

    def post_project(self, query, data):
        wanted = data["project"]
        if data.get("Submit"):
            missing = set(self.recorded("create_project.json")["project"]) - set(wanted)
            if missing:
                return self.answer({"error": f"missing: {sorted(missing)}"}, 500)
            project = {**wanted, "Id": len(self.projects) + 2, "columns": [],
                       "groups": ["Nightly", "Continuous", "Experimental"]}
            self.projects[wanted["Name"]] = project
            self.change("project made")
            return self.answer({"projectcreated": 1, "project": {"Id": project["Id"]}})
        self.by_id(wanted["Id"]).update(wanted)
        self.change("project changed: " + ", ".join(sorted(set(wanted) - {"Id"})))
        return self.answer({"projectupdated": 1})

    def get_manageMeasurements(self, query, data):
        return self.answer({"measurements": self.by_id(query["projectid"])["columns"]})

    def post_manageMeasurements(self, query, data):
        columns = self.by_id(data["projectid"])["columns"]
        for one in data["measurements"]:
            columns.append({**one, "id": len(columns) + 3})
            self.change("column " + one["name"])
        return self.answer({"id": columns[-1]["id"]})

    def post_buildgroup(self, query, data):
        self.by_id(data["projectid"])["groups"].append(data["newbuildgroup"])
        self.change("group " + data["newbuildgroup"])
        return self.answer({"id": 9, "name": data["newbuildgroup"]}, 201)

    def post_authtokens_create(self, query, data):
        self.change(f"token {data['scope']} {data['projectid']}")
        return self.answer({"raw_token": "a-new-token", "token": {"hash": "x"}})

    def get_queryTests(self, query, data):
        return self.answer(self.recorded("queryTests_measurements.json"))

    def get_testGraph(self, query, data):
        if query.get("measurementname") != "kernel_ms":
            return self.answer([])
        return self.answer(self.recorded("testGraph_kernel_ms2.json"))

    # GraphQL: knows sessions only, no bearer token
    def graphql(self, data, has_session):
        text, variables = data["query"], data.get("variables", {})
        if "__type" in text:
            names = GRAPHQL_5 if self.options.api >= 5 else GRAPHQL_3
            return self.answer({"data": {"__type": {"fields": [{"name": name} for name in names]}}})
        if not has_session:
            if text.startswith("mutation"):
                return self.answer({"errors": [{"message": "This action is unauthorized."}]})
            return self.answer({"data": {"project": None}})
        if "builds(" in text:
            if self.options.no_graphql_history:
                return self.answer({"data": {"project": None}})
            return self.history(text)
        if text.startswith("mutation"):
            name = text.split("{")[1].split("(")[0].strip()
            return self.answer({"data": {name: getattr(self, name)(variables["input"])}})
        project = self.projects.get(variables["name"])
        if project is None:
            return self.answer({"data": {"project": None}})
        columns = {"edges": [{"node": {"name": name}} for name in project["columns"]]}
        return self.answer({"data": {"project": {**project, "pinnedTestMeasurements": columns}}})

    def history(self, text):
        is_list = self.options.api >= 5
        if is_list and "testMeasurements { edges" in text:
            return self.answer({"errors": [{"message": 'Cannot query field "edges" on type '
                                                       '"TestMeasurement".'}]})
        page = self.recorded("graphql_history.json")
        if "gpureg" not in text:
            return self.answer({"data": {"project": None}})
        builds = page["data"]["project"]["builds"]["edges"]
        # It was recorded for one test of one build name, which the question did not ask for.
        for build in builds:
            build["node"].update(name="linux-gcc12-h200-hist", site={"name": "gpu-node-1"})
            recorded = build["node"]["tests"]["edges"][0]
            tests = [copy.deepcopy(recorded) for _ in range(self.options.tests_per_build)]
            for i, test in enumerate(tests):
                test["node"].update(name="sim.heat.small" + (f".{i}" if i else ""), details="")
            asked = re.search(r"tests\(([^)]*)\)", text)[1]
            build["node"]["tests"] = page_of(tests, asked, self.options.largest_page)
        for field in ("name", "stamp"):
            wanted = re.search(rf'{field}: "([^"]*)"}}', text)
            if wanted:
                builds = [one for one in builds if one["node"][field] == wanted[1]]
        asked = re.search(r"builds\((.*?)\) \{", text)[1]
        page["data"]["project"]["builds"] = page_of(builds, asked, self.options.largest_page)
        return self.answer(lists(page) if is_list else page)

    def createProject(self, wanted):
        project = {**PROJECT_DEFAULTS, **wanted, "id": str(len(self.projects) + 2), "columns": []}
        self.projects[wanted["name"]] = project
        self.change("project made")
        return {"id": project["id"]}

    def updateProject(self, wanted):
        project = next(one for one in self.projects.values() if one["id"] == wanted["id"])
        unknown = set(wanted) - set(PROJECT_DEFAULTS) - {"id"}
        if unknown:
            return {"message": f"unknown: {sorted(unknown)}"}
        project.update(wanted)
        self.change("project changed: " + ", ".join(sorted(set(wanted) - {"id"})))
        return {"message": None}

    def createPinnedTestMeasurement(self, wanted):
        project = next(one for one in self.projects.values() if one["id"] == wanted["projectId"])
        project["columns"].append(wanted["name"])
        self.change("column " + wanted["name"])
        return {"message": None}

    def createAuthenticationToken(self, wanted):
        if not wanted.get("expiration"):
            return {"message": "no expiration", "rawToken": None}
        self.change(f"token {wanted['scope']} {wanted['projectId']}")
        return {"message": None, "rawToken": "a-new-token"}
