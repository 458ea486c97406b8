package authz

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/linlihub/linli/libs/fault"
)

// KeySource answers the public keys that may have signed a token.
type KeySource func(context.Context) (*jose.JSONWebKeySet, error)

const (
	// keysKept is how long a key set is trusted before it is asked for again; an unknown key id asks sooner.
	keysKept = 5 * time.Minute
	// askPause is the least time between an answer and the next question, however many tokens name keys that nobody has: a
	// forger must not make us ask identity once a token.
	askPause = time.Second
	// askCap bounds a question.
	askCap = 2 * time.Second
)

// keyCache holds the published keys, and asks for them again when they are old or lack one. One question is under way at a
// time. Safe for concurrent use.
type keyCache struct {
	source KeySource
	held   atomic.Pointer[keySet]

	mu       sync.Mutex
	ended    time.Time     // when the last question was over
	failed   error         // why it brought no answer
	answered chan struct{} // closed when the question under way is over; nil when there is none
}

type keySet struct {
	keys *jose.JSONWebKeySet
	at   time.Time
}

// key answers the key of an id. It fails with ErrTokenInvalid if identity does not publish it, and with fault.Unavailable if
// that cannot be known now.
func (c *keyCache) key(ctx context.Context, id string) (jose.JSONWebKey, error) {
	held := c.held.Load()
	found := held.find(id)
	if found != nil && time.Since(held.at) < keysKept {
		return *found, nil
	}
	answered, ours := c.ask(ctx)
	if found != nil && !ours {
		return *found, nil // nobody else waits for news of a key that was good a moment ago
	}
	if answered != nil {
		select {
		case <-answered:
		case <-ctx.Done():
		}
	}
	return c.known(ctx, id)
}

// ask begins a question unless one is under way or was put a moment ago, and says whether it is ours.
func (c *keyCache) ask(ctx context.Context) (answered <-chan struct{}, ours bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered != nil {
		return c.answered, false
	}
	if time.Since(c.ended) < askPause {
		return nil, false
	}
	c.answered = make(chan struct{})
	go c.fetch(context.WithoutCancel(ctx)) // others wait for it too: it must not end with the first who asked
	return c.answered, true
}

func (c *keyCache) fetch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, askCap)
	defer cancel()
	fresh, err := c.source(ctx)
	if err == nil {
		c.held.Store(&keySet{fresh, time.Now()})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.answered)
	c.answered, c.ended, c.failed = nil, time.Now(), err
}

// known answers from what is held now.
func (c *keyCache) known(ctx context.Context, id string) (jose.JSONWebKey, error) {
	held := c.held.Load()
	if found := held.find(id); found != nil {
		return *found, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.failed != nil:
		return jose.JSONWebKey{}, fault.Unavailable.Wrap(fmt.Errorf("fetch keys: %w", c.failed))
	case ctx.Err() != nil:
		return jose.JSONWebKey{}, fault.Unavailable.Wrap(fmt.Errorf("fetch keys: %w", context.Cause(ctx)))
	case held == nil:
		return jose.JSONWebKey{}, fault.Unavailable.Wrap(errors.New("fetch keys: no answer yet"))
	}
	return jose.JSONWebKey{}, ErrTokenInvalid
}

func (s *keySet) find(id string) *jose.JSONWebKey {
	if s == nil {
		return nil
	}
	for i := range s.keys.Keys {
		if s.keys.Keys[i].KeyID == id {
			return &s.keys.Keys[i]
		}
	}
	return nil
}
