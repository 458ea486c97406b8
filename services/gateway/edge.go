package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faulthttp"
	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/telemetry/semconv"
)

const (
	// maxBody bounds a JSON request; photos have their own bound.
	maxBody = 1 << 20
	// edgeDeadline bounds a request that is not a stream. An import may take longer and says so in its proto.
	edgeDeadline = 25 * time.Second
)

// layer wraps a handler; the first of a list is the outermost.
type layer func(http.Handler) http.Handler

func wrap(h http.Handler, layers ...layer) http.Handler {
	for i := len(layers) - 1; i >= 0; i-- {
		h = layers[i](h)
	}
	return h
}

// traced opens the SERVER span of a request. What a client sends as traceparent is linked, not obeyed: a stranger must not
// choose our trace ids or sampling. The trace id goes back so that a person can quote it.
func traced(tracer trace.Tracer) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
				attribute.String(semconv.HTTPMethod, r.Method), attribute.String(semconv.HTTPPath, r.URL.Path))}
			remote := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header)))
			if remote.IsValid() {
				options = append(options, trace.WithLinks(trace.Link{SpanContext: remote}))
			}
			ctx, span := tracer.Start(r.Context(), r.Method+" "+template(r.URL.Path), options...)
			defer span.End()
			w.Header().Set("Trace-Id", span.SpanContext().TraceID().String())
			seen := &statusSeen{ResponseWriter: w}
			next.ServeHTTP(seen, r.WithContext(ctx))
			span.SetAttributes(attribute.Int(semconv.HTTPStatus, seen.status))
			if seen.status >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, "")
			}
		})
	}
}

// template spells a path without its ids, so that span names stay few.
func template(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if i < 3 || p == "" {
			continue
		}
		if id, verb, found := strings.Cut(p, ":"); found {
			parts[i] = "{id}:" + verb
		} else if strings.ContainsAny(id, "0123456789") {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// statusSeen remembers the status of an answer.
type statusSeen struct {
	http.ResponseWriter
	status int
}

// WriteHeader passes the status on.
func (s *statusSeen) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write makes the status 200 when none was set.
func (s *statusSeen) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusSeen) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// recovered answers a panic as an internal fault, with its stack in the log. When the answer has begun, a stream for
// instance, nothing can be said any more and the connection is cut.
func recovered(log *slog.Logger) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen := &statusSeen{ResponseWriter: w}
			defer func() {
				if p := recover(); p != nil {
					afterPanic(p, log, seen, r)
				}
			}()
			next.ServeHTTP(seen, r)
		})
	}
}

func afterPanic(p any, log *slog.Logger, w *statusSeen, r *http.Request) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	trace.SpanFromContext(r.Context()).SetStatus(codes.Error, "panic")
	log.ErrorContext(r.Context(), "panic at the edge", "panic", p, "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	faulthttp.Write(w, r, fault.Internal)
}

// secured sets what every answer to a browser carries.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

// legible refuses headers that cannot travel on as metadata. They would be left out without a word, and a caller who sent
// a key would open two tickets.
func legible(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, h := range []struct {
			name    string
			refusal error
		}{{"Idempotency-Key", op.ErrKeyMalformed}, {"If-Match", op.ErrIfMatchMalformed}} {
			if strings.ContainsFunc(strings.Join(r.Header.Values(h.name), ""), func(c rune) bool { return c < ' ' || c > '~' }) {
				faulthttp.Write(w, r, h.refusal)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// bounded limits the size and the time of a request.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > maxBody {
			faulthttp.Write(w, r, errBodyLarge.With("kib", maxBody>>10))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		// A body that comes drop by drop must not hold the connection for ever; a context alone does not end a read.
		if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(edgeDeadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			faulthttp.Write(w, r, err)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), edgeDeadline)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
