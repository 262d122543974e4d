# Stripe's own library for Ruby, unmodified, against the sandbox. Each test has a world of its own.
require "minitest"
require "net/http"
require "open3"
require "socket"
require "stripe"

ADDRESS = ENV.fetch("SANDBOX_URL", "http://127.0.0.1:4281")
PREVIEW = "2026-09-30.preview"
BILLING = { name: "Ada Lovelace" }.freeze
MANDATE = {
  customer_acceptance: { type: "online", online: { ip_address: "203.0.113.7", user_agent: "Mozilla/5.0" } },
}.freeze
Stripe.max_network_retries = 0
# For the pages of a list after the first one, the library forgets the address of its client.
Stripe.api_base = ADDRESS

class SandboxTest < Minitest::Test
  def setup
    @world = "ruby-#{name.delete_prefix('test_').tr('_', '-')}"[0, 40]
    control("/_sandbox/reset", {})
    @stripe = client
  end

  def client(key = "sk_test_sandbox", **settings)
    Stripe::StripeClient.new("#{key}_world_#{@world}", api_base: ADDRESS, **settings).v1
  end

  # Calls one of the sandbox's own routes.
  def control(path, body)
    headers = { "content-type" => "application/json", "sandbox-world" => @world }
    answer = Net::HTTP.post(URI(ADDRESS + path), body.to_json, headers)
    assert_kind_of(Net::HTTPSuccess, answer, answer.body)
  end

  # Links an account of a new customer at Alder Bank; returns the ids of both.
  def link
    customer = @stripe.customers.create({ name: "Ada Lovelace", email: "ada@example.com" }).id
    session = @stripe.financial_connections.sessions.create(
      { account_holder: { type: "customer", customer: customer }, permissions: %w[payment_method balances] }
    )
    control("/_sandbox/sessions/#{session.id}/complete", { institution: "fcinst_AlderBank", accounts: ["3310"] })
    accounts = @stripe.financial_connections.sessions.retrieve(session.id).accounts
    assert_equal(["3310"], accounts.map(&:last4))
    [customer, accounts.first.id]
  end

  def test_accounts_are_linked_and_disconnected
    customer, account = link
    list = @stripe.financial_connections.accounts.list({ account_holder: { customer: customer } })
    assert_equal([account], list.auto_paging_each.map(&:id))
    assert_equal("disconnected", @stripe.financial_connections.accounts.disconnect(account).status)
  end

  def test_a_broken_account_is_relinked
    sessions = client(stripe_version: PREVIEW).financial_connections.sessions
    options = { authorization: "fcauth_AlderJenny", account: "fca_AlderChecking6789" }
    holder = { type: "customer", customer: "cus_SandboxJenny" }
    session = sessions.create({ account_holder: holder, permissions: ["payment_method"], relink_options: options })
    control("/_sandbox/sessions/#{session.id}/complete", {})
    assert_equal(options.merge(failure_reason: nil), sessions.retrieve(session.id).relink_result.to_hash)
  end

  def test_pages_are_read_to_the_end
    made = Array.new(5) { @stripe.customers.create({ email: "many@example.com" }).id }
    list = @stripe.customers.list({ email: "many@example.com", limit: 2 })
    assert_equal(made.sort, list.auto_paging_each.map(&:id).sort)
  end

  def test_an_account_is_set_up_and_pays
    customer, account = link
    method = @stripe.payment_methods.create(
      { type: "us_bank_account", us_bank_account: { financial_connections_account: account }, billing_details: BILLING }
    ).id
    types = ["us_bank_account"]
    common = { customer: customer, payment_method: method, payment_method_types: types, confirm: true }
    assert_equal("succeeded", @stripe.setup_intents.create({ **common, mandate_data: MANDATE }).status)
    payment = @stripe.payment_intents.create({ **common, amount: 2000, currency: "usd" })
    assert_equal("processing", payment.status)
    control("/_sandbox/clock", { advance: "5d" })
    paid = @stripe.payment_intents.retrieve(payment.id)
    assert_equal(["succeeded", 2000], [paid.status, paid.amount_received])
  end

  def test_refusals_are_errors_of_the_library
    accounts = @stripe.financial_connections.accounts
    missing = assert_raises(Stripe::InvalidRequestError) { accounts.retrieve("fca_nobody") }
    assert_equal([404, "resource_missing", "id"], [missing.http_status, missing.code, missing.param])
    assert_match(/\Areq_/, missing.request_id)
    assert_raises(Stripe::AuthenticationError) { client("sk_test_wrong").balance.retrieve }
    assert_raises(Stripe::PermissionError) { client("rk_test_sandbox_read").customers.create({}) }
    { 500 => Stripe::APIError, 429 => Stripe::RateLimitError }.each do |status, error|
      control("/_sandbox/faults", { route: "GET /v1/balance", status: status })
      assert_raises(error) { @stripe.balance.retrieve }
    end
    # Ruby itself repeats a read once.
    control("/_sandbox/faults", { route: "GET /v1/balance", kind: "reset", times: 2 })
    assert_raises(Stripe::APIConnectionError) { @stripe.balance.retrieve }
  end

  def test_a_key_is_replayed_and_refuses_other_parameters
    once = { idempotency_key: "once" }
    first, second = Array.new(2) { @stripe.customers.create({ name: "Ada" }, once) }
    assert_equal(first.id, second.id)
    assert_equal("true", second.last_response.http_headers["idempotent-replayed"])
    assert_raises(Stripe::IdempotencyError) { @stripe.customers.create({ name: "Kai" }, once) }
  end

  def test_webhooks_are_verified_by_the_library
    listener = TCPServer.new("127.0.0.1", 0)
    url = "http://127.0.0.1:#{listener.addr[1]}/webhooks"
    secret = @stripe.webhook_endpoints.create({ url: url, enabled_events: ["*"] }).secret
    event = receive(listener, "inactive", secret)
    assert_equal("financial_connections.account.deactivated", event.type)
    assert_equal(event.id, @stripe.events.retrieve(event.id).id)
    control("/_sandbox/webhooks", { signature: "wrong" })
    assert_raises(Stripe::SignatureVerificationError) { receive(listener, "active", secret) }
    control("/_sandbox/webhooks", { signature: "right", signature_age: 301 })
    assert_raises(Stripe::SignatureVerificationError) { receive(listener, "inactive", secret) }
  end

  # Changes an account, and returns the event that comes for it.
  def receive(listener, status, secret)
    control("/_sandbox/accounts/fca_CopperfieldSavings4421", { status: status })
    assert(listener.wait_readable(10), "no webhook came")
    connection = listener.accept
    head = connection.gets("\r\n\r\n")
    body = connection.read(head[/^content-length: (\d+)/i, 1].to_i)
    connection.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    connection.close
    Stripe::Webhook.construct_event(body, head[/^stripe-signature: (.*)\r/i, 1], secret)
  end

  def test_the_recipe_relinks_an_account
    output, status = Open3.capture2e(RbConfig.ruby, File.join(__dir__, "recipe.rb"))
    assert(status.success?, output)
    assert_equal("relinked fca_AdaChecking\n", output)
  end
end

# Counts as cargo's tests do, so that one program can count all.
module Minitest
  def self.plugin_count_init(_options)
    reporter << Class.new(StatisticsReporter) do
      def report
        super
        passed = count - failures - errors - skips
        verdict = passed == count ? "ok" : "FAILED"
        puts("test result: #{verdict}. #{passed} passed; #{failures + errors} failed; #{skips} ignored")
      end
    end.new
  end
end
Minitest.extensions << "count"
exit(Minitest.run(["--verbose"]))
