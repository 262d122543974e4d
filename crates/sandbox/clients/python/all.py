"""Tests of the sandbox with Stripe's unmodified Python library: `SANDBOX_URL=http://… python all.py`."""

import http.server
import pathlib
import subprocess
import sys
import threading
import unittest

import stripe

from fields import complaints
from sandbox import ALDER, RELINK, client, control, fresh, link

HEALTHY = "fca_CopperfieldSavings4421"
ACCEPTANCE = {
    "customer_acceptance": {
        "type": "online",
        "accepted_at": 1_790_000_000,
        "online": {"ip_address": "203.0.113.7", "user_agent": "Mozilla/5.0"},
    }
}


class OnTheSandbox(unittest.TestCase):
    """Base class whose tests begin with a reset sandbox."""

    def setUp(self):
        fresh()
        self.api = client()
        self.connections = self.api.financial_connections

    def create(self, **changes):
        return self.connections.sessions.create({**RELINK, **changes})

    def refused(self, kind, call, code=None, param=None, status=None):
        with self.assertRaises(kind) as caught:
            call()
        error = caught.exception
        self.assertIs(type(error), kind)
        self.assertEqual((error.code, getattr(error, "param", None)), (code, param))
        if status is not None:
            self.assertEqual(error.http_status, status)
        return error


class Calls(OnTheSandbox):
    def test_a_relink_brings_the_very_account_back_to_life(self):
        before = self.connections.accounts.retrieve(ALDER["account"])
        self.assertEqual(before.status_details.inactive.action, "relink_required")
        read = link(self.api, self.create(), ["6789"])
        self.assertEqual(read.status, "succeeded")
        self.assertEqual(read.relink_result.to_dict(), {**ALDER, "failure_reason": None})
        self.assertEqual(self.connections.authorizations.retrieve(ALDER["authorization"]).status, "active")

    def test_a_loop_over_a_list_goes_through_all_pages(self):
        holder = {"account_holder": {"customer": "cus_SandboxKai"}}
        whole = self.connections.accounts.list({**holder, "limit": 100}).data
        paged = list(self.connections.accounts.list({**holder, "limit": 3}).auto_paging_iter())
        self.assertEqual([one.id for one in paged], [one.id for one in whole])
        back = {**holder, "limit": 3, "ending_before": whole[-1].id}
        before = list(self.connections.accounts.list(back).auto_paging_iter())
        self.assertEqual([one.id for one in before], [one.id for one in reversed(whole[:-1])])

    def test_a_linked_account_becomes_the_way_a_customer_pays(self):
        method = self.api.payment_methods.create(
            {
                "type": "us_bank_account",
                "us_bank_account": {"financial_connections_account": HEALTHY},
                "billing_details": {"name": "Jenny Rosen"},
            }
        )
        intent = self.api.setup_intents.create(
            {
                "customer": "cus_SandboxJenny",
                "payment_method": method.id,
                "allowed_payment_method_types": ["us_bank_account"],
                "confirm": True,
                "mandate_data": ACCEPTANCE,
                "expand": ["payment_method"],
            }
        )
        self.assertEqual((intent.status, intent.payment_method.id), ("succeeded", method.id))

    def test_a_ga_version_has_no_relink(self):
        ga = client(stripe_version="2026-10-28.endive").financial_connections
        self.assertNotIn("authorization", ga.accounts.retrieve(ALDER["account"]))
        create = lambda: ga.sessions.create(RELINK)
        self.refused(stripe.InvalidRequestError, create, "parameter_unknown", "relink_options", 400)


