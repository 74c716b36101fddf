"""A server on this machine that files are downloaded from."""

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Server(http.server.ThreadingHTTPServer):
    """Serves one content under every path, in the manner that a test asks for."""

    ranges = True  # whether it understands Range
    break_after: int | None = None  # bytes per answer before the connection breaks
    status: int | None = None  # an error to answer with
    announce = True  # whether it says how much is coming

    def __init__(self, content: bytes) -> None:
        super().__init__(('127.0.0.1', 0), Handler)
        self.content = content
        self.asked = []  # the Range of each request
        self.url = f'http://127.0.0.1:{self.server_address[1]}/weights'

    def handle_error(self, *_):
        pass  # a client that hangs up


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server, asked = self.server, self.headers.get('Range')
        server.asked.append(asked)
        if server.status:
            self.send_error(server.status)
            return
        start = int(re.match(r'bytes=(\d+)-', asked)[1]) if asked and server.ranges else 0
        size = len(server.content)
        if start >= size:
            self.send_response(416)
            self.send_header('Content-Range', f'bytes */{size}')
            self.end_headers()
            return
        self.send_response(206 if asked and server.ranges else 200)
        if asked and server.ranges:
            self.send_header('Content-Range', f'bytes {start}-{size - 1}/{size}')
        if server.announce:
            self.send_header('Content-Length', str(size - start))
        self.end_headers()
        self.wfile.write(server.content[start : size if server.break_after is None else start + server.break_after])

    def log_message(self, *_):
        pass


@contextmanager
def serving(content: bytes) -> Iterator[Server]:
    """A server that runs meanwhile."""
    server = Server(content)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
