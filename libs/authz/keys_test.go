package authz_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
)

// publisher is identity as a verifier sees it. Its fields are changed while nobody asks.
type publisher struct {
	keys  []jose.JSONWebKey
	away  error
	hangs bool

	mu    sync.Mutex
	asked int
}

func (p *publisher) source(ctx context.Context) (*jose.JSONWebKeySet, error) {
	p.mu.Lock()
	p.asked++
	p.mu.Unlock()
	if p.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return &jose.JSONWebKeySet{Keys: append([]jose.JSONWebKey(nil), p.keys...)}, p.away
}

// expect holds the number of questions since the last time against what it should be.
func (p *publisher) expect(t *testing.T, what string, asked int) {
	t.Helper()
	if p.asked != asked {
		t.Errorf("%s: identity is asked %d times, want %d", what, p.asked, asked)
	}
	p.asked = 0
}

// sign makes a token that is good for an hour.
func sign(t *testing.T, key jose.JSONWebKey, account string) string {
	t.Helper()
	token, err := authz.Sign(key, "demo", authz.Principal{Account: account}, time.Now(), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// published makes an identity with one key, and a verifier that asks it. In a bubble of synctest no time passes by itself;
// the verifier is made outside, for what it remembers is cleaned up for ever.
func published(t *testing.T) (*publisher, *authz.Verifier, jose.JSONWebKey) {
	t.Helper()
	key, _ := newKey(t, "former")
	p := &publisher{keys: []jose.JSONWebKey{key.Public()}}
	return p, authz.NewVerifier("demo", p.source), key
}

// Tokens are checked offline: one question for all tokens of a key set, and one more when a key comes that it does not hold.
func TestKeysAreAskedForOnceAndWhenOneIsNew(t *testing.T) {
	p, v, former := published(t)
	next, _ := newKey(t, "next")
	synctest.Test(t, func(t *testing.T) {
		for _, account := range []string{"a", "b", "c"} {
			if _, err := v.Verify(t.Context(), sign(t, former, account)); err != nil {
				t.Fatal(err)
			}
		}
		p.expect(t, "three tokens of one key", 1)
		p.keys = append(p.keys, next.Public())
		time.Sleep(time.Second)
		for _, key := range []jose.JSONWebKey{next, former} {
			if _, err := v.Verify(t.Context(), sign(t, key, "d")); err != nil {
				t.Errorf("%s: %v", key.KeyID, err)
			}
		}
		p.expect(t, "a new key", 1)
	})
}

// Who forges tokens gets no answer and no work done: a question a second at most, however many keys they name.
func TestForgedKeyIDsAskNothingOfIdentity(t *testing.T) {
	p, v, former := published(t)
	synctest.Test(t, func(t *testing.T) {
		good := sign(t, former, "a")
		for second := range 3 {
			var wg sync.WaitGroup
			for i := range 200 {
				forged, _ := newKey(t, fmt.Sprintf("%d-%d", second, i))
				token := sign(t, forged, "a")
				wg.Go(func() {
					if _, err := v.Verify(t.Context(), token); !errors.Is(err, authz.ErrTokenInvalid) {
						t.Errorf("a forged token: %v", err)
					}
				})
			}
			wg.Wait()
			if _, err := v.Verify(t.Context(), good); err != nil {
				t.Errorf("a good token among forged ones: %v", err)
			}
			p.expect(t, "forged tokens", 1)
			time.Sleep(time.Second)
		}
	})
}

// What was signed by a key that is known stays good while identity does not answer, and nobody waits for it more than once.
func TestIdentityIsAwayOrSilent(t *testing.T) {
	p, v, former := published(t)
	next, _ := newKey(t, "next")
	synctest.Test(t, func(t *testing.T) {
		token := sign(t, former, "a")
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		p.away = errors.New("connection refused")
		for _, silent := range []bool{false, true} {
			p.hangs, p.asked = silent, 0
			time.Sleep(10 * time.Minute)
			for _, token := range []string{token, sign(t, former, "b"), token} {
				if _, err := v.Verify(t.Context(), token); err != nil {
					t.Errorf("silent %t: %v", silent, err)
				}
			}
			p.expect(t, "keys that are known", 1)
			if _, err := v.Verify(t.Context(), sign(t, next, "a")); !errors.Is(err, fault.Unavailable) {
				t.Errorf("nobody can say now whether a new key is good: %v", err)
			}
		}
		p.away, p.hangs = nil, false
		time.Sleep(time.Second)
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Error(err)
		}
	})
}

// A caller who leaves takes nobody along who waits for the same answer.
func TestTheFirstToAskLeaves(t *testing.T) {
	key, set := newKey(t, "k1")
	answer := make(chan struct{})
	entered := make(chan struct{})
	v := authz.NewVerifier("demo", func(ctx context.Context) (*jose.JSONWebKeySet, error) {
		close(entered)
		select {
		case <-answer:
			return set, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	token := sign(t, key, "a")
	ctx, leave := context.WithCancel(t.Context())
	left, stayed := make(chan error, 1), make(chan error, 1)
	go func() { _, err := v.Verify(ctx, token); left <- err }()
	<-entered
	go func() { _, err := v.Verify(t.Context(), token); stayed <- err }()
	leave()
	if err := <-left; !errors.Is(err, fault.Unavailable) {
		t.Errorf("who left: %v", err)
	}
	close(answer)
	if err := <-stayed; err != nil {
		t.Errorf("who stayed: %v", err)
	}
}

// A key that is published no more is good for nothing, also for tokens that were checked before.
func TestAKeyIsWithdrawn(t *testing.T) {
	p, v, former := published(t)
	next, _ := newKey(t, "next")
	synctest.Test(t, func(t *testing.T) {
		old := sign(t, former, "a")
		if _, err := v.Verify(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		p.keys = []jose.JSONWebKey{next.Public()}
		time.Sleep(5 * time.Minute)
		for _, token := range []string{old, sign(t, former, "b")} {
			if who, err := v.Verify(t.Context(), token); !errors.Is(err, authz.ErrTokenInvalid) || !who.Anonymous() {
				t.Errorf("a withdrawn key speaks for %q: %v", who.Account, err)
			}
		}
		if _, err := v.Verify(t.Context(), sign(t, next, "a")); err != nil {
			t.Error(err)
		}
	})
}
