package op

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-kit/kit/endpoint"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/outbox"
)

// The metadata in which the edge hands on a request's headers.
const (
	headerToken   = "authorization"
	headerKey     = "idempotency-key"
	headerIfMatch = "if-match"
)

// maxKey is the longest Idempotency-Key.
const maxKey = 128

// Faults of preconditions.
var (
	ErrKeyMalformed     = fault.Define(fault.Invalid, "idempotency.malformed", "Idempotency-Key 须为 1–128 个可见 ASCII 字符", "Idempotency-Key must be 1–128 visible ASCII characters")
	ErrIfMatchMissing   = fault.Define(fault.Required, "etag.missing", "请在 If-Match 中带上所见版本的 ETag", "send the ETag of the version you saw as If-Match")
	ErrIfMatchMalformed = fault.Define(fault.Invalid, "etag.malformed", "If-Match 须为一个 ETag，例如 \"v3\"", "If-Match must be one ETag such as \"v3\"")
)

type ifMatchKey struct{}

// ETag spells a version as a strong entity tag (RFC 9110, 8.8.3).
func ETag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// CheckVersion fails with fault.Stale when the caller named another version than the present one in If-Match. A caller
// who named none, or "*", passes.
func CheckVersion(ctx context.Context, present int64) error {
	if seen, ok := ctx.Value(ifMatchKey{}).(int64); ok && seen != present {
		return fault.Stale.With("version", present)
	}
	return nil
}

// preconditioned reads If-Match and Idempotency-Key.
func preconditioned() endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			ctx, err := withIfMatch(ctx)
			if err == nil {
				ctx, err = withKey(ctx, req)
			}
			if err != nil {
				return nil, err
			}
			return next(ctx, req)
		}
	}
}

func withIfMatch(ctx context.Context) (context.Context, error) {
	value := strings.TrimSpace(header(ctx, headerIfMatch))
	switch {
	case value == "*":
		return ctx, nil
	case value == "" && From(ctx).IfMatch:
		return ctx, ErrIfMatchMissing
	case value == "":
		return ctx, nil
	}
	version, err := parseETag(value)
	if err != nil {
		return ctx, ErrIfMatchMalformed.Wrap(err)
	}
	return context.WithValue(ctx, ifMatchKey{}, version), nil
}

// parseETag reads what ETag spells, and nothing that merely looks like it.
func parseETag(value string) (int64, error) {
	digits := strings.TrimSuffix(strings.TrimPrefix(value, `"v`), `"`)
	version, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || ETag(version) != value {
		return 0, fmt.Errorf("etag %.40q", value)
	}
	return version, nil
}

// withKey puts the key in the context, from where outbox.Do takes it into the transaction of the change.
func withKey(ctx context.Context, req any) (context.Context, error) {
	key, o := header(ctx, headerKey), From(ctx)
	m, isMessage := req.(proto.Message)
	if key == "" || !keyed(o) || !isMessage {
		return ctx, nil
	}
	if len(key) > maxKey || strings.ContainsFunc(key, invisible) {
		return ctx, ErrKeyMalformed
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return ctx, fmt.Errorf("hash request: %w", err)
	}
	sum := sha256.Sum256(body)
	return outbox.WithKey(ctx, outbox.Key{
		Scope: authz.From(ctx).Account, Operation: o.Name, Key: key, Hash: hex.EncodeToString(sum[:]),
	}), nil
}

// carriable refuses a header that gRPC would not carry to another process, where it would look like our mistake.
func carriable(ctx context.Context) error {
	md, _ := metadata.FromOutgoingContext(ctx)
	for _, h := range []struct {
		name    string
		refusal error
	}{{headerToken, authz.ErrTokenInvalid}, {headerKey, ErrKeyMalformed}, {headerIfMatch, ErrIfMatchMalformed}} {
		for _, value := range md.Get(h.name) {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
				return h.refusal
			}
		}
	}
	return nil
}

func invisible(r rune) bool { return r <= ' ' || r > '~' }

func bearer(ctx context.Context) string {
	scheme, token, _ := strings.Cut(header(ctx, headerToken), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// HasIfMatch says whether the caller named a version.
func HasIfMatch(ctx context.Context) bool {
	_, ok := ctx.Value(ifMatchKey{}).(int64)
	return ok
}
