package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/fault"
	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
)

// maxAnswer bounds what is read of one answer.
const maxAnswer = 32 << 20

// exchange is one call with all its attempts.
type exchange struct {
	client *Client
	op     operation
	wire   wire
	out    proto.Message
	settings
}

func (x exchange) run(ctx context.Context) error {
	if x.key == "" && x.op.idempotency == opv1.Idempotency_IDEMPOTENCY_KEYED {
		x.key = uuid.Must(uuid.NewV7()).String()
	}
	pause := newBackoff(x.client.patience)
	for {
		err := x.signedIn(ctx)
		if err == nil || ctx.Err() != nil || !x.repeatable(err) {
			return err
		}
		if !pause.wait(ctx, fault.ReportOf(err).RetryAfter) {
			return err
		}
		x.client.log.DebugContext(ctx, "call is repeated", slog.String("op", x.op.name), slog.Any("err", err))
	}
}

// repeatable says that the same call may succeed soon and does no harm twice. A limit of the service itself, such as
// tickets.limit_day, is a decision and no overload: it stands.
func (x exchange) repeatable(err error) bool {
	service, _, _ := strings.Cut(x.op.name, ".")
	switch code := fault.CodeOf(err); {
	case x.op.idempotency == opv1.Idempotency_IDEMPOTENCY_UNSPECIFIED:
		return false
	case fault.KindOf(err) == fault.Exhausted:
		return !strings.HasPrefix(code, service+".")
	default:
		return fault.Temporary(err) || code == stillRunning
	}
}

// stillRunning is the answer to a repeated key whose first call has not ended.
const stillRunning = "idempotency.running"

// signedIn makes one attempt, and a second one when the first found its token lapsed.
func (x exchange) signedIn(ctx context.Context) error {
	if x.client.session == nil {
		return x.send(ctx, "")
	}
	token, err := x.client.session.token(ctx, "")
	if err != nil {
		return err
	}
	err = x.send(ctx, token)
	if err == nil || fault.KindOf(err) != fault.Unauthenticated {
		return err
	}
	if token, err = x.client.session.token(ctx, token); err != nil {
		return err
	}
	return x.send(ctx, token)
}

func (x exchange) send(ctx context.Context, token string) error {
	request, err := http.NewRequestWithContext(ctx, x.op.verb, x.client.url(x.wire.path, x.wire.query), bytes.NewReader(x.wire.body))
	if err != nil {
		return fmt.Errorf("%s: %w", x.op.name, err)
	}
	x.client.dress(request.Header, token)
	if x.op.body {
		request.Header.Set("Content-Type", "application/json")
	}
	if x.key != "" {
		request.Header.Set("Idempotency-Key", x.key)
	}
	if x.etag != "" {
		request.Header.Set("If-Match", quote(x.etag))
	}
	response, err := x.client.http.Do(request)
	if err != nil {
		return unreachable(ctx, x.op.name, err)
	}
	defer response.Body.Close()
	return x.receive(ctx, response)
}

func (x exchange) receive(ctx context.Context, response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return unreachable(ctx, x.op.name, err)
	}
	if x.header != nil {
		*x.header = metadataOf(response.Header)
	}
	if response.StatusCode/100 != 2 {
		return faultOf(x.op.name, response, body)
	}
	if len(body) == 0 {
		return nil
	}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(body, x.out); err != nil {
		return fmt.Errorf("%s: decode answer: %w", x.op.name, err)
	}
	return nil
}

func (c *Client) dress(header http.Header, token string) {
	header.Set("Accept-Language", c.language)
	header.Set("User-Agent", "linli-client")
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
}

// quote makes an etag of a message the entity tag of a header; one that is quoted already stays, and so does * for any.
func quote(etag string) string {
	if etag == "*" || len(etag) > 1 && etag[0] == '"' {
		return etag
	}
	return `"` + etag + `"`
}

func metadataOf(header http.Header) metadata.MD {
	md := metadata.MD{}
	for name, values := range header {
		md.Append(name, values...)
	}
	return md
}

// backoff paces repeated attempts on the wall.
type backoff struct {
	until time.Time
	next  time.Duration
}

const (
	firstPause = 50 * time.Millisecond
	lastPause  = 2 * time.Second
)

func newBackoff(patience time.Duration) *backoff {
	return &backoff{until: time.Now().Add(patience), next: firstPause}
}

// wait sleeps before the next attempt, at least as long as the server asked; false when patience or ctx has ended.
func (b *backoff) wait(ctx context.Context, atLeast time.Duration) bool {
	d := max(jitter(b.next), atLeast)
	b.next = min(2*b.next, lastPause)
	if time.Now().Add(d).After(b.until) {
		return false
	}
	return sleep(ctx, d)
}
