package op

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/go-kit/kit/endpoint"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faultgrpc"
	"github.com/linlihub/linli/libs/telemetry/semconv"
	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
)

// Config is what the chains of one service need.
type Config struct {
	// Service names the service in metrics and breakers.
	Service string
	Log     *slog.Logger
	Tracer  trace.Tracer
	Metrics *Metrics
	// Verifier checks tokens.
	Verifier *authz.Verifier
	// InFlight bounds the rpcs under way, however fast they are; what is urgent may go beyond. 0 means 512.
	InFlight int
	// Pressing says whether a request of an urgent rpc is; nil: each is.
	Pressing func(request any) bool
}

// Server makes the interceptor that runs every rpc of a service through the chain. Faults leave it as gRPC statuses.
func Server(cfg Config) grpc.UnaryServerInterceptor {
	chain := endpoint.Chain(
		traced(cfg.Tracer),
		logged(cfg.Log),
		cfg.Metrics.measured(),
		recovered(),
		bounded(),
		identified(cfg.Verifier),
		authorised(),
		shed(cfg.InFlight, cfg.Pressing),
		validated(),
		preconditioned(),
		masked(),
	)
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		o, err := Of(info.FullMethod)
		if err != nil {
			return nil, faultgrpc.ToGRPC(fault.Internal.Wrap(err))
		}
		answer, err := chain(endpoint.Endpoint(handler))(context.WithValue(ctx, operationKey{}, o), req)
		return answer, faultgrpc.ToGRPC(err)
	}
}

// recovered turns a panic into an internal fault with its stack in the log; one bad request never ends the process.
func recovered() endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (answer any, err error) {
			defer func() {
				if p := recover(); p != nil {
					err = fault.Internal.Wrap(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
				}
			}()
			return next(ctx, req)
		}
	}
}

// traced opens the SERVER span as a child of the caller's.
func traced(tracer trace.Tracer) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			ctx, span := tracer.Start(extract(ctx), From(ctx).Name, trace.WithSpanKind(trace.SpanKindServer))
			defer span.End()
			answer, err := next(ctx, req)
			mark(span, err)
			return answer, err
		}
	}
}

// mark records an error's code; only our own mistakes and outages make a span red, a refusal is a right answer.
func mark(span trace.Span, err error) {
	if err == nil {
		return
	}
	span.SetAttributes(attribute.String(semconv.Fault, fault.CodeOf(err)))
	if ours(err) {
		span.SetStatus(codes.Error, fault.CodeOf(err))
	}
}

// ours are our mistakes and outages. Who went away before the answer is neither.
func ours(err error) bool { return fault.KindOf(err) == fault.Internal || outage(err) }

// logged writes one line per operation; it never holds a request or an answer, which may be personal.
func logged(log *slog.Logger) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			start := time.Now()
			answer, err := next(ctx, req)
			attrs := []slog.Attr{slog.String("op", From(ctx).Name), slog.Duration("took", time.Since(start))}
			level := slog.LevelDebug
			if err != nil {
				attrs = append(attrs, slog.String("code", fault.CodeOf(err)))
				if ours(err) {
					level = slog.LevelError
					attrs = append(attrs, slog.Any("error", err))
				}
			}
			log.LogAttrs(ctx, level, "operation", attrs...)
			return answer, err
		}
	}
}

// bounded gives the rpc min(own deadline, what the caller has left).
func bounded() endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			ctx, cancel := context.WithTimeout(ctx, From(ctx).Deadline)
			defer cancel()
			return next(ctx, req)
		}
	}
}

// identified checks the token that came with the call. A public rpc does not look at it: whoever signs in anew may still
// hold an expired one, and the keys that check tokens are had by a public rpc, too.
func identified(v *authz.Verifier) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			token := bearer(ctx)
			if token == "" || From(ctx).Permission == Public {
				return next(ctx, req)
			}
			p, err := v.Verify(ctx, token)
			if err != nil {
				return nil, err
			}
			return next(authz.With(ctx, p, token), req)
		}
	}
}

// authorised lets through only who holds the declared permission.
func authorised() endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			permission, p := From(ctx).Permission, authz.From(ctx)
			switch {
			case permission == Public:
			case p.Anonymous():
				return nil, fault.Unauthenticated
			case permission != Self && !p.May(permission):
				return nil, fault.Denied.With("permission", permission)
			}
			return next(ctx, req)
		}
	}
}

// masked hides personal data in every answer but those of operations that record a reason to reveal it.
func masked() endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			answer, err := next(ctx, req)
			if m, ok := answer.(proto.Message); ok && err == nil && !From(ctx).Reveals {
				authz.Mask(m)
			}
			return answer, err
		}
	}
}

// header answers one value of the call's metadata, or "".
func header(ctx context.Context, name string) string {
	values := metadata.ValueFromIncomingContext(ctx, name)
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func keyed(o Operation) bool { return o.Idempotency == opv1.Idempotency_IDEMPOTENCY_KEYED }
