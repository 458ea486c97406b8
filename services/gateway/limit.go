package gateway

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/time/rate"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault/faulthttp"
)

const (
	// patience is what a request waits for Redis.
	patience = 100 * time.Millisecond
	// silence is how long Redis is left alone after it did not answer; then one request asks it again, and the others do
	// not pay for its silence.
	silence = time.Second
)

// limiter bounds the requests of one caller, by account or, without one, by address. It counts in Redis, across replicas,
// and always in this process, too: so its own buckets are warm when Redis falls silent.
type limiter struct {
	shared   *redis_rate.Limiter
	company  string // several may share one Redis
	verifier *authz.Verifier
	perCall  redis_rate.Limit // signed in
	perHost  redis_rate.Limit // anonymous
	mu       sync.Mutex       // of local, for a bucket is looked up and made in two steps
	local    *expirable.LRU[string, *rate.Limiter]
	quiet    atomic.Int64 // until when Redis is left alone, Unix nanoseconds; 0 while it answers
}

func limit(perSecond, burst int) redis_rate.Limit {
	return redis_rate.Limit{Rate: perSecond, Burst: burst, Period: time.Second}
}

func newLimiter(shared *redis_rate.Limiter, company string, v *authz.Verifier, cfg Config) *limiter {
	return &limiter{
		shared: shared, company: company, verifier: v, perCall: limit(cfg.Rate, cfg.Burst), perHost: limit(cfg.AnonymousRate, cfg.AnonymousBurst),
		local: expirable.NewLRU[string, *rate.Limiter](50_000, nil, time.Minute),
	}
}

// layer refuses what is too much, and tells every caller how much is left.
func (l *limiter) layer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, bound := l.who(r)
		result := l.allow(r.Context(), key, bound)
		h := w.Header()
		h.Set("RateLimit-Limit", strconv.Itoa(bound.Burst))
		h.Set("RateLimit-Remaining", strconv.Itoa(max(result.Remaining, 0)))
		h.Set("RateLimit-Reset", strconv.Itoa(int(result.ResetAfter.Seconds()+.999)))
		if result.Allowed == 0 {
			faulthttp.Write(w, r, errLimited.With("limit", bound.Rate).RetryAfter(max(result.RetryAfter, time.Second)))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// who is the account of a valid token, else the address: a made-up token must not buy a fresh allowance.
func (l *limiter) who(r *http.Request) (string, redis_rate.Limit) {
	if token := tokenOf(r); token != "" {
		if p, err := l.verifier.Verify(r.Context(), token); err == nil {
			return "gateway:account:" + p.Account, l.perCall
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return "gateway:host:" + host, l.perHost
}

func (l *limiter) allow(ctx context.Context, key string, bound redis_rate.Limit) *redis_rate.Result {
	own := l.count(key, bound)
	until := l.quiet.Load()
	next := time.Now().Add(silence).UnixNano()
	if until != 0 && (time.Now().UnixNano() < until || !l.quiet.CompareAndSwap(until, next)) {
		return own
	}
	// A client that leaves says nothing about Redis.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	shared, err := l.shared.Allow(ctx, l.company+":"+key, bound)
	if err != nil {
		l.quiet.Store(next)
		return own
	}
	l.quiet.Store(0)
	return shared
}

// count takes one request from the bucket of this process.
func (l *limiter) count(key string, bound redis_rate.Limit) *redis_rate.Result {
	l.mu.Lock()
	bucket, ok := l.local.Get(key)
	if !ok {
		bucket = rate.NewLimiter(rate.Limit(bound.Rate), bound.Burst)
	}
	l.local.Add(key, bucket) // anew, lest a busy one is forgotten
	l.mu.Unlock()
	result := &redis_rate.Result{Limit: bound}
	if bucket.Allow() {
		result.Allowed = 1
	}
	left := bucket.Tokens()
	result.Remaining = int(max(left, 0))
	result.ResetAfter = refill(float64(bound.Burst)-left, bound)
	result.RetryAfter = refill(1-left, bound)
	return result
}

// refill is how long a bucket takes for so many tokens.
func refill(tokens float64, bound redis_rate.Limit) time.Duration {
	return time.Duration(max(tokens, 0) / float64(bound.Rate) * float64(bound.Period))
}
