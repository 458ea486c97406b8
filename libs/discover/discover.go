// Package discover finds the services: the process's own first, then the instances that Consul knows, then those at
// configured addresses. A caller holds a grpc.ClientConnInterface and never learns which of them answered.
//
// Consul is asked through go-kit's sd/consul, and calls are dealt round by its sd/lb, over one connection per instance.
// What Consul last said holds for as long as Consul is away, and an empty answer never replaces a known set: a Consul that
// has just come back knows nobody for a moment. A call that could not be sent goes to the next instance, whatever the
// call may do: nothing has left this process. That is no retry; the one layer of those is in op.Client.
package discover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/fullstorydev/grpchan/inprocgrpc"
	consul "github.com/hashicorp/consul/api"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/resolver/dns"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/op"
)

// ErrUnknown says that no process serves a service, as far as this one knows.
var ErrUnknown = fault.Define(fault.Unavailable, "discover.unknown", "服务 {service} 尚不可用", "service {service} is not available")

// Config says where services of other processes are looked for. The zero value knows the process's own.
type Config struct {
	// Company tells the services of one company from those of another on the same Consul.
	Company string
	// Consul is host:port of its HTTP API; empty: it is not used.
	Consul string
	// Peers are addresses by service, asked when Consul has nothing to offer. An address is a gRPC target: "host:port", or
	// "dns:///tickets:9000" to spread calls over all addresses of a name.
	Peers map[string]string
	// Credentials secure the connections to a service; nil: they are not secured.
	Credentials func(service string) credentials.TransportCredentials
	// Log is silent, and metrics go nowhere, unless given.
	Log      *slog.Logger
	Registry prometheus.Registerer
}

// Directory knows where services are. Safe for concurrent use.
type Directory struct {
	cfg     Config
	log     *slog.Logger
	metrics *metrics
	consul  *consul.Client  // nil: not used
	ctx     context.Context //nolint:containedctx // ends with Close
	close   context.CancelFunc
	tasks   sync.WaitGroup

	mu    sync.Mutex
	local map[string]*inprocgrpc.Channel
	peers map[string]*grpc.ClientConn
	pools map[string]*pool
}

// New makes a Directory of the process's own services and of peers; nothing is dialled before the first call.
func New(peers map[string]string) *Directory { return newDirectory(Config{Peers: peers}) }

// Open makes a Directory; nothing is dialled before the first call, or the first announcement.
func Open(cfg Config) (*Directory, error) {
	d := newDirectory(cfg)
	if cfg.Consul == "" {
		return d, nil
	}
	var err error
	if d.consul, err = newConsul(cfg.Consul); err != nil {
		return nil, fmt.Errorf("open consul client: %w", err)
	}
	return d, nil
}

