package op

import (
	"context"
	"time"

	"github.com/go-kit/kit/endpoint"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faultgrpc"
)

// headroom is what a hop keeps of its deadline to answer for itself.
const headroom = 50 * time.Millisecond

// Client makes the interceptor for calls to another service. Statuses come back as faults, the caller's token goes along.
func Client(cfg Config) grpc.UnaryClientInterceptor {
	chain := endpoint.Chain(
		calling(cfg.Tracer),
		timed(cfg.Metrics.called),
		budgeted(),
		retried(&budget{left: reserve}),
		broken(&breakers{}),
	)
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		o, err := Of(method)
		if err != nil {
			return fault.Internal.Wrap(err)
		}
		if err := carriable(ctx); err != nil {
			return err
		}
		call := func(ctx context.Context, req any) (any, error) {
			return reply, faultgrpc.FromGRPC(invoke(ctx, method, req, reply, cc, opts...))
		}
		_, err = chain(call)(context.WithValue(withUrgency(withToken(ctx)), operationKey{}, o), req)
		return err
	}
}

// calling opens the CLIENT span and sends it along.
func calling(tracer trace.Tracer) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			ctx, span := tracer.Start(ctx, From(ctx).Name, trace.WithSpanKind(trace.SpanKindClient))
			defer span.End()
			answer, err := next(inject(ctx), req)
			mark(span, err)
			return answer, err
		}
	}
}

// budgeted leaves the caller time to answer: min(own, left − headroom).
func budgeted() endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			limit := From(ctx).Deadline
			if deadline, ok := ctx.Deadline(); ok {
				limit = min(limit, time.Until(deadline)-headroom)
			}
			if limit <= 0 {
				return nil, fault.Timeout
			}
			ctx, cancel := context.WithTimeout(ctx, limit)
			defer cancel()
			return next(ctx, req)
		}
	}
}

func withToken(ctx context.Context) context.Context {
	if token := authz.Token(ctx); token != "" {
		return metadata.AppendToOutgoingContext(ctx, headerToken, "Bearer "+token)
	}
	return ctx
}

var propagator = propagation.TraceContext{}

// carrier lets the propagator read and write gRPC metadata.
type carrier metadata.MD

// Get answers the first value of a key.
func (c carrier) Get(key string) string {
	if v := metadata.MD(c).Get(key); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Set replaces the value of a key.
func (c carrier) Set(key, value string) { metadata.MD(c).Set(key, value) }

// Keys lists what is there.
func (c carrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for k := range c {
		keys = append(keys, k)
	}
	return keys
}

func extract(ctx context.Context) context.Context {
	md, _ := metadata.FromIncomingContext(ctx)
	return propagator.Extract(ctx, carrier(md))
}

func inject(ctx context.Context) context.Context {
	md, _ := metadata.FromOutgoingContext(ctx)
	md = md.Copy()
	if md == nil {
		md = metadata.MD{}
	}
	propagator.Inject(ctx, carrier(md))
	return metadata.NewOutgoingContext(ctx, md)
}
