package op_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"

	"github.com/linlihub/linli/libs/fault"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
)

// inBubble runs a test whose time passes only while all of it waits. The platform is made outside: its verifier ticks.
func inBubble(t *testing.T, test func(t *testing.T, p *platform)) {
	t.Helper()
	p := here(t)
	synctest.Test(t, func(t *testing.T) { test(t, p) })
}

// list calls what is declared SAFE, and request what is not.
func (p *platform) list(ctx context.Context) error {
	_, err := identityv1.NewKeysClient(p.conn("identity")).List(ctx, &identityv1.ListKeysRequest{})
	return err
}

func (p *platform) request(ctx context.Context) error {
	_, err := identityv1.NewSessionsClient(p.conn("identity")).RequestOtp(ctx, &identityv1.RequestOtpRequest{Phone: "13812341234"})
	return err
}

// keep makes p dial once, so that all calls of a test share budget and breakers, as those of a service do.
func (p *platform) keep() {
	conn := p.conn("identity")
	p.conn = func(string) grpc.ClientConnInterface { return conn }
}

func TestAHopTakesWhatItsCallerCanSpare(t *testing.T) {
	inBubble(t, func(t *testing.T, p *platform) {
		var left time.Duration
		p.office.list = func(ctx context.Context) error {
			deadline, _ := ctx.Deadline()
			left = time.Until(deadline)
			return nil
		}
		for _, c := range []struct{ caller, want time.Duration }{
			{0, 5 * time.Second}, // no deadline: the declared one
			{time.Minute, 5 * time.Second},
			{2 * time.Second, 1950 * time.Millisecond},
			{51 * time.Millisecond, time.Millisecond},
			{50 * time.Millisecond, 0}, // nothing is left: nobody is asked
			{time.Millisecond, 0},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			if c.caller != 0 {
				ctx, cancel = context.WithTimeout(t.Context(), c.caller)
			}
			left = 0
			err := p.list(ctx)
			cancel()
			if left != c.want || errors.Is(err, fault.Timeout) != (c.want == 0) {
				t.Errorf("a caller with %v leaves %v, want %v (%v)", c.caller, left, c.want, err)
			}
		}
	})
}

func TestAHandlerThatIsLateIsATimeout(t *testing.T) {
	inBubble(t, func(t *testing.T, p *platform) {
		p.office.list = func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		start := time.Now()
		if err := p.list(t.Context()); !errors.Is(err, fault.Timeout) || time.Since(start) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestOnlyWhatIsSafeIsRetriedAndOnlyAfterAnOutage(t *testing.T) {
	for _, kind := range fault.Kinds() {
		want := 1
		if kind == fault.Unavailable {
			want = 3
		}
		if got := asked(t, (*platform).list, kind); got != want {
			t.Errorf("a SAFE call that meets %v is tried %d times, want %d", kind, got, want)
		}
		if got := asked(t, (*platform).request, kind); got != 1 {
			t.Errorf("a call that is not SAFE and meets %v is tried %d times", kind, got)
		}
	}
}

// asked is how often a service is asked by one call when it always fails so.
func asked(t *testing.T, call func(*platform, context.Context) error, kind fault.Kind) (times int) {
	inBubble(t, func(t *testing.T, p *platform) {
		fail := func(context.Context) error { times++; return kind.With("n", times) }
		p.office.list, p.office.request = fail, fail
		if err := call(p, t.Context()); !errors.Is(err, kind) {
			t.Errorf("%v became %v", kind, err)
		}
	})
	return times
}

func TestARetryMayHelp(t *testing.T) {
	inBubble(t, func(t *testing.T, p *platform) {
		times := 0
		p.office.list = func(context.Context) error {
			if times++; times < 3 {
				return fault.Unavailable
			}
			return nil
		}
		if err := p.list(t.Context()); err != nil || times != 3 {
			t.Errorf("%d times: %v", times, err)
		}
		p.office.list = func(context.Context) error { return fault.Unavailable }
		ctx, cancel := context.WithTimeout(t.Context(), 55*time.Millisecond)
		defer cancel()
		if err := p.list(ctx); !errors.Is(err, fault.Unavailable) {
			t.Errorf("a retry that the deadline forbids hides the outage: %v", err)
		}
	})
}

// TestRetriesAreATenth: in a long trouble the retries are a tenth of the calls, after the few that were saved.
func TestRetriesAreATenth(t *testing.T) {
	inBubble(t, func(t *testing.T, p *platform) {
		p.keep()
		down, times := false, 0
		p.office.list = func(context.Context) error {
			times++
			if down {
				return fault.Unavailable
			}
			return nil
		}
		const pairs = 200
		for range pairs { // a success in between keeps the breaker shut
			down = false
			if err := p.list(t.Context()); err != nil {
				t.Fatal(err)
			}
			down = true
			if err := p.list(t.Context()); !errors.Is(err, fault.Unavailable) {
				t.Fatal(err)
			}
		}
		if retries := times - 2*pairs; retries < 2*pairs/10 || retries > 2*pairs/10+10 {
			t.Errorf("%d retries of %d calls", retries, 2*pairs)
		}
	})
}

func TestTheBreakerOpensAndProbes(t *testing.T) {
	inBubble(t, func(t *testing.T, p *platform) {
		p.keep()
		times, down := 0, true
		p.office.request = func(context.Context) error {
			times++
			if down {
				return fault.Unavailable
			}
			return nil
		}
		p.office.list = func(context.Context) error { return nil }
		for range 25 {
			if err := p.request(t.Context()); !errors.Is(err, fault.Unavailable) {
				t.Fatalf("got %v", err)
			}
		}
		if times != 20 {
			t.Errorf("asked %d times before the breaker opened", times)
		}
		if err := p.list(t.Context()); err != nil {
			t.Errorf("another operation of the same service: %v", err)
		}
		time.Sleep(2*time.Second + time.Millisecond)
		if err := p.request(t.Context()); err == nil || times != 21 {
			t.Errorf("after its rest one probe goes through: %d, %v", times, err)
		}
		if err := p.request(t.Context()); err == nil || times != 21 {
			t.Errorf("a failed probe does not shut it again: %d, %v", times, err)
		}
		down = false
		time.Sleep(2*time.Second + time.Millisecond)
		for range 30 {
			if err := p.request(t.Context()); err != nil {
				t.Fatalf("the service is back: %v", err)
			}
		}
	})
}

// TestWhatIsNoOutageNeverOpensTheBreaker: who asks for too much, or leaves, must not shut out the others.
func TestWhatIsNoOutageNeverOpensTheBreaker(t *testing.T) {
	inBubble(t, func(t *testing.T, p *platform) {
		p.keep()
		var answer error
		times := 0
		p.office.request = func(context.Context) error { times++; return answer }
		for _, answer = range []error{
			fault.Exhausted, fault.NotFound, fault.Invalid.Field("phone", "有误", "wrong"), fault.Conflict, fault.Internal, context.Canceled,
		} {
			times = 0
			for range 50 {
				if err := p.request(t.Context()); err == nil {
					t.Fatal("no error")
				}
			}
			if times != 50 {
				t.Errorf("after %v the service was asked %d times of 50", answer, times)
			}
		}
	})
}
