<?php
// Stripe's own library for PHP, unmodified, against the sandbox. Each test has a world of its own.
// `VENDOR` is the folder into which Composer installed stripe/stripe-php, if it is another one.
require (getenv('VENDOR') ?: __DIR__ . '/vendor') . '/autoload.php';

use Stripe\Exception;

// For the pages of a list after the first one, the library forgets the address of its client.
\Stripe\Stripe::$apiBase = getenv('SANDBOX_URL');

const PREVIEW = '2026-09-30.preview';
const MANDATE = [
    'customer_acceptance' => [
        'type' => 'online',
        'online' => ['ip_address' => '203.0.113.7', 'user_agent' => 'Mozilla/5.0'],
    ],
];

function same(mixed $expected, mixed $found): void
{
    if ($expected !== $found) {
        throw new AssertionError(var_export($found, true) . ' in place of ' . var_export($expected, true));
    }
}

/** Returns the error of this class that the call throws. */
function refused(string $class, callable $call): Throwable
{
    try {
        $call();
    } catch (Throwable $error) {
        same($class, get_class($error));
        return $error;
    }
    throw new AssertionError("no $class");
}

/** A world of the sandbox. */
class World
{
    public \Stripe\StripeClient $stripe;

    public function __construct(private string $name)
    {
        $this->control('/_sandbox/reset', (object) []);
        $this->stripe = $this->client();
    }

    public function client(string $key = 'sk_test_sandbox', array $settings = []): \Stripe\StripeClient
    {
        $own = ['api_key' => "{$key}_world_{$this->name}", 'max_network_retries' => 0];
        return new \Stripe\StripeClient($settings + $own + ['api_base' => getenv('SANDBOX_URL')]);
    }

    /** Calls one of the sandbox's own routes. */
    public function control(string $path, array|object $body): void
    {
        $call = curl_init(getenv('SANDBOX_URL') . $path);
        curl_setopt_array($call, [
            CURLOPT_POSTFIELDS => json_encode($body),
            CURLOPT_HTTPHEADER => ['content-type: application/json', "sandbox-world: {$this->name}"],
            CURLOPT_RETURNTRANSFER => true,
        ]);
        $answer = curl_exec($call);
        same([200, ''], [curl_getinfo($call, CURLINFO_RESPONSE_CODE), curl_error($call)]);
    }

    /** Links an account of a new customer at Alder Bank; returns the ids of both. */
    public function link(): array
    {
        $customer = $this->stripe->customers->create(['name' => 'Ada Lovelace', 'email' => 'ada@example.com'])->id;
        $sessions = $this->stripe->financialConnections->sessions;
        $session = $sessions->create([
            'account_holder' => ['type' => 'customer', 'customer' => $customer],
            'permissions' => ['payment_method', 'balances'],
        ]);
        $choice = ['institution' => 'fcinst_AlderBank', 'accounts' => ['3310']];
        $this->control("/_sandbox/sessions/{$session->id}/complete", $choice);
        $accounts = $sessions->retrieve($session->id)->accounts->data;
        same(['3310'], array_column(array_map(fn ($one) => $one->toArray(), $accounts), 'last4'));
        return [$customer, $accounts[0]->id];
    }

