// Token for the signed-in customer, with Go's standard library: go run token.go token.pem cus_… SIGN_IN
package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log"
	"os"
	"time"
)

func token(key ed25519.PrivateKey, customer, signIn string) string {
	now := time.Now().Unix()
	part := base64.RawURLEncoding.EncodeToString
	claims, _ := json.Marshal(map[string]any{"sub": customer, "sid": signIn, "iat": now, "exp": now + 600})
	text := part([]byte(`{"alg":"EdDSA","typ":"JWT"}`)) + "." + part(claims)
	return text + "." + part(ed25519.Sign(key, []byte(text)))
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token(key.(ed25519.PrivateKey), os.Args[2], os.Args[3]))
}
