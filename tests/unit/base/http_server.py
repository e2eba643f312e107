"""A server for tests of HTTP clients: http_server.py [SOCKET]

Prints the port (or the socket's path) once it listens; ends with its standard input. Paths:
/echo says what was asked, as JSON; /status/N answers N; /slow waits; /cut breaks off in the middle of
the body; /nothing closes without a word; /cookie sets one; /redirect points to /echo; /large is 1 MB.
"""
import http.server
import json
import os
import socketserver
import sys
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def echo(self):
        length = int(self.headers.get("Content-Length") or 0)
        said = {"method": self.command, "path": self.path,
                "headers": [[name.lower(), value] for name, value in self.headers.items()],
                "body": self.rfile.read(length).decode("latin-1")}
        self.answer(200, json.dumps(said).encode(), [("X-Server", "a test's own")])

    def handle_any(self):
        path = self.path.split("?")[0]
        if path == "/echo":
            self.echo()
        elif path.startswith("/status/"):
            self.answer(int(path.split("/")[2]), b"because")
        elif path == "/slow":
            time.sleep(20)
            self.answer(200)
        elif path == "/cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            self.close_connection = True
        elif path == "/nothing":
            self.close_connection = True
        elif path == "/cookie":
            self.answer(200, b"", [("Set-Cookie", "XSRF-TOKEN=a%3Db; Path=/"),
                                   ("Set-Cookie", "session=7; Path=/; HttpOnly")])
        elif path == "/redirect":
            self.answer(302, b"", [("Location", "/echo")])
        elif path == "/large":
            self.answer(200, b"x" * 1000000)
        else:
            self.answer(404)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def address_string(self):
        return "client"

    def log_message(self, *args):
        pass


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class TcpServer(http.server.ThreadingHTTPServer):
    daemon_threads = True


def main():
    if len(sys.argv) > 1:
        server, where = UnixServer(sys.argv[1], Handler), sys.argv[1]
    else:
        server = TcpServer(("127.0.0.1", 0), Handler)
        where = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(where, flush=True)
    sys.stdin.read()
    os._exit(0)


main()
