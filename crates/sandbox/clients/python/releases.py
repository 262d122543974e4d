"""Tests with another release of Stripe's library for Python, in the version of the API that it was made for.

`SANDBOX_URL=http://… PYTHONPATH=folder/of/the/release python releases.py`.
"""

import unittest

import stripe

from all import ACCEPTANCE, HEALTHY, Endpoint, OnTheSandbox, report
from fields import complaints
from sandbox import ALDER, client, control, link

VERSION = stripe.api_version
DATE = VERSION.split(".")[0]
IS_PREVIEW = VERSION.endswith(".preview")
# The name of the list has changed, first in previews.
TYPES = (
    "allowed_payment_method_types" if DATE >= ("2026-08-26" if IS_PREVIEW else "2026-09-30") else "payment_method_types"
)


class Release(OnTheSandbox):
    """Every object that a call returns has the fields of its class in this release: no other one, and each required one."""

    def fits(self, value):
        self.assertEqual(complaints(value), [])
        return value

    def link(self):
        """Links an account of a new customer; returns the ids of both."""
        customer = self.fits(self.api.customers.create({"name": "Ada Lovelace", "email": "ada@example.com"})).id
        session = self.connections.sessions.create(
            {
                "account_holder": {"type": "customer", "customer": customer},
                "permissions": ["payment_method", "balances", "ownership", "transactions"],
                "prefetch": ["balances"],
                "filters": {"account_subcategories": ["checking", "savings"]},
            }
        )
        self.fits(session)
        ended = self.fits(link(self.api, session, ["3310"], "fcinst_AlderBank"))
        return customer, ended.accounts.data[0].id

    def test_accounts_and_their_data(self):
        customer, account = self.link()
        accounts = self.connections.accounts
        listed = self.fits(accounts.list({"account_holder": {"customer": customer}}))
        self.assertEqual([one.id for one in listed.data], [account])
        self.fits(accounts.subscribe(account, {"features": ["transactions"]}))
        features = ["balance", "ownership", "transactions"]
        read = self.fits(accounts.refresh(account, {"features": features, "expand": ["ownership"]}))
        self.fits(accounts.owners.list(account, {"ownership": read.ownership.id}))
        self.fits(self.connections.transactions.list({"account": account, "limit": 5}))
        for other in ["cus_SandboxJenny", "cus_SandboxKai", "cus_SandboxData"]:
            self.fits(accounts.list({"account_holder": {"customer": other}, "limit": 100}))
        self.assertEqual(self.fits(accounts.disconnect(account)).status, "disconnected")

    def test_a_relink(self):
        params = {
            "account_holder": {"type": "customer", "customer": "cus_SandboxJenny"},
            "permissions": ["payment_method"],
            "relink_options": ALDER,
        }
        create = lambda: self.connections.sessions.create(params)
        if not IS_PREVIEW:
            self.refused(stripe.InvalidRequestError, create, "parameter_unknown", "relink_options", 400)
            return
        session = self.fits(create())
        ended = self.fits(link(self.api, session, ["6789"]))
        self.assertEqual(ended.relink_result.to_dict(), {**ALDER, "failure_reason": None})
        self.fits(self.connections.authorizations.retrieve(ALDER["authorization"]))
        self.fits(self.connections.institutions.list({"limit": 5}))

    def pay(self):
        """Sets up an account and is paid from it; returns the customer and the payment method."""
        customer, account = self.link()
        method = self.fits(
            self.api.payment_methods.create(
                {
                    "type": "us_bank_account",
                    "us_bank_account": {"financial_connections_account": account},
                    "billing_details": {"name": "Ada Lovelace"},
                }
            )
        )
        common = {
            "customer": customer,
            "payment_method": method.id,
            "confirm": True,
            "mandate_data": ACCEPTANCE,
            TYPES: ["us_bank_account"],
        }
        setup = self.fits(self.api.setup_intents.create(common))
        self.assertEqual(setup.status, "succeeded")
        self.fits(self.api.mandates.retrieve(setup.mandate))
        payment = self.fits(self.api.payment_intents.create({**common, "amount": 2000, "currency": "usd"}))
        self.assertEqual(payment.status, "processing")
        control("POST", "/_sandbox/clock", {"advance": "5d"})
        paid = self.fits(self.api.payment_intents.retrieve(payment.id))
        self.assertEqual((paid.status, paid.amount_received), ("succeeded", 2000))
        return customer, method.id

    def test_payments(self):
        customer, method = self.pay()
        plan = {"customer": customer, "items": [{"price": "price_Monthly"}], "default_payment_method": method}
        subscription = self.fits(self.api.subscriptions.create(plan))
        self.assertEqual(self.fits(self.api.subscriptions.cancel(subscription.id)).status, "canceled")
        self.fits(self.api.payment_methods.list({"customer": customer}))

    def test_accounts_of_the_merchant(self):
        bank = {"country": "US", "currency": "usd", "routing_number": "110000000", "account_number": "000123456789"}
        token = self.fits(self.api.tokens.create({"bank_account": bank}))
        seller = {"type": "custom", "country": "US", "external_account": token.id}
        account = self.fits(self.api.accounts.create(seller))
        self.fits(self.api.accounts.external_accounts.list(account.id))
        self.fits(self.api.balance.retrieve())

    def test_the_fields_of_another_version_are_noticed(self):
        newest = client(stripe_version="2026-09-30.preview").financial_connections
        session = {"permissions": ["payment_method"], "filters": {"country": "US"}, "ui_mode": "modal"}
        self.assertNotEqual(complaints(newest.sessions.create(session)), [])

    def test_pages(self):
        for _ in range(5):
            self.api.customers.create({"email": "many@example.com"})
        pages = self.api.customers.list({"email": "many@example.com", "limit": 2}).auto_paging_iter()
        self.assertEqual(len({one.id for one in pages}), 5)

    def test_events_and_webhooks(self):
        endpoint = Endpoint()
        self.addCleanup(endpoint.close)
        # Endpoints get events in the account's version, unless they name another one, which can't be a preview.
        version = {} if IS_PREVIEW else {"api_version": VERSION}
        hook = {"url": endpoint.url, "enabled_events": ["*"], **version}
        made = self.fits(self.api.webhook_endpoints.create(hook))
        control("POST", f"/_sandbox/accounts/{HEALTHY}", {"status": "inactive"})
        body, signature = endpoint.next()
        event = self.fits(stripe.Webhook.construct_event(body, signature, made.secret))
        self.assertEqual((event.type, event.api_version), ("financial_connections.account.deactivated", VERSION))
        control("POST", "/_sandbox/webhooks", {"signature": "wrong"})
        control("POST", f"/_sandbox/accounts/{HEALTHY}", {"status": "active"})
        with self.assertRaises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(*endpoint.next(), made.secret)
        customer, _ = self.pay()
        linked = self.connections.accounts.list({"account_holder": {"customer": customer}}).data[0].id
        features = ["balance", "ownership", "transactions"] + (["inferred_balances"] if IS_PREVIEW else [])
        self.connections.accounts.refresh(linked, {"features": features})
        if IS_PREVIEW:
            self.fits(self.connections.accounts.inferred_balances.list(linked, {"limit": 5}))
        control("POST", "/_sandbox/clock", {"advance": "20d"})
        self.connections.accounts.disconnect(linked)
        events = self.fits(list(self.api.events.list({"limit": 100}).auto_paging_iter()))
        self.assertGreater(len({one.type for one in events}), 12, {one.type for one in events})

    def test_refusals(self):
        missing = lambda: self.connections.accounts.retrieve("fca_nobody")
        self.refused(stripe.InvalidRequestError, missing, "resource_missing", "id", 404)
        self.refused(stripe.AuthenticationError, lambda: client("sk_test_wrong").balance.retrieve(), status=401)
        reader = client("rk_test_sandbox_read")
        self.refused(stripe.PermissionError, lambda: reader.customers.create({}), status=403)
        control("POST", "/_sandbox/faults", {"route": "GET /v1/balance", "status": 500})
        self.refused(stripe.APIError, lambda: self.api.balance.retrieve(), status=500)

    def test_a_key_is_replayed_and_refuses_other_parameters(self):
        once = {"idempotency_key": "once"}
        first, second = (self.api.customers.create({"name": "Ada"}, once) for _ in range(2))
        self.assertEqual(first.id, second.id)
        with self.assertRaises(stripe.IdempotencyError):
            self.api.customers.create({"name": "Kai"}, once)


if __name__ == "__main__":
    print(f"The library of {VERSION}")
    report(unittest.defaultTestLoader.loadTestsFromTestCase(Release))
