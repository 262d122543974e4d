import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import com.sun.net.httpserver.HttpServer;

/**
 * A test of relink in Java: each run has a sandbox of its own, seeded from a file, and needs no browser.
 *
 * <p>Runs without a library, as {@code java Recipe.java seed.json}. With stripe-java,
 * {@code StripeClient.builder().setApiBase(address)} takes the place of {@link #stripe}, and
 * {@code Webhook.constructEvent} that of {@link #verified}.
 */
class Recipe {
    /**
     * Tests that run in parallel share the sandbox if each has a world: the header names it, and so does the key's
     * suffix.
     */
    static final String WORLD = "java-" + ProcessHandle.current().pid();
    static final HttpClient HTTP = HttpClient.newHttpClient();
    static final LinkedBlockingQueue<String[]> WEBHOOKS = new LinkedBlockingQueue<>();
    static String address;
    static String secret;

    public static void main(String[] arguments) throws Exception {
        // Start a sandbox on a free port; its first line on stdout is the address.
        var program = System.getenv().getOrDefault("RELINK_SANDBOX", "relink-sandbox");
        var sandbox = new ProcessBuilder(program, "--listen", "127.0.0.1:0", "--log", "error").start();
        try {
            var first = new BufferedReader(new InputStreamReader(sandbox.getInputStream())).readLine();
            address = first.replace("listening on ", "");
            test(Files.readString(Path.of(arguments[0])));
        } finally {
            sandbox.destroy();
        }
    }

    static void test(String seed) throws Exception {
        sandbox("/_sandbox/scenario", seed);

        // Receive webhooks.
        var listener = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        listener.createContext("/webhooks", exchange -> {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            WEBHOOKS.add(new String[] {exchange.getRequestHeaders().getFirst("Stripe-Signature"), body});
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        listener.start();
        try {
            var url = "http://127.0.0.1:" + listener.getAddress().getPort() + "/webhooks";
            var endpoint = stripe("/v1/webhook_endpoints", Map.of("url", url, "enabled_events[]", "*"));
            secret = find(endpoint, "secret", "whsec_\\w+");

            // The bank ends the connection.
            sandbox("/_sandbox/accounts/fca_AdaChecking", "{\"status\": \"inactive\", \"cause\": \"access_expired\"}");
            var broken = waitFor("financial_connections.account.deactivated");
            find(broken, "action", "relink_required");

            // The customer relinks it, without a browser.
            var session = find(stripe("/v1/financial_connections/sessions", Map.of(
                "account_holder[type]", "customer",
                "account_holder[customer]", "cus_Ada",
                "permissions[]", "payment_method",
                "relink_options[authorization]", find(broken, "authorization", "fcauth_\\w+"),
                "relink_options[account]", "fca_AdaChecking")), "id", "fcsess_\\w+");
            sandbox("/_sandbox/sessions/" + session + "/complete", "{\"outcome\": \"succeeded\"}");
            waitFor("financial_connections.account.reactivated");
            find(stripe("/v1/financial_connections/accounts/fca_AdaChecking", null), "status", "active");
            System.out.println("relinked fca_AdaChecking");
        } finally {
            listener.stop(0);
        }
    }

    /** Waits for a webhook of the type and returns the event. */
    static String waitFor(String type) throws Exception {
        while (true) {
            var message = WEBHOOKS.poll(10, TimeUnit.SECONDS);
            if (message == null) throw new AssertionError("no " + type + " came");
            if (!verified(message[1], message[0])) throw new AssertionError("wrong signature");
            if (message[1].contains('"' + type + '"')) return message[1];
        }
    }

    /** True if the signature `t=…,v1=…` is of this body and of the endpoint's secret. */
    static boolean verified(String body, String signature) throws Exception {
        var parts = Pattern.compile("t=(\\d+),v1=(\\w+)").matcher(signature);
        if (!parts.find()) return false;
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        var expected = mac.doFinal((parts.group(1) + "." + body).getBytes(StandardCharsets.UTF_8));
        return MessageDigest.isEqual(expected, HexFormat.of().parseHex(parts.group(2)));
    }

    /** Calls Stripe's API: POST with a form, GET without. */
    static String stripe(String path, Map<String, String> form) throws Exception {
        var key = Base64.getEncoder().encodeToString(("sk_test_sandbox_world_" + WORLD + ":").getBytes());
        var call = HttpRequest.newBuilder(URI.create(address + path))
            .header("Authorization", "Basic " + key)
            .header("Stripe-Version", "2026-09-30.preview");
        if (form == null) return send(call);
        var fields = form.entrySet().stream().map(field -> encode(field.getKey()) + "=" + encode(field.getValue()));
        var body = HttpRequest.BodyPublishers.ofString(fields.collect(Collectors.joining("&")));
        return send(call.header("Content-Type", "application/x-www-form-urlencoded").POST(body));
    }

    /** Calls a route of the sandbox. */
    static void sandbox(String path, String body) throws Exception {
        send(HttpRequest.newBuilder(URI.create(address + path))
            .header("Content-Type", "application/json")
            .header("Sandbox-World", WORLD)
            .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    static String send(HttpRequest.Builder call) throws Exception {
        var answer = HTTP.send(call.build(), BodyHandlers.ofString());
        if (answer.statusCode() != 200) throw new AssertionError(answer.body());
        return answer.body();
    }

    /** Returns the field's value that fits the pattern; your test has a parser of JSON. */
    static String find(String json, String name, String pattern) {
        var found = Pattern.compile("\"" + name + "\":\\s*\"(" + pattern + ")\"").matcher(json);
        if (!found.find()) throw new AssertionError("no such " + name + " in " + json);
        return found.group(1);
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
