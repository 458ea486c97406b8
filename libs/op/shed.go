package op

import (
	"context"
	"time"

	"github.com/go-kit/kit/endpoint"
	"google.golang.org/grpc/metadata"

	"github.com/linlihub/linli/libs/fault"
	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
)

// ErrOverloaded says that a service has as much to do as it finishes in time.
var ErrOverloaded = fault.Define(fault.Exhausted, "op.overloaded", "系统繁忙，请稍后再试", "there is too much to do right now, please try again")

// promptly is the part of its deadline within which an rpc is answered when a service is not overloaded.
const promptly = 5

// headerUrgent tells the services that an urgent rpc calls that their part of it is as urgent.
const headerUrgent = "linli-urgent"

// shed refuses what would only wait: reads first, then changes; urgent rpcs never, unless memory is at stake. What is let in
// is finished in time, so that under any load as much is done as without.
func shed(most int, pressing func(request any) bool) endpoint.Middleware {
	l := NewLimit(most)
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			o := From(ctx)
			o.Urgent = o.Urgent && (pressing == nil || pressing(req)) || header(ctx, headerUrgent) != ""
			ctx = context.WithValue(ctx, operationKey{}, o) // for what it calls
			if !l.Enter(rankOf(o)) {
				return nil, ErrOverloaded
			}
			start, failed := time.Now(), true
			defer func() {
				now := time.Now()
				l.Leave(now, now.Sub(start), o.Deadline/promptly, failed)
			}()
			answer, err := next(ctx, req)
			failed = err != nil
			return answer, err
		}
	}
}

func rankOf(o Operation) Rank {
	switch {
	case o.Urgent:
		return Urgent
	case o.Idempotency == opv1.Idempotency_IDEMPOTENCY_SAFE:
		return Reading
	}
	return Changing
}

// withUrgency lets the services that an urgent rpc calls know.
func withUrgency(ctx context.Context) context.Context {
	if From(ctx).Urgent {
		return metadata.AppendToOutgoingContext(ctx, headerUrgent, "1")
	}
	return ctx
}
