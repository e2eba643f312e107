"""The tests' dashboard's REST and GraphQL: made projects, and recorded history."""


class Api:
    def __init__(self, options, dashboard):
        self.options = options
        self.dashboard = dashboard

    def handle(self, method, path, query, headers, body):
        return (404, "application/json", '{"error": "Not found"}'), []
