// Package sandbox runs Stripe's own library for Go, unmodified, against the sandbox.
package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v86"
	"github.com/stripe/stripe-go/v86/webhook"
)

var (
	ctx              = context.Background()
	passed, failed   int
	sandboxAddress   = env("SANDBOX_URL", "http://127.0.0.1:4281")
	customersAddress = stripe.String("203.0.113.7")
)

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// TestMain prints the result like cargo's tests, so that one program can count all.
func TestMain(m *testing.M) {
	code := m.Run()
	verdict := map[bool]string{true: "ok", false: "FAILED"}[code == 0]
	fmt.Printf("\ntest result: %s. %d passed; %d failed; 0 ignored\n", verdict, passed, failed)
	os.Exit(code)
}

// counted adds the test to the result.
func counted(t *testing.T) {
	t.Cleanup(func() {
		if t.Failed() {
			failed++
		} else {
			passed++
		}
	})
}

// newWorld returns a client in a world of the test's own.
func newWorld(t *testing.T) (client *stripe.Client, world string) {
	counted(t)
	world = strings.ToLower(t.Name()[:min(len(t.Name()), 40)])
	control(t, world, "/_sandbox/reset", "{}")
	return inWorld("sk_test_sandbox", world), world
}

func inWorld(key, world string) *stripe.Client {
	config := &stripe.BackendConfig{
		URL: &sandboxAddress, MaxNetworkRetries: stripe.Int64(0), LeveledLogger: &stripe.LeveledLogger{},
	}
	backends := stripe.NewBackendsWithConfig(config)
	return stripe.NewClient(key+"_world_"+world, stripe.WithBackends(backends))
}

// control calls one of the sandbox's own routes.
func control(t *testing.T, world, path, body string) {
	t.Helper()
	call, _ := http.NewRequest("POST", sandboxAddress+path, strings.NewReader(body))
	call.Header.Set("Content-Type", "application/json")
	call.Header.Set("Sandbox-World", world)
	answer, err := http.DefaultClient.Do(call)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, text)
	}
}

func must[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func holder(customer string) *stripe.FinancialConnectionsSessionCreateAccountHolderParams {
	return &stripe.FinancialConnectionsSessionCreateAccountHolderParams{
		Type: stripe.String("customer"), Customer: &customer,
	}
}

// linked links an account of a new customer at Alder Bank; it returns the ids of both.
func linked(t *testing.T, client *stripe.Client, world string) (customer, account string) {
	t.Helper()
	made := must(client.V1Customers.Create(ctx, &stripe.CustomerCreateParams{
		Name: stripe.String("Ada Lovelace"), Email: stripe.String("ada@example.com"),
	}))(t)
	session := must(client.V1FinancialConnectionsSessions.Create(ctx, &stripe.FinancialConnectionsSessionCreateParams{
		AccountHolder: holder(made.ID),
		Permissions:   stripe.StringSlice([]string{"payment_method", "balances"}),
	}))(t)
	choice := `{"institution": "fcinst_AlderBank", "accounts": ["3310"]}`
	control(t, world, "/_sandbox/sessions/"+session.ID+"/complete", choice)
	read := must(client.V1FinancialConnectionsSessions.Retrieve(ctx, session.ID, nil))(t)
	if len(read.Accounts.Data) != 1 || read.Accounts.Data[0].Last4 != "3310" {
		t.Fatalf("linked %+v", read.Accounts.Data)
	}
	return made.ID, read.Accounts.Data[0].ID
}

func TestAccountsAreLinkedAndDisconnected(t *testing.T) {
	client, world := newWorld(t)
	customer, account := linked(t, client, world)
	found := 0
	list := &stripe.FinancialConnectionsAccountListParams{
		AccountHolder: &stripe.FinancialConnectionsAccountListAccountHolderParams{Customer: &customer},
	}
	for one, err := range client.V1FinancialConnectionsAccounts.List(ctx, list).All(ctx) {
		if err != nil || one.ID != account {
			t.Fatal(err, one)
		}
		found++
	}
	if found != 1 {
		t.Fatalf("%d accounts", found)
	}
	gone := must(client.V1FinancialConnectionsAccounts.Disconnect(ctx, account, nil))(t)
	if gone.Status != stripe.FinancialConnectionsAccountStatusDisconnected {
		t.Fatal(gone.Status)
	}
}

func TestABrokenAccountIsRelinked(t *testing.T) {
	client, world := newWorld(t)
	params := &stripe.FinancialConnectionsSessionCreateParams{
		AccountHolder: holder("cus_SandboxJenny"), Permissions: stripe.StringSlice([]string{"payment_method"}),
	}
	withRelink(&params.Params)
	params.AddExtra("relink_options[authorization]", "fcauth_AlderJenny")
	params.AddExtra("relink_options[account]", "fca_AlderChecking6789")
	session := must(client.V1FinancialConnectionsSessions.Create(ctx, params))(t)
	control(t, world, "/_sandbox/sessions/"+session.ID+"/complete", `{}`)
	read := &stripe.FinancialConnectionsSessionRetrieveParams{}
	withRelink(&read.Params)
	ended := must(client.V1FinancialConnectionsSessions.Retrieve(ctx, session.ID, read))(t)
	var preview struct {
		RelinkResult struct{ Account, Authorization string } `json:"relink_result"`
	}
	if err := json.Unmarshal(ended.LastResponse.RawJSON, &preview); err != nil {
		t.Fatal(err)
	}
	if preview.RelinkResult.Account != "fca_AlderChecking6789" {
		t.Fatalf("%+v", preview)
	}
}

func TestPagesAreReadToTheEnd(t *testing.T) {
	client, _ := newWorld(t)
	for number := 0; number < 5; number++ {
		must(client.V1Customers.Create(ctx, &stripe.CustomerCreateParams{Email: stripe.String("many@example.com")}))(t)
	}
	list := &stripe.CustomerListParams{Email: stripe.String("many@example.com")}
	list.Limit = stripe.Int64(2)
	found := map[string]bool{}
	for one, err := range client.V1Customers.List(ctx, list).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		found[one.ID] = true
	}
	if len(found) != 5 {
		t.Fatalf("%d customers", len(found))
	}
}

