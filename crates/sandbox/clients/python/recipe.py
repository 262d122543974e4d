"""A test of relink in Python: each run has a sandbox of its own, seeded from a file, and needs no browser."""

import atexit
import http.server
import json
import os
import pathlib
import queue
import subprocess
import threading
import urllib.request

import stripe

# Start a sandbox on a free port; its first line on stdout is the address.
program = [os.environ.get("RELINK_SANDBOX", "relink-sandbox"), "--listen", "127.0.0.1:0", "--log", "error"]
process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
atexit.register(process.kill)
address = process.stdout.readline().split()[-1]
# Tests that run in parallel share the sandbox if each has a world: the header names it, and so does the key's suffix.
world = f"python-{os.getpid()}"
key = f"sk_test_sandbox_world_{world}"
api = stripe.StripeClient(key, base_addresses={"api": address}, stripe_version="2026-09-30.preview").v1


def sandbox(path, body):
    """Calls a route of the sandbox."""
    headers = {"content-type": "application/json", "sandbox-world": world}
    urllib.request.urlopen(urllib.request.Request(address + path, body.encode(), headers)).close()


# Seed the world.
sandbox("/_sandbox/scenario", pathlib.Path(__file__, "../../seed.json").resolve().read_text())

# Receive webhooks, and wait for one of a type.
messages = queue.Queue()


class Webhooks(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        messages.put((self.rfile.read(int(self.headers["content-length"])), self.headers["stripe-signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


listener = http.server.HTTPServer(("127.0.0.1", 0), Webhooks)
threading.Thread(target=listener.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{listener.server_port}/webhooks"
endpoint = api.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})


def wait_for(kind):
    while True:
        event = stripe.Webhook.construct_event(*messages.get(timeout=10), endpoint.secret)
        if event.type == kind:
            return event.data.object


# The bank ends the connection.
sandbox("/_sandbox/accounts/fca_AdaChecking", json.dumps({"status": "inactive", "cause": "access_expired"}))
broken = wait_for("financial_connections.account.deactivated")
assert broken.status_details.inactive.action == "relink_required"

# The customer relinks it, without a browser.
session = api.financial_connections.sessions.create(
    {
        "account_holder": {"type": "customer", "customer": "cus_Ada"},
        "permissions": ["payment_method"],
        "relink_options": {"authorization": broken.authorization, "account": broken.id},
    }
)
sandbox(f"/_sandbox/sessions/{session.id}/complete", json.dumps({"outcome": "succeeded"}))
repaired = wait_for("financial_connections.account.reactivated")
assert api.financial_connections.accounts.retrieve(repaired.id).status == "active"
print("relinked", repaired.id)
