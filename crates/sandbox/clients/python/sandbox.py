"""The sandbox under test: Stripe's library pointed at it, its controls, and its bank window."""

import json
import os
import urllib.request

import stripe

ADDRESS = os.environ.get("SANDBOX_URL", "http://127.0.0.1:4281")
ALDER = {"authorization": "fcauth_AlderJenny", "account": "fca_AlderChecking6789"}
RELINK = {
    "account_holder": {"type": "customer", "customer": "cus_SandboxJenny"},
    "permissions": ["payment_method", "balances"],
    "relink_options": ALDER,
    "filters": {"account_subcategories": ["checking", "savings"], "country": "US"},
    "limits": {"accounts": 1},
}


def client(key="sk_test_sandbox", **settings):
    """Stripe's library as its users have it, but for the address. Retries are off where a test asks for none."""
    settings.setdefault("max_network_retries", 0)
    return stripe.StripeClient(key, base_addresses={"api": ADDRESS}, **settings).v1


def control(method, path, body=None):
    """Asks the sandbox's own endpoints; what they refuse is an error of the test."""
    headers = {"authorization": "Bearer pk_test_sandbox", "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ADDRESS + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def fresh():
    """A sandbox in its first state."""
    control("POST", "/_sandbox/reset")


def link(api, session, digits, institution=None):
    """The customer signs in and shares the accounts that end in these digits; reads the session afterwards."""

    def step(name, **fields):
        return control("POST", f"/bank/{name}", {"client_secret": session.client_secret, **fields})

    step("open")
    holdings = step("sign_in", institution=institution)["holdings"]
    step("choose", holdings=[one["id"] for one in holdings if one["last4"] in digits])
    step("close")
    return api.financial_connections.sessions.retrieve(session.id)