class Fields(OnTheSandbox):
    """The library is of 2026-09-30.preview, the newest preview version: each response has the fields of its class."""

    def assert_fits(self, value):
        self.assertEqual(complaints(value), [])

    def test_sessions_have_the_fields_of_their_class(self):
        everything = ["balances", "ownership", "payment_method", "transactions"]
        self.assert_fits(self.create())
        self.assert_fits(link(self.api, self.create(), ["6789"]))
        self.assert_fits(link(self.api, self.create(), ["1204"]))
        new = {
            "account_holder": RELINK["account_holder"],
            "permissions": everything,
            "prefetch": ["balances", "inferred_balances", "ownership", "transactions"],
            "manual_entry": {"mode": "automatic"},
            "filters": {"country": "US", "require_payment_method_support": "at_least_one"},
            "return_url": "https://merchant.example/back",
        }
        session = self.connections.sessions.create(new)
        self.assert_fits(link(self.api, session, ["2231"], "fcinst_AlderBank"))

    def test_what_is_known_of_accounts_has_the_fields_of_its_class(self):
        accounts = self.connections.accounts
        for customer in ["cus_SandboxJenny", "cus_SandboxKai"]:
            found = accounts.list({"account_holder": {"customer": customer}, "limit": 100}).data
            self.assert_fits(found)
            self.assert_fits([self.connections.authorizations.retrieve(one.authorization) for one in found])
        self.assert_fits(self.connections.institutions.list({"limit": 5}).data)
        holder = {"type": "customer", "customer": "cus_SandboxData"}
        data = {"account_holder": holder, "permissions": ["balances", "ownership", "transactions"]}
        session = self.connections.sessions.create({**data, "relink_options": {"authorization": "fcauth_FoundryNoor"}})
        link(self.api, session, ["3001", "3003"])
        features = ["balance", "inferred_balances", "ownership", "transactions"]
        account = accounts.refresh("fca_FoundryChecking3001", {"features": features, "expand": ["ownership"]})
        self.assert_fits(account)
        self.assert_fits(accounts.owners.list(account.id, {"ownership": account.ownership.id}).data)
        self.assert_fits(accounts.inferred_balances.list(account.id, {"limit": 2}).data)
        self.assert_fits(self.connections.transactions.list({"account": account.id, "limit": 5}).data)

    def test_an_unknown_and_a_missing_field_are_noticed(self):
        session = self.create()
        spoilt = {**session.to_dict(), "relink_option": {}}
        del spoilt["accounts"]
        found = complaints(stripe.financial_connections.Session.construct_from(spoilt, None))
        self.assertEqual([text.split(": ")[1] for text in found], ["relink_option is unknown", "accounts is missing"])


class Errors(OnTheSandbox):
    def test_refusals_are_raised_as_their_classes(self):
        accounts, sessions = self.connections.accounts, self.connections.sessions
        unknown = lambda: self.create(permission="x")
        self.refused(stripe.InvalidRequestError, unknown, "parameter_unknown", "permission", 400)
        nothing = lambda: sessions.create({"account_holder": RELINK["account_holder"]})
        self.refused(stripe.InvalidRequestError, nothing, "parameter_missing", "permissions", 400)
        missing = lambda: accounts.retrieve("fca_nobody")
        error = self.refused(stripe.InvalidRequestError, missing, "resource_missing", "id", 404)
        self.assertRegex(error.request_id, "^req_")
        wrong_key = client("sk_test_wrong").financial_connections.accounts
        self.refused(stripe.AuthenticationError, lambda: wrong_key.retrieve(ALDER["account"]), status=401)
        reader = client("rk_test_sandbox_read").financial_connections.sessions
        self.refused(stripe.PermissionError, lambda: reader.create(RELINK), status=403)

    def test_outages_and_limits_are_raised_as_their_classes(self):
        route = "GET /v1/financial_connections/accounts/{id}"
        read = lambda: self.connections.accounts.retrieve(ALDER["account"])
        control("POST", "/_sandbox/faults", {"route": route, "status": 500})
        self.refused(stripe.APIError, read, status=500)
        control("POST", "/_sandbox/faults", {"route": route, "kind": "reset", "times": 1})
        self.refused(stripe.APIConnectionError, read)
        control("POST", "/_sandbox/settings", {"rate_limit": 0})
        # The library drops the code of this error.
        self.refused(stripe.RateLimitError, read, status=429)

    def test_a_bank_that_declines_is_a_card_error(self):
        control("POST", "/_sandbox/settings", {"decline_setup_intents": True})
        method = self.api.payment_methods.create(
            {
                "type": "us_bank_account",
                "us_bank_account": {"financial_connections_account": HEALTHY},
                "billing_details": {"name": "Jenny Rosen"},
            }
        )
        form = {"customer": "cus_SandboxJenny", "payment_method": method.id, "confirm": True}
        create = lambda: self.api.setup_intents.create({**form, "mandate_data": ACCEPTANCE})
        with self.assertRaises(stripe.CardError) as caught:
            create()
        self.assertEqual(caught.exception.code, "setup_intent_authentication_failure")


