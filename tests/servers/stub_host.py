"""A service host for tests: small, and as obedient or as broken as its settings say."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path


def main() -> None:
    """Serve, report and die as the configuration asks."""
    config = json.loads(Path(sys.argv[1]).read_text())
    settings = config["settings"]
    if settings.get("broken"):
        print("stub: I am broken on purpose", flush=True)
        sys.exit(3)
    if settings.get("grandchild"):
        subprocess.Popen(["sleep", "1000"])
    report = os.fdopen(int(os.environ["PRACTICUM_REPORT_FD"]), "w")
    armed: dict[str, int] = {}

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/reach/"):
                point = self.path.removeprefix("/reach/")
                if point in armed:
                    armed[point] -= 1
                    if armed[point] == 0:
                        line = {"report": "crash_point", "point": point, "hit": 1}
                        print(json.dumps(line), file=report, flush=True)
                        os.kill(os.getpid(), signal.SIGKILL)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"config": config, "armed": armed}).encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Stay silent."""

    def listen_to_supervisor() -> None:
        for text in os.fdopen(0):
            line = json.loads(text)
            if line["do"] == "disarm":
                armed.clear()
            elif line["do"] == "arm":
                armed[line["point"]] = line["hit"]
        os._exit(1)

    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    threading.Thread(target=listen_to_supervisor, daemon=True).start()
    print(f"stub: {config['member']} serves", flush=True)
    http.server.ThreadingHTTPServer((config["host"], config["port"]), Answers).serve_forever()


if __name__ == "__main__":
    main()
