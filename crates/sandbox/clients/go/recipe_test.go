package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v86"
	"github.com/stripe/stripe-go/v86/webhook"
)

// TestRecipe is a test of relink: each run has a sandbox of its own, seeded from a file, and needs no browser.
func TestRecipe(t *testing.T) {
	counted(t)
	ctx := context.Background()
	address := start(t)

	// Tests that run in parallel share the sandbox if each has a world: the header names it, and so does the key's
	// suffix.
	world := fmt.Sprintf("go-%d", os.Getpid())
	backend := &stripe.BackendConfig{URL: stripe.String(address)}
	client := stripe.NewClient("sk_test_sandbox_world_"+world, stripe.WithBackends(stripe.NewBackendsWithConfig(backend)))
	sandbox := func(path, body string) {
		t.Helper()
		call, _ := http.NewRequest("POST", address+path, strings.NewReader(body))
		call.Header.Set("Content-Type", "application/json")
		call.Header.Set("Sandbox-World", world)
		answer, err := http.DefaultClient.Do(call)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(path, err, answer)
		}
	}

	// Seed the world.
	seed, err := os.ReadFile("../seed.json")
	if err != nil {
		t.Fatal(err)
	}
	sandbox("/_sandbox/scenario", string(seed))

	// Receive webhooks, and wait for one of a type. Events are of the version with relink, which is newer than the
	// library's own.
	type message struct {
		body      []byte
		signature string
	}
	messages := make(chan message, 100)
	listener := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		messages <- message{body, request.Header.Get("Stripe-Signature")}
	}))
	defer listener.Close()
	hook := &stripe.WebhookEndpointCreateParams{URL: &listener.URL, EnabledEvents: stripe.StringSlice([]string{"*"})}
	withRelink(&hook.Params)
	endpoint, err := client.V1WebhookEndpoints.Create(ctx, hook)
	if err != nil {
		t.Fatal(err)
	}
	waitFor := func(kind stripe.EventType) (account account) {
		t.Helper()
		for {
			select {
			case got := <-messages:
				options := webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true}
				event, err := webhook.ConstructEventWithOptions(got.body, got.signature, endpoint.Secret, options)
				if err != nil {
					t.Fatal(err)
				}
				if event.Type == kind {
					if err := json.Unmarshal(event.Data.Raw, &account); err != nil {
						t.Fatal(err)
					}
					return account
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("no %s came", kind)
			}
		}
	}

	// The bank ends the connection.
	sandbox("/_sandbox/accounts/fca_AdaChecking", `{"status": "inactive", "cause": "access_expired"}`)
	broken := waitFor("financial_connections.account.deactivated")
	if broken.StatusDetails.Inactive.Action != "relink_required" {
		t.Fatalf("not broken: %+v", broken)
	}

	// The customer relinks it, without a browser.
	params := &stripe.FinancialConnectionsSessionCreateParams{
		AccountHolder: &stripe.FinancialConnectionsSessionCreateAccountHolderParams{
			Type: stripe.String("customer"), Customer: stripe.String("cus_Ada"),
		},
		Permissions: stripe.StringSlice([]string{"payment_method"}),
	}
	withRelink(&params.Params)
	params.AddExtra("relink_options[authorization]", broken.Authorization)
	params.AddExtra("relink_options[account]", broken.ID)
	session, err := client.V1FinancialConnectionsSessions.Create(ctx, params)
	if err != nil {
		t.Fatal(err)
	}
	sandbox("/_sandbox/sessions/"+session.ID+"/complete", `{"outcome": "succeeded"}`)
	repaired := waitFor("financial_connections.account.reactivated")
	read, err := client.V1FinancialConnectionsAccounts.GetByID(ctx, repaired.ID, nil)
	if err != nil || read.Status != stripe.FinancialConnectionsAccountStatusActive {
		t.Fatal("not repaired", err, read)
	}
}

// account has the fields of previews, which the general release of the library lacks.
type account struct {
	ID            string `json:"id"`
	Authorization string `json:"authorization"`
	StatusDetails struct {
		Inactive struct {
			Action string `json:"action"`
		} `json:"inactive"`
	} `json:"status_details"`
}

// withRelink makes a call in a version that has relink.
func withRelink(params *stripe.Params) {
	params.Headers = http.Header{"Stripe-Version": {"2026-09-30.preview"}}
}

// start starts a sandbox on a free port, and returns its address, which is its first line on stdout.
func start(t *testing.T) string {
	program := os.Getenv("RELINK_SANDBOX")
	if program == "" {
		program = "relink-sandbox"
	}
	sandbox := exec.Command(program, "--listen", "127.0.0.1:0", "--log", "error")
	var complaints bytes.Buffer
	sandbox.Stderr = &complaints
	stdout, err := sandbox.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sandbox.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = sandbox.Process.Kill()
		_ = sandbox.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err, complaints.String())
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
}