class Idempotency(OnTheSandbox):
    def test_a_key_is_replayed_and_refuses_other_parameters(self):
        options = {"idempotency_key": "once"}
        first = self.connections.sessions.create(RELINK, options)
        second = self.connections.sessions.create(RELINK, options)
        self.assertEqual(first.id, second.id)
        self.assertEqual(second.last_response.headers["Idempotent-Replayed"], "true")
        other = {**RELINK, "permissions": ["payment_method"]}
        again = lambda: self.connections.sessions.create(other, options)
        self.refused(stripe.IdempotencyError, again, status=400)

    def test_the_library_tries_again_with_one_key(self):
        route = "POST /v1/financial_connections/sessions"
        control("POST", "/_sandbox/faults", {"route": route, "status": 500})
        control("POST", "/_sandbox/faults", {"route": route, "kind": "reset", "executed": True})
        patient = client(max_network_retries=3).financial_connections
        self.assertEqual(patient.sessions.create(RELINK).status, "pending")
        state = control("GET", "/_sandbox/state")
        self.assertEqual((state["calls"][route], len(state["sessions"])), (3, 1))


class Webhooks(OnTheSandbox):
    def setUp(self):
        super().setUp()
        self.endpoint = Endpoint()
        self.addCleanup(self.endpoint.close)
        made = self.api.webhook_endpoints.create({"url": self.endpoint.url, "enabled_events": ["*"]})
        self.secret = made.secret

    def test_a_delivered_webhook_is_read(self):
        control("POST", f"/_sandbox/accounts/{HEALTHY}", {"status": "inactive"})
        body, signature = self.endpoint.next()
        event = stripe.Webhook.construct_event(body, signature, self.secret)
        self.assertEqual(event.type, "financial_connections.account.deactivated")
        self.assertEqual(event.data.object.authorization, "fcauth_CopperfieldJenny")
        self.assertEqual(self.api.events.retrieve(event.id).id, event.id)
        self.assertEqual(complaints(event.data.object), [])

    def test_a_webhook_with_a_wrong_or_an_old_signature_is_refused(self):
        for status, switches in [("inactive", {"signature": "wrong"}), ("active", {"signature_age": 301})]:
            control("POST", "/_sandbox/webhooks", {"signature": "right", **switches})
            control("POST", f"/_sandbox/accounts/{HEALTHY}", {"status": status})
            body, signature = self.endpoint.next()
            with self.assertRaises(stripe.SignatureVerificationError):
                stripe.Webhook.construct_event(body, signature, self.secret)


class Recipe(unittest.TestCase):
    def test_the_recipe_relinks_an_account(self):
        recipe = pathlib.Path(__file__).with_name("recipe.py")
        run = subprocess.run([sys.executable, recipe], capture_output=True, text=True, timeout=60)
        self.assertEqual((run.stdout, run.stderr), ("relinked fca_AdaChecking\n", ""))


class Endpoint:
    """A merchant's webhook endpoint on loopback."""

    def __init__(self):
        self.messages = []
        self.arrived = threading.Condition()
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()
                with endpoint.arrived:
                    endpoint.messages.append((body, self.headers["stripe-signature"]))
                    endpoint.arrived.notify()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        with self.arrived:
            if not self.arrived.wait_for(lambda: self.messages, timeout=40):
                raise TimeoutError("no webhook came")
            return self.messages.pop(0)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def report(suite):
    """Runs tests and prints results like cargo's tests, so that one program can count all."""
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    ignored = len(result.skipped)
    failed = len(result.failures) + len(result.errors)
    verdict = "FAILED" if failed else "ok"
    passed = result.testsRun - failed - ignored
    print(f"\ntest result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    report(unittest.defaultTestLoader.loadTestsFromModule(__import__(__name__)))
