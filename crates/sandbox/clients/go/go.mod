module relink.example/sandbox-clients

go 1.23

require github.com/stripe/stripe-go/v86 v86.2.0
