package op

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc/metadata"

	"github.com/linlihub/linli/libs/fault"
	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// Whatever stands in If-Match and Idempotency-Key is read or refused as the caller's mistake.
func FuzzPreconditions(f *testing.F) {
	f.Add(`"v3"`, "k1")
	f.Add("*", "")
	f.Add(`W/"v3"`, "a b")
	f.Add(`"v9223372036854775808"`, "\x00")
	f.Add(`"v-1", "v2"`, "水")
	f.Fuzz(func(t *testing.T, match, key string) {
		ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs(headerIfMatch, match, headerKey, key))
		var seen any
		handler := func(ctx context.Context, _ any) (any, error) {
			seen = ctx.Value(ifMatchKey{})
			return "done", nil
		}
		ctx = context.WithValue(ctx, operationKey{}, Operation{Name: "tickets.v1.Tickets/Pause", Idempotency: opv1.Idempotency_IDEMPOTENCY_KEYED, IfMatch: true})
		_, err := preconditioned()(handler)(ctx, &ticketsv1.PauseRequest{Id: "t1"})
		if err != nil && !errors.Is(err, fault.Invalid) && !errors.Is(err, fault.Required) {
			t.Errorf("If-Match %q, key %q: %v", match, key, err)
		}
		if version, ok := seen.(int64); ok && CheckVersion(ctx, version) != nil {
			t.Errorf("%q is version %d, and is not", match, version)
		}
	})
}

// An etag is read as the version that it was written from.
func FuzzETag(f *testing.F) {
	f.Add(int64(0))
	f.Add(int64(-1))
	f.Add(int64(1) << 62)
	f.Fuzz(func(t *testing.T, version int64) {
		if got, err := parseETag(ETag(version)); err != nil || got != version {
			t.Errorf("%d is read as %d, %v", version, got, err)
		}
	})
}