    /** Changes an account, and returns the event that comes for it. */
    public function receive($listener, string $status, string $secret): \Stripe\Event
    {
        $this->control('/_sandbox/accounts/fca_CopperfieldSavings4421', ['status' => $status]);
        $connection = stream_socket_accept($listener, 10);
        $headers = [];
        while (($line = trim(fgets($connection))) !== '') {
            [$name, $value] = explode(': ', $line, 2) + [1 => ''];
            $headers[strtolower($name)] = $value;
        }
        $body = stream_get_contents($connection, (int) $headers['content-length']);
        fwrite($connection, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        fclose($connection);
        return \Stripe\Webhook::constructEvent($body, $headers['stripe-signature'], $secret);
    }
}

$tests = [
    'accounts are linked and disconnected' => function (World $world) {
        [$customer, $account] = $world->link();
        $accounts = $world->stripe->financialConnections->accounts;
        $found = [];
        foreach ($accounts->all(['account_holder' => ['customer' => $customer]])->autoPagingIterator() as $one) {
            $found[] = $one->id;
        }
        same([$account], $found);
        same('disconnected', $accounts->disconnect($account)->status);
    },
    'a broken account is relinked' => function (World $world) {
        $sessions = $world->client('sk_test_sandbox', ['stripe_version' => PREVIEW])->financialConnections->sessions;
        $options = ['account' => 'fca_AlderChecking6789', 'authorization' => 'fcauth_AlderJenny'];
        $session = $sessions->create([
            'account_holder' => ['type' => 'customer', 'customer' => 'cus_SandboxJenny'],
            'permissions' => ['payment_method'],
            'relink_options' => $options,
        ]);
        $world->control("/_sandbox/sessions/{$session->id}/complete", (object) []);
        $result = $sessions->retrieve($session->id)->relink_result->toArray();
        ksort($result);
        same($options + ['failure_reason' => null], $result);
    },
    'pages are read to the end' => function (World $world) {
        for ($number = 0; $number < 5; $number++) {
            $world->stripe->customers->create(['email' => 'many@example.com']);
        }
        $found = [];
        $list = $world->stripe->customers->all(['email' => 'many@example.com', 'limit' => 2]);
        foreach ($list->autoPagingIterator() as $one) {
            $found[$one->id] = true;
        }
        same(5, count($found));
    },
    'an account is set up and pays' => function (World $world) {
        [$customer, $account] = $world->link();
        $method = $world->stripe->paymentMethods->create([
            'type' => 'us_bank_account',
            'us_bank_account' => ['financial_connections_account' => $account],
            'billing_details' => ['name' => 'Ada Lovelace'],
        ])->id;
        $common = [
            'customer' => $customer,
            'payment_method' => $method,
            'payment_method_types' => ['us_bank_account'],
            'confirm' => true,
        ];
        same('succeeded', $world->stripe->setupIntents->create($common + ['mandate_data' => MANDATE])->status);
        $payment = $world->stripe->paymentIntents->create($common + ['amount' => 2000, 'currency' => 'usd']);
        same('processing', $payment->status);
        $world->control('/_sandbox/clock', ['advance' => '5d']);
        $paid = $world->stripe->paymentIntents->retrieve($payment->id);
        same(['succeeded', 2000], [$paid->status, $paid->amount_received]);
    },
    'refusals are errors of the library' => function (World $world) {
        $accounts = $world->stripe->financialConnections->accounts;
        $missing = refused(Exception\InvalidRequestException::class, fn () => $accounts->retrieve('fca_nobody'));
        same([404, 'resource_missing'], [$missing->getHttpStatus(), $missing->getStripeCode()]);
        same(1, preg_match('/^req_/', $missing->getRequestId()));
        $wrong = $world->client('sk_test_wrong');
        refused(Exception\AuthenticationException::class, fn () => $wrong->balance->retrieve());
        $reader = $world->client('rk_test_sandbox_read');
        refused(Exception\PermissionException::class, fn () => $reader->customers->create([]));
        $errors = [500 => Exception\UnknownApiErrorException::class, 429 => Exception\RateLimitException::class];
        foreach ($errors as $status => $class) {
            $world->control('/_sandbox/faults', ['route' => 'GET /v1/balance', 'status' => $status]);
            refused($class, fn () => $world->stripe->balance->retrieve());
        }
        $world->control('/_sandbox/faults', ['route' => 'GET /v1/balance', 'kind' => 'reset', 'times' => 2]);
        refused(Exception\ApiConnectionException::class, fn () => $world->stripe->balance->retrieve());
    },
    'a key is replayed and refuses other parameters' => function (World $world) {
        $create = fn ($name) => $world->stripe->customers->create(['name' => $name], ['idempotency_key' => 'once']);
        $first = $create('Ada');
        $second = $create('Ada');
        same($first->id, $second->id);
        same('true', $second->getLastResponse()->headers['idempotent-replayed']);
        refused(Exception\IdempotencyException::class, fn () => $create('Kai'));
    },
    'webhooks are verified by the library' => function (World $world) {
        $listener = stream_socket_server('tcp://127.0.0.1:0');
        $url = 'http://' . stream_socket_get_name($listener, false) . '/webhooks';
        $secret = $world->stripe->webhookEndpoints->create(['url' => $url, 'enabled_events' => ['*']])->secret;
        $event = $world->receive($listener, 'inactive', $secret);
        same('financial_connections.account.deactivated', $event->type);
        same($event->id, $world->stripe->events->retrieve($event->id)->id);
        $wrong = Exception\SignatureVerificationException::class;
        $world->control('/_sandbox/webhooks', ['signature' => 'wrong']);
        refused($wrong, fn () => $world->receive($listener, 'active', $secret));
        $world->control('/_sandbox/webhooks', ['signature' => 'right', 'signature_age' => 301]);
        refused($wrong, fn () => $world->receive($listener, 'inactive', $secret));
    },
    'the recipe relinks an account' => function () {
        exec(escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg(__DIR__ . '/recipe.php'), $output, $status);
        same([0, ['relinked fca_AdaChecking']], [$status, $output]);
    },
];

$failed = 0;
foreach ($tests as $name => $test) {
    try {
        $test(new World(substr('php-' . str_replace(' ', '-', $name), 0, 40)));
        echo "$name ... ok\n";
    } catch (Throwable $error) {
        $failed++;
        echo "$name ... FAILED\n$error\n";
    }
}
// Counts as cargo's tests do, so that one program can count all.
$passed = count($tests) - $failed;
echo "\ntest result: " . ($failed ? 'FAILED' : 'ok') . ". $passed passed; $failed failed; 0 ignored\n";
exit($failed ? 1 : 0);