func TestAnAccountIsSetUpAndPays(t *testing.T) {
	client, world := newWorld(t)
	customer, account := linked(t, client, world)
	method := must(client.V1PaymentMethods.Create(ctx, &stripe.PaymentMethodCreateParams{
		Type:           stripe.String("us_bank_account"),
		USBankAccount:  &stripe.PaymentMethodCreateUSBankAccountParams{FinancialConnectionsAccount: &account},
		BillingDetails: &stripe.PaymentMethodCreateBillingDetailsParams{Name: stripe.String("Ada Lovelace")},
	}))(t)
	setup := must(client.V1SetupIntents.Create(ctx, &stripe.SetupIntentCreateParams{
		Customer: &customer, PaymentMethod: &method.ID, Confirm: stripe.Bool(true),
		PaymentMethodTypes: stripe.StringSlice([]string{"us_bank_account"}),
		MandateData: &stripe.SetupIntentCreateMandateDataParams{
			CustomerAcceptance: &stripe.SetupIntentCreateMandateDataCustomerAcceptanceParams{
				Type: stripe.String("online"),
				Online: &stripe.SetupIntentCreateMandateDataCustomerAcceptanceOnlineParams{
					IPAddress: customersAddress, UserAgent: stripe.String("Mozilla/5.0"),
				},
			},
		},
	}))(t)
	if setup.Status != stripe.SetupIntentStatusSucceeded {
		t.Fatal(setup.Status)
	}
	payment := must(client.V1PaymentIntents.Create(ctx, &stripe.PaymentIntentCreateParams{
		Amount: stripe.Int64(2000), Currency: stripe.String("usd"), Customer: &customer, PaymentMethod: &method.ID,
		PaymentMethodTypes: stripe.StringSlice([]string{"us_bank_account"}), Confirm: stripe.Bool(true),
	}))(t)
	if payment.Status != stripe.PaymentIntentStatusProcessing {
		t.Fatal(payment.Status)
	}
	control(t, world, "/_sandbox/clock", `{"advance": "5d"}`)
	paid := must(client.V1PaymentIntents.Retrieve(ctx, payment.ID, nil))(t)
	if paid.Status != stripe.PaymentIntentStatusSucceeded || paid.AmountReceived != 2000 {
		t.Fatalf("%s, %d", paid.Status, paid.AmountReceived)
	}
}

