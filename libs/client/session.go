package client

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/linlihub/linli/libs/fault"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
)

// Credentials open a session, and another one when it has ended.
type Credentials interface {
	// request is what opens a session now; it may ask the server for a code first.
	request(ctx context.Context, sessions identityv1.SessionsClient) (*identityv1.CreateSessionRequest, error)
}

// Password is how staff sign in.
func Password(username, password string) Credentials { return secret{username, password} }

type secret struct{ username, password string }

func (p secret) request(context.Context, identityv1.SessionsClient) (*identityv1.CreateSessionRequest, error) {
	return &identityv1.CreateSessionRequest{Username: p.username, Password: p.password}, nil
}

// Codes is where one-time codes arrive: a person's phone, or for a simulated one the server's own outbox.
type Codes interface {
	// Expect says that a code is about to be asked for: earlier ones of that phone no longer count.
	Expect(phone string) error
	// Await answers the code that came since.
	Await(ctx context.Context, phone string) (string, error)
}

// OneTimeCode is how residents sign in.
func OneTimeCode(phone string, codes Codes) Credentials { return &otp{phone: phone, codes: codes} }

type otp struct {
	phone string
	codes Codes
	last  string // the session's lock guards it
}

func (o *otp) request(ctx context.Context, sessions identityv1.SessionsClient) (*identityv1.CreateSessionRequest, error) {
	if err := o.codes.Expect(o.phone); err != nil {
		return nil, fmt.Errorf("expect code: %w", err)
	}
	_, err := sessions.RequestOtp(ctx, &identityv1.RequestOtpRequest{Phone: o.phone})
	switch {
	case errors.Is(err, fault.Exhausted) && o.last != "": // too soon for another: the one before still counts
	case err != nil:
		return nil, fmt.Errorf("request code: %w", err)
	default:
		if o.last, err = o.codes.Await(ctx, o.phone); err != nil {
			return nil, fmt.Errorf("await code: %w", err)
		}
	}
	return &identityv1.CreateSessionRequest{Phone: o.phone, Code: o.last}, nil
}

// session keeps one caller's tokens. Many calls that find the token lapsed renew it once.
type session struct {
	nobody *Client
	who    Credentials

	mu      sync.Mutex
	current *identityv1.Session
}

// token answers an access token other than the stale one, signing in if there is none.
func (s *session) token(ctx context.Context, stale string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil && s.current.GetAccessToken() != stale {
		return s.current.GetAccessToken(), nil
	}
	next, err := s.renew(ctx)
	if err != nil {
		return "", err
	}
	s.current = next
	return next.GetAccessToken(), nil
}

func (s *session) renew(ctx context.Context) (*identityv1.Session, error) {
	sessions := identityv1.NewSessionsClient(s.nobody)
	if refresh := s.current.GetRefreshToken(); refresh != "" {
		next, err := sessions.Refresh(ctx, &identityv1.RefreshSessionRequest{RefreshToken: refresh})
		if err == nil || fault.Temporary(err) || ctx.Err() != nil {
			return next, err
		}
		s.current = nil // spent or revoked: begin anew
	}
	request, err := s.who.request(ctx, sessions)
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	next, err := sessions.Create(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	return next, nil
}

// SignIn opens the session now instead of with the first call, and answers who the caller is.
func (c *Client) SignIn(ctx context.Context) (*identityv1.Me, error) {
	if c.session == nil {
		return nil, fault.Unauthenticated.Wrap(fmt.Errorf("sign in: the client has no credentials"))
	}
	if _, err := c.session.token(ctx, ""); err != nil {
		return nil, err
	}
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	return c.session.current.GetMe(), nil
}
