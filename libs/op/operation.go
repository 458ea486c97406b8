// Package op is the one chain around every rpc, on the server's side and on the client's. It is built from go-kit
// endpoint.Middleware and reads what it needs from the rpc's own declaration (linli.op.v1.operation), so that a new
// operation gets tracing, permission, validation, idempotency and masking by being declared, and nothing else.
//
//	server: trace → log → metrics → recover → deadline → principal → authorise → shed → validate → preconditions → handler → mask
//	client: trace → metrics → deadline budget → retry (only what is declared SAFE) → breaker → call
//
// Recover stands inside what observes, so that a panic is a red span, a line in the log and a count like any other failure.
package op

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
)

// The permissions that are not held by a role.
const (
	// Public needs no token.
	Public = "public"
	// Self needs any valid token.
	Self = "self"
)

// MaxMessage bounds a message between processes: a photo of 5 MiB and its envelope must pass, gRPC's own bound is 4 MiB.
const MaxMessage = 6 << 20

// defaultDeadline is what an rpc may take when its declaration says nothing.
const defaultDeadline = 5 * time.Second

// Operation is one rpc as its proto declares it. It never changes.
type Operation struct {
	// Name is "tickets.v1.Tickets/Open": the same string in span, log, metric and breaker.
	Name string
	// Permission is Public, Self, or what a role must hold.
	Permission string
	// Idempotency says what a caller may do when an answer is lost.
	Idempotency opv1.Idempotency
	// Urgent is shed last, Reveals is not masked, IfMatch demands the caller's etag.
	Urgent, Reveals, IfMatch bool
	// Deadline bounds the time on the server.
	Deadline time.Duration
}

var operations sync.Map // full method → Operation

// Of answers the declaration of a gRPC method, "/linli.tickets.v1.Tickets/Open". A method that is unknown or declares no
// permission is an error: nothing undeclared is ever served.
func Of(fullMethod string) (Operation, error) {
	if known, ok := operations.Load(fullMethod); ok {
		return known.(Operation), nil
	}
	o, err := declared(fullMethod)
	if err != nil {
		return Operation{}, err
	}
	operations.Store(fullMethod, o)
	return o, nil
}

func declared(fullMethod string) (Operation, error) {
	path := strings.TrimPrefix(fullMethod, "/")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(path, "/", ".")))
	if err != nil {
		return Operation{}, fmt.Errorf("operation %s: %w", fullMethod, err)
	}
	d, _ := proto.GetExtension(found.Options(), opv1.E_Operation).(*opv1.Operation)
	if d.GetPermission() == "" || d.GetIdempotency() == opv1.Idempotency_IDEMPOTENCY_UNSPECIFIED {
		return Operation{}, fmt.Errorf("operation %s declares no permission or no idempotency", fullMethod)
	}
	deadline := defaultDeadline
	if ms := d.GetDeadlineMs(); ms > 0 {
		deadline = time.Duration(ms) * time.Millisecond
	}
	return Operation{
		Name: strings.TrimPrefix(path, "linli."), Permission: d.GetPermission(), Idempotency: d.GetIdempotency(),
		Urgent: d.GetUrgent(), Reveals: d.GetReveals(), IfMatch: d.GetIfMatch(), Deadline: deadline,
	}, nil
}

// Check fails when an rpc of a service is not fully declared; call it before the service is served.
func Check(desc *grpc.ServiceDesc) error {
	for _, m := range desc.Methods {
		if _, err := Of("/" + desc.ServiceName + "/" + m.MethodName); err != nil {
			return err
		}
	}
	return nil
}

type operationKey struct{}

// From answers the operation that runs in ctx; the zero Operation outside of the chain.
func From(ctx context.Context) Operation {
	o, _ := ctx.Value(operationKey{}).(Operation)
	return o
}