func TestRefusalsAreErrorsOfTheLibrary(t *testing.T) {
	client, world := newWorld(t)
	_, missing := client.V1Customers.Retrieve(ctx, "cus_Nobody", nil)
	_, unknown := client.V1FinancialConnectionsAccounts.GetByID(ctx, "fca_nobody", nil)
	_, unauthorized := inWorld("sk_test_wrong", world).V1Balance.Retrieve(ctx, nil)
	_, forbidden := inWorld("rk_test_sandbox_read", world).V1Customers.Create(ctx, nil)
	control(t, world, "/_sandbox/faults", `{"route": "GET /v1/balance", "status": 500}`)
	_, broken := client.V1Balance.Retrieve(ctx, nil)
	for _, expected := range []struct {
		err    error
		status int
		code   stripe.ErrorCode
		kind   stripe.ErrorType
	}{
		{missing, 404, stripe.ErrorCodeResourceMissing, stripe.ErrorTypeInvalidRequest},
		{unknown, 404, stripe.ErrorCodeResourceMissing, stripe.ErrorTypeInvalidRequest},
		{unauthorized, 401, "", stripe.ErrorTypeInvalidRequest},
		{forbidden, 403, "", stripe.ErrorTypeInvalidRequest},
		{broken, 500, "", stripe.ErrorTypeAPI},
	} {
		var found *stripe.Error
		if !errors.As(expected.err, &found) {
			t.Errorf("%v is no error of the library", expected.err)
			continue
		}
		if found.HTTPStatusCode != expected.status || found.Code != expected.code || found.Type != expected.kind {
			t.Errorf("%d %q %q in place of %+v", found.HTTPStatusCode, found.Code, found.Type, expected)
		}
		if !strings.HasPrefix(found.RequestID, "req_") {
			t.Errorf("request id %q", found.RequestID)
		}
	}
}

func TestAKeyIsReplayedAndRefusesOtherParameters(t *testing.T) {
	client, _ := newWorld(t)
	create := func(name string) (*stripe.Customer, error) {
		params := &stripe.CustomerCreateParams{Name: &name}
		params.SetIdempotencyKey("once")
		return client.V1Customers.Create(ctx, params)
	}
	first, second := must(create("Ada"))(t), must(create("Ada"))(t)
	if first.ID != second.ID || second.LastResponse.Header.Get("Idempotent-Replayed") != "true" {
		t.Fatal(first.ID, second.ID, second.LastResponse.Header)
	}
	_, err := create("Kai")
	var refused *stripe.Error
	if !errors.As(err, &refused) || refused.Type != stripe.ErrorTypeIdempotency {
		t.Fatal(err)
	}
}

func TestWebhooksAreVerifiedByTheLibrary(t *testing.T) {
	client, world := newWorld(t)
	type message struct {
		body      []byte
		signature string
	}
	messages := make(chan message, 10)
	listener := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		messages <- message{body, request.Header.Get("Stripe-Signature")}
	}))
	defer listener.Close()
	endpoint := must(client.V1WebhookEndpoints.Create(ctx, &stripe.WebhookEndpointCreateParams{
		URL: &listener.URL, EnabledEvents: stripe.StringSlice([]string{"*"}), APIVersion: stripe.String(stripe.APIVersion),
	}))(t)
	verify := func(status string) (stripe.Event, error) {
		control(t, world, "/_sandbox/accounts/fca_CopperfieldSavings4421", `{"status": "`+status+`"}`)
		select {
		case got := <-messages:
			return webhook.ConstructEvent(got.body, got.signature, endpoint.Secret)
		case <-time.After(10 * time.Second):
			t.Fatal("no webhook came")
			return stripe.Event{}, nil
		}
	}
	event := must(verify("inactive"))(t)
	if event.Type != stripe.EventTypeFinancialConnectionsAccountDeactivated {
		t.Fatal(event.Type)
	}
	if read := must(client.V1Events.Retrieve(ctx, event.ID, nil))(t); read.Type != event.Type {
		t.Fatal(read.Type)
	}
	control(t, world, "/_sandbox/webhooks", `{"signature": "wrong"}`)
	if _, err := verify("active"); !errors.Is(err, webhook.ErrNoValidSignature) {
		t.Fatal(err)
	}
	control(t, world, "/_sandbox/webhooks", `{"signature": "right", "signature_age": 301}`)
	if _, err := verify("inactive"); !errors.Is(err, webhook.ErrTooOld) {
		t.Fatal(err)
	}
}
