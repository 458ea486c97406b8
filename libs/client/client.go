// Package client speaks the public HTTP API of a Linli server with the generated gRPC stubs: it is a
// grpc.ClientConnInterface that reads route, body and idempotency of an rpc from its declaration in the .proto.
//
//	server, err := client.New("http://127.0.0.1:8080")
//	resident := server.As(client.OneTimeCode("19900000001", codes))
//	ticket, err := ticketsv1.NewTicketsClient(resident).Open(ctx, &ticketsv1.OpenRequest{HomeId: "h0001"}, client.Key("k1"))
//
// Errors are faults, as they are inside the platform: errors.Is(err, fault.Conflict), fault.CodeOf(err) == "tickets.closed".
// All times here are of the network and so on the wall.
package client

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Client is one caller of one server. It is safe for concurrent use; As and With make others that share its connections.
type Client struct {
	base     *url.URL
	http     *http.Client
	streams  *http.Client
	patience time.Duration
	language string
	log      *slog.Logger
	session  *session // nil calls as nobody
}

var _ grpc.ClientConnInterface = (*Client)(nil)

// Option changes a Client when it is made.
type Option func(*Client)

// Patience is how long a call goes on trying while the server is away, overloaded or unreachable. A changing call is
// repeated with the same Idempotency-Key, so that it happens once. The default is not to repeat.
func Patience(d time.Duration) Option { return func(c *Client) { c.patience = d } }

// Language is the language in which problems are told: "zh-CN" (default) or "en".
func Language(tag string) Option { return func(c *Client) { c.language = tag } }

// Log hears of repeated calls and streams that broke.
func Log(log *slog.Logger) Option { return func(c *Client) { c.log = log } }

// Around puts a transport around the client's own, for whoever has to see what goes over the wire.
func Around(wrap func(http.RoundTripper) http.RoundTripper) Option {
	return func(c *Client) {
		calls, streams := *c.http, *c.streams
		calls.Transport, streams.Transport = wrap(calls.Transport), wrap(streams.Transport)
		c.http, c.streams = &calls, &streams
	}
}

// attempt bounds one exchange; the gateway itself answers within 5 s, imports within 20 s.
const attempt = 25 * time.Second

// New makes a client that calls as nobody. The base is the server's address, such as http://127.0.0.1:8080.
func New(base string, options ...Option) (*Client, error) {
	u, err := url.Parse(strings.TrimSuffix(base, "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("server address %q: want http(s)://host:port", base)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 256, 256
	// Streams have no time limit and, in a browser's HTTP/1.1 as here, a connection each: they get their own pool.
	streaming := transport.Clone()
	streaming.ResponseHeaderTimeout = attempt
	c := &Client{
		base: u, http: &http.Client{Transport: transport, Timeout: attempt}, streams: &http.Client{Transport: streaming},
		language: "zh-CN", log: slog.New(slog.DiscardHandler),
	}
	for _, option := range options {
		option(c)
	}
	return c, nil
}

// As is the same client for another caller, who signs in with the first call.
func (c *Client) As(who Credentials) *Client {
	as := *c
	as.session = &session{nobody: c.nobody(), who: who}
	return &as
}

// With is the same caller with other options.
func (c *Client) With(options ...Option) *Client {
	with := *c
	for _, option := range options {
		option(&with)
	}
	return &with
}

func (c *Client) nobody() *Client {
	nobody := *c
	nobody.session = nil
	return &nobody
}

// Invoke calls the rpc with the full method name "/linli.tickets.v1.Tickets/Open" over HTTP. Generated stubs call it.
// Of gRPC's own call options Header is obeyed, beside those of this package.
func (c *Client) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	in, ok := args.(proto.Message)
	out, ok2 := reply.(proto.Message)
	if !ok || !ok2 {
		return status.Errorf(codes.Internal, "client: %s with %T and %T, want proto messages", method, args, reply)
	}
	op, err := operationOf(method)
	if err != nil {
		return err
	}
	wire, err := op.request(in)
	if err != nil {
		return err
	}
	x := exchange{client: c, op: op, wire: wire, out: out, settings: read(opts)}
	return x.run(ctx)
}

// NewStream is refused: the public API has no streaming rpc. Events are read with Events.
func (c *Client) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, status.Error(codes.Unimplemented, "client: the public API has no streaming rpc")
}

func (c *Client) url(path string, query url.Values) string {
	return c.base.String() + path + encode(query)
}

func encode(query url.Values) string {
	if len(query) == 0 {
		return ""
	}
	return "?" + query.Encode()
}
