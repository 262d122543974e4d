"""The sandbox under test: Stripe's library with its address, its controls, and its bank window."""

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
    """Creates a default client with the sandbox's address. Retries are off unless a test enables them."""
    settings.setdefault("max_network_retries", 0)
    return stripe.StripeClient(key, base_addresses={"api": ADDRESS}, **settings).v1


def control(method, path, body=None):
    """Calls the sandbox's own endpoints; an error response fails the test."""
    headers = {"authorization": "Bearer pk_test_sandbox", "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ADDRESS + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def fresh():
    """Resets the sandbox."""
    control("POST", "/_sandbox/reset")


def link(api, session, digits, institution=None):
    """Signs in as the customer, shares the accounts with these last digits, and reads the session afterwards."""

    def step(name, **fields):
        return control("POST", f"/bank/{name}", {"client_secret": session.client_secret, **fields})

    step("open")
    holdings = step("sign_in", institution=institution)["holdings"]
    step("choose", holdings=[one["id"] for one in holdings if one["last4"] in digits])
    step("close")
    return api.financial_connections.sessions.retrieve(session.id)
