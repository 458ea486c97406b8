package op

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/sony/gobreaker/v2"

	"github.com/linlihub/linli/libs/fault"
	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
)

const (
	// attempts of a call that is declared SAFE; the only retry layer there is.
	attempts = 3
	// A call earns a tenth of a retry, so that a service in trouble gets a tenth more load and not three times as much.
	// What is saved lets a caller of few calls retry, too.
	retryPrice = 10
	reserve    = 10 * retryPrice
)

// budget bounds the retries of one client. Safe for concurrent use.
type budget struct {
	mu   sync.Mutex
	left int
}

func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.left+1, reserve)
}

func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < retryPrice {
		return false
	}
	b.left -= retryPrice
	return true
}

// retried repeats a SAFE call that met an outage, after a short, jittered wait, while deadline and budget last.
func retried(b *budget) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			b.earn()
			for attempt := 1; ; attempt++ {
				answer, err := next(ctx, req)
				if attempt == attempts || !repeatable(ctx, err) || !b.spend() {
					return answer, err
				}
				select {
				case <-ctx.Done():
					return nil, fmt.Errorf("%w (gave up: %w)", err, ctx.Err())
				case <-time.After(time.Duration(20+rand.IntN(20)) * time.Duration(attempt) * time.Millisecond):
				}
			}
		}
	}
}

// repeatable says that the same call may do better: not when the breaker is open, for then nobody was asked.
func repeatable(ctx context.Context, err error) bool {
	return err != nil && From(ctx).Idempotency == opv1.Idempotency_IDEMPOTENCY_SAFE && outage(err) &&
		fault.KindOf(err) == fault.Unavailable && !errors.Is(err, gobreaker.ErrOpenState)
}

// outage says that a service did not answer, or not in time. A caller who went away is no outage, and neither is a
// refusal: who asks for too many codes must not shut out everybody else.
func outage(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable:
		return !left(err)
	case fault.Timeout:
		return true
	default:
		return false
	}
}

// left says that the caller went away.
func left(err error) bool { return fault.CodeOf(err) == fault.CodeOf(context.Canceled) }

// breakers holds one breaker per operation, under the operation's name: a list that is slow must not stop an opening.
type breakers struct{ known sync.Map }

func (b *breakers) of(operation string) *gobreaker.CircuitBreaker[any] {
	if known, ok := b.known.Load(operation); ok {
		return known.(*gobreaker.CircuitBreaker[any])
	}
	made, _ := b.known.LoadOrStore(operation, gobreaker.NewCircuitBreaker[any](gobreaker.Settings{
		Name: operation, Timeout: 2 * time.Second, MaxRequests: 3,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= 20 },
		IsSuccessful: func(err error) bool { return err == nil || !outage(err) },
		IsExcluded:   func(err error) bool { return err != nil && left(err) },
	}))
	return made.(*gobreaker.CircuitBreaker[any])
}

// broken stops asking for what has failed many times in a row, and probes it again after a while.
func broken(b *breakers) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			answer, err := b.of(From(ctx).Name).Execute(func() (any, error) { return next(ctx, req) })
			if err == gobreaker.ErrOpenState || err == gobreaker.ErrTooManyRequests { //nolint:errorlint // bare sentinels
				return nil, fault.Unavailable.Wrap(err)
			}
			return answer, err
		}
	}
}
