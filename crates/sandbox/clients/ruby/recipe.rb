# A test of relink in Ruby: each run has a sandbox of its own, seeded from a file, and needs no browser.
require "json"
require "net/http"
require "socket"
require "stripe"

# Start a sandbox on a free port; its first line on stdout is the address.
sandbox = IO.popen([ENV.fetch("RELINK_SANDBOX", "relink-sandbox"), "--listen", "127.0.0.1:0", "--log", "error"])
at_exit { Process.kill("TERM", sandbox.pid) }
ADDRESS = sandbox.gets.split.last
# Tests that run in parallel share the sandbox if each has a world: the header names it, and so does the key's suffix.
WORLD = "ruby-#{Process.pid}"
KEY = "sk_test_sandbox_world_#{WORLD}".freeze
STRIPE = Stripe::StripeClient.new(KEY, api_base: ADDRESS, stripe_version: "2026-09-30.preview").v1

# Calls a route of the sandbox.
def sandbox(path, body)
  headers = { "content-type" => "application/json", "sandbox-world" => WORLD }
  answer = Net::HTTP.post(URI(ADDRESS + path), body, headers)
  raise answer.body unless answer.is_a?(Net::HTTPSuccess)
end

# Seed the world.
sandbox("/_sandbox/scenario", File.read(File.join(__dir__, "../seed.json")))

# Receive webhooks, and wait for one of a type.
LISTENER = TCPServer.new("127.0.0.1", 0)
ENDPOINT = STRIPE.webhook_endpoints.create(
  { url: "http://127.0.0.1:#{LISTENER.addr[1]}/webhooks", enabled_events: ["*"] }
)
def wait_for(type)
  loop do
    raise "no #{type} came" unless LISTENER.wait_readable(10)
    connection = LISTENER.accept
    head = connection.gets("\r\n\r\n")
    body = connection.read(head[/^content-length: (\d+)/i, 1].to_i)
    connection.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    connection.close
    event = Stripe::Webhook.construct_event(body, head[/^stripe-signature: (.*)\r/i, 1], ENDPOINT.secret)
    return event.data.object if event.type == type
  end
end

# The bank ends the connection.
sandbox("/_sandbox/accounts/fca_AdaChecking", { status: "inactive", cause: "access_expired" }.to_json)
broken = wait_for("financial_connections.account.deactivated")
raise "not broken" unless broken.status_details.inactive.action == "relink_required"

# The customer relinks it, without a browser.
session = STRIPE.financial_connections.sessions.create(
  {
    account_holder: { type: "customer", customer: "cus_Ada" },
    permissions: ["payment_method"],
    relink_options: { authorization: broken.authorization, account: broken.id },
  }
)
sandbox("/_sandbox/sessions/#{session.id}/complete", { outcome: "succeeded" }.to_json)
repaired = wait_for("financial_connections.account.reactivated")
raise "not repaired" unless STRIPE.financial_connections.accounts.retrieve(repaired.id).status == "active"
puts "relinked #{repaired.id}"
