<?php
// A test of relink in PHP: each run has a sandbox of its own, seeded from a file, and needs no browser.
// `VENDOR` is the folder into which Composer installed stripe/stripe-php, if it is another one.
require (getenv('VENDOR') ?: __DIR__ . '/vendor') . '/autoload.php';

// Start a sandbox on a free port; its first line on stdout is the address.
$program = [getenv('RELINK_SANDBOX') ?: 'relink-sandbox', '--listen', '127.0.0.1:0', '--log', 'error'];
$sandbox = proc_open($program, [1 => ['pipe', 'w']], $pipes);
register_shutdown_function(fn () => proc_terminate($sandbox));
$address = trim(str_replace('listening on ', '', fgets($pipes[1])));
// Tests that run in parallel share the sandbox if each has a world: the header names it, and so does the key's suffix.
$world = 'php-' . getmypid();
$stripe = new \Stripe\StripeClient([
    'api_key' => "sk_test_sandbox_world_$world",
    'api_base' => $address,
    'stripe_version' => '2026-09-30.preview',
]);

// Calls a route of the sandbox.
function sandbox(string $path, string $body): void
{
    global $address, $world;
    $call = curl_init($address . $path);
    curl_setopt_array($call, [
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_HTTPHEADER => ['content-type: application/json', "sandbox-world: $world"],
        CURLOPT_RETURNTRANSFER => true,
    ]);
    $answer = curl_exec($call);
    if (curl_getinfo($call, CURLINFO_RESPONSE_CODE) !== 200) {
        throw new Exception("$path: $answer");
    }
}

// Seed the world.
sandbox('/_sandbox/scenario', file_get_contents(__DIR__ . '/../seed.json'));

// Receive webhooks, and wait for one of a type.
$listener = stream_socket_server('tcp://127.0.0.1:0');
$url = 'http://' . stream_socket_get_name($listener, false) . '/webhooks';
$endpoint = $stripe->webhookEndpoints->create(['url' => $url, 'enabled_events' => ['*']]);
function wait_for(string $type): \Stripe\StripeObject
{
    global $listener, $endpoint;
    while ($connection = stream_socket_accept($listener, 10)) {
        $headers = [];
        while (($line = trim(fgets($connection))) !== '') {
            [$name, $value] = explode(': ', $line, 2) + [1 => ''];
            $headers[strtolower($name)] = $value;
        }
        $body = stream_get_contents($connection, (int) $headers['content-length']);
        fwrite($connection, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        fclose($connection);
        $event = \Stripe\Webhook::constructEvent($body, $headers['stripe-signature'], $endpoint->secret);
        if ($event->type === $type) {
            return $event->data->object;
        }
    }
    throw new Exception("no $type came");
}

// The bank ends the connection.
sandbox('/_sandbox/accounts/fca_AdaChecking', json_encode(['status' => 'inactive', 'cause' => 'access_expired']));
$broken = wait_for('financial_connections.account.deactivated');
if ($broken->status_details->inactive->action !== 'relink_required') {
    throw new Exception('not broken');
}

// The customer relinks it, without a browser.
$session = $stripe->financialConnections->sessions->create([
    'account_holder' => ['type' => 'customer', 'customer' => 'cus_Ada'],
    'permissions' => ['payment_method'],
    'relink_options' => ['authorization' => $broken->authorization, 'account' => $broken->id],
]);
sandbox("/_sandbox/sessions/{$session->id}/complete", json_encode(['outcome' => 'succeeded']));
$repaired = wait_for('financial_connections.account.reactivated');
if ($stripe->financialConnections->accounts->retrieve($repaired->id)->status !== 'active') {
    throw new Exception('not repaired');
}
echo "relinked {$repaired->id}\n";
