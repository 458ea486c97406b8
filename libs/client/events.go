package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/linlihub/linli/libs/fault"
)

// Stream reads one event stream for as long as it is wanted, and goes on where it stopped when the connection breaks.
type Stream struct {
	// Path of the stream, such as /v1/me/events.
	Path string
	// After is the id of the last event seen; "" begins with what the server sends first.
	After string
	// Opened, when set, hears of every connection made: what was missed while there was none can be asked for now.
	Opened func()
	// Handle takes the events in order. An error of its ends the stream.
	Handle func(Event) error
}

// silence is how long a stream may say nothing; the server sends a heartbeat every 15 s.
const silence = 45 * time.Second

// Events reads a stream until ctx ends, Handle refuses or the server says that it will never be served (it is unknown, or
// not for this caller).
func (c *Client) Events(ctx context.Context, s Stream) error {
	pause := firstPause
	for {
		got, err := c.connect(ctx, &s)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if final(err) {
			return fmt.Errorf("events of %s: %w", s.Path, err)
		}
		if got.any {
			pause = firstPause
		}
		c.log.DebugContext(ctx, "event stream is opened again", slog.String("path", s.Path), slog.Any("err", err))
		if !sleep(ctx, max(jitter(pause), min(got.retry, lastPause))) {
			return ctx.Err()
		}
		pause = min(2*pause, lastPause)
	}
}

// handlerError is what Handle said: the stream is not opened again.
type handlerError struct{ error }

func (h handlerError) Unwrap() error { return h.error }

func final(err error) bool {
	var handlerError handlerError
	if errors.As(err, &handlerError) {
		return true
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Unauthenticated, fault.Denied, fault.NotFound, fault.NotAllowed, fault.Conflict, fault.Stale, fault.TooLarge,
		fault.Unprocessable, fault.Required:
		return true
	case fault.Internal, fault.Exhausted, fault.Unavailable, fault.Timeout:
		return false
	}
	return false
}

// got is what one connection has brought.
type got struct {
	any   bool
	retry time.Duration
}

func (c *Client) connect(ctx context.Context, s *Stream) (got, error) {
	response, err := c.open(ctx, s) //nolint:bodyclose // watch wraps it, and that is closed
	if err != nil {
		return got{}, err
	}
	body := watch(response.Body)
	defer body.Close()
	if s.Opened != nil {
		s.Opened()
	}
	decoder, result := NewDecoder(body), got{}
	for {
		event, err := decoder.Next()
		result.retry = decoder.Retry()
		if err != nil {
			return result, fault.Unavailable.Wrap(fmt.Errorf("stream broke: %w", err))
		}
		result.any = true
		if err := s.Handle(event); err != nil {
			return result, handlerError{err}
		}
		s.After = event.ID
	}
}

// open signs in if need be, a second time when the token has lapsed.
func (c *Client) open(ctx context.Context, s *Stream) (*http.Response, error) {
	if c.session == nil {
		return c.get(ctx, s, "")
	}
	token, err := c.session.token(ctx, "")
	if err != nil {
		return nil, err
	}
	response, err := c.get(ctx, s, token)
	if err == nil || fault.KindOf(err) != fault.Unauthenticated {
		return response, err
	}
	if token, err = c.session.token(ctx, token); err != nil {
		return nil, err
	}
	return c.get(ctx, s, token)
}

func (c *Client) get(ctx context.Context, s *Stream, token string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url(s.Path, nil), nil)
	if err != nil {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	c.dress(request.Header, token)
	request.Header.Set("Accept", "text/event-stream")
	if s.After != "" {
		request.Header.Set("Last-Event-ID", s.After)
	}
	response, err := c.streams.Do(request)
	if err != nil {
		return nil, unreachable(ctx, "open stream", err)
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		body, _ := io.ReadAll(io.LimitReader(response.Body, 1<<16)) // the status alone tells enough
		return nil, faultOf("open stream", response, body)
	}
	return response, nil
}

// watched closes a body that has been silent for too long: a peer that vanished never says so.
type watched struct {
	io.ReadCloser
	timer *time.Timer
}

func watch(body io.ReadCloser) *watched {
	return &watched{body, time.AfterFunc(silence, func() { _ = body.Close() })}
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	w.timer.Reset(silence)
	return n, err
}

func (w *watched) Close() error {
	w.timer.Stop()
	return w.ReadCloser.Close()
}