func newDirectory(cfg Config) *Directory {
	d := &Directory{
		cfg: cfg, log: cfg.Log, local: map[string]*inprocgrpc.Channel{}, peers: map[string]*grpc.ClientConn{}, pools: map[string]*pool{},
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.cfg.Registry == nil {
		d.cfg.Registry = prometheus.NewRegistry()
	}
	d.metrics = newMetrics(d.cfg.Registry)
	d.ctx, d.close = context.WithCancel(context.Background())
	return d
}

// Serve makes a service of this process reachable for its other services. Calls are cloned and carry only what would
// also travel in headers: no transaction or principal leaks from the caller's context into the callee's.
func (d *Directory) Serve(service string, chain grpc.UnaryServerInterceptor, desc *grpc.ServiceDesc, impl any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.local[service] == nil {
		d.local[service] = (&inprocgrpc.Channel{}).WithServerUnaryInterceptor(chain)
	}
	d.local[service].RegisterService(desc, impl)
}

// Dial answers a connection to a service, through the client chain. It never blocks or fails: the service is looked up at
// each call, so services may start in any order.
func (d *Directory) Dial(service string, cfg op.Config) grpc.ClientConnInterface {
	return &conn{directory: d, service: service, chain: op.Client(cfg)}
}

// Close stops watching and closes the connections to other processes.
func (d *Directory) Close() (err error) {
	d.mu.Lock()
	d.close() // from here on find refuses
	d.mu.Unlock()
	d.tasks.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.pools {
		p.stop()
	}
	for service, c := range d.peers {
		if failed := c.Close(); failed != nil {
			err = errors.Join(err, fmt.Errorf("close connection to %s: %w", service, failed))
		}
	}
	return err
}

// invoke calls a service where it is best reached.
func (d *Directory) invoke(ctx context.Context, service string, c *call) error {
	local, known, fixed, err := d.find(service)
	switch {
	case err != nil:
		return err
	case local != nil:
		return local.Invoke(ctx, c.method, c.req, c.reply, c.opts...)
	case known == nil && fixed == nil:
		return ErrUnknown.With("service", service)
	case known == nil:
		return fixed.Invoke(ctx, c.method, c.req, c.reply, c.opts...)
	}
	sent, err := known.invoke(ctx, c, fixed != nil)
	if sent || err == nil || fixed == nil {
		return err
	}
	return fixed.Invoke(ctx, c.method, c.req, c.reply, c.opts...)
}

// find answers who may serve: this process, the pool of instances, or the configured address; each may be nil.
func (d *Directory) find(service string) (*inprocgrpc.Channel, *pool, *grpc.ClientConn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if local, ok := d.local[service]; ok {
		return local, nil, nil, nil
	}
	if d.ctx.Err() != nil {
		return nil, nil, nil, fault.Unavailable.Wrap(errors.New("the directory is closed"))
	}
	if d.consul != nil && d.pools[service] == nil {
		d.pools[service] = d.watch(service)
	}
	if address, ok := d.cfg.Peers[service]; ok && d.peers[service] == nil {
		fixed, err := d.connect(service, address)
		if err != nil {
			return nil, nil, nil, err
		}
		d.peers[service] = fixed
	}
	return nil, d.pools[service], d.peers[service], nil
}

// Whoever was replaced is looked up again within a second: by default names are asked for twice a minute. gRPC reads this
// without a lock, so it is said before any connection is made.
func init() { dns.SetMinResolutionInterval(time.Second) }

// connect is the one place where a connection is configured; it does not wait for the other side.
func (d *Directory) connect(service, target string) (*grpc.ClientConn, error) {
	secure := insecure.NewCredentials()
	if d.cfg.Credentials != nil {
		secure = d.cfg.Credentials(service)
	}
	c, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(secure),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(op.MaxMessage)),
		// Nobody publishes one: to look for it asks servers outside of a cluster, and where they are silent the first call waits.
		grpc.WithDisableServiceConfig(),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"round_robin":{}}]}`),
		// A service that comes back is found within seconds: by default the pauses grow to two minutes.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
			MinConnectTimeout: 2 * time.Second,
		}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 3 * time.Second, PermitWithoutStream: true}))
	if err != nil {
		return nil, fault.Unavailable.Wrap(fmt.Errorf("dial %s: %w", service, err))
	}
	return c, nil
}

type conn struct {
	directory *Directory
	service   string
	chain     grpc.UnaryClientInterceptor
}

// Invoke calls one rpc through the client chain.
func (c *conn) Invoke(ctx context.Context, method string, req, reply any, opts ...grpc.CallOption) error {
	return c.chain(ctx, method, req, reply, nil, c.call, opts...)
}

func (c *conn) call(ctx context.Context, method string, req, reply any, _ *grpc.ClientConn, opts ...grpc.CallOption) error {
	return c.directory.invoke(ctx, c.service, &call{method, req, reply, opts})
}

// NewStream is not offered: services answer, and what happens is an event.
func (c *conn) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, fault.Internal.Wrap(fmt.Errorf("service %s: streams are not part of the protocol", c.service))
}
