// Package discover finds the services: the process's own first, then those at configured addresses. A caller holds a
// grpc.ClientConnInterface and never learns which of the two answered.
package discover

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/fullstorydev/grpchan/inprocgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/op"
)

// ErrUnknown says that no process serves a service, as far as this one knows.
var ErrUnknown = fault.Define(fault.Unavailable, "discover.unknown", "服务 {service} 尚不可用", "service {service} is not available")

// Directory knows where services are. Safe for concurrent use.
type Directory struct {
	peers map[string]string

	mu     sync.Mutex
	local  map[string]*inprocgrpc.Channel
	remote map[string]*grpc.ClientConn
}

// New makes a Directory; peers are the addresses of services in other processes, by name. An address is a gRPC target:
// "host:port", or "dns:///tickets:9000" to spread calls over all addresses of a name.
func New(peers map[string]string) *Directory {
	return &Directory{peers: peers, local: map[string]*inprocgrpc.Channel{}, remote: map[string]*grpc.ClientConn{}}
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

// Close closes the connections to other processes.
func (d *Directory) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs error
	for service, c := range d.remote {
		if err := c.Close(); err != nil {
			errs = errors.Join(errs, fmt.Errorf("close connection to %s: %w", service, err))
		}
	}
	return errs
}

func (d *Directory) find(service string) (grpc.ClientConnInterface, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if local, ok := d.local[service]; ok {
		return local, nil
	}
	if remote, ok := d.remote[service]; ok {
		return remote, nil
	}
	address, ok := d.peers[service]
	if !ok {
		return nil, ErrUnknown.With("service", service)
	}
	remote, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(op.MaxMessage)),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"round_robin":{}}]}`))
	if err != nil {
		return nil, fault.Unavailable.Wrap(fmt.Errorf("dial %s: %w", service, err))
	}
	d.remote[service] = remote
	return remote, nil
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
	target, err := c.directory.find(c.service)
	if err != nil {
		return err
	}
	return target.Invoke(ctx, method, req, reply, opts...)
}

// NewStream is not offered: services answer, and what happens is an event.
func (c *conn) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, fault.Internal.Wrap(fmt.Errorf("service %s: streams are not part of the protocol", c.service))
}
