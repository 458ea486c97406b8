package host

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/discover"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faultgrpc"
	"github.com/linlihub/linli/libs/op"
)

// errNotCalled says that a service of the company has no business with this one.
var errNotCalled = fault.Define(fault.Denied, "host.caller_not_allowed", "该服务无权调用", "this service may not be called by its caller")

// workers are the goroutines kept for calls from other processes; calls beyond them get one of their own.
const workers = 64

// remote is what other processes reach over gRPC.
type remote struct {
	listener net.Listener
	services map[string]*Env // by the name in their proto
}

// serveRemote registers a service on the gRPC server for other processes, behind its own chain.
func (p *Process) serveRemote(e *Env, desc *grpc.ServiceDesc, impl any) {
	if p.Config.GRPC == "" {
		return
	}
	if p.grpc == nil {
		p.grpc = p.newGRPC()
		p.remote.services = map[string]*Env{}
	}
	p.remote.services[desc.ServiceName] = e
	p.grpc.RegisterService(desc, impl)
}

// connectionAge is how long a caller keeps a connection. It then makes another one, for which it asks for the name again: else it
// would never learn of a replica that came when there was more to do. And a caller whose certificate is no longer good
// is not served for long on a connection that it made before.
const connectionAge = 30 * time.Second

func (p *Process) newGRPC() *grpc.Server {
	options := []grpc.ServerOption{
		grpc.UnaryInterceptor(p.chainOf), grpc.MaxRecvMsgSize(op.MaxMessage),
		// A goroutine of its own for each call would grow its stack anew through the whole chain: half of what the chain cost.
		grpc.NumStreamWorkers(workers),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: connectionAge, MaxConnectionAgeGrace: time.Minute}),
		// Callers look every 10 s whether we are still there; a server must allow that.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
	}
	if p.secure != nil {
		options = append(options, grpc.Creds(p.secure.Server()))
	}
	return grpc.NewServer(options...)
}

// chainOf runs a call from another process through the chain of the service it is for.
func (p *Process) chainOf(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	service, _, _ := strings.Cut(strings.TrimPrefix(info.FullMethod, "/"), "/")
	e := p.remote.services[service]
	if err := p.admit(ctx, e); err != nil {
		return nil, faultgrpc.ToGRPC(err)
	}
	return e.chain(ctx, req, info, handler)
}

// admit lets through only the services that the module is called by, where callers are known at all.
func (p *Process) admit(ctx context.Context, e *Env) error {
	if p.secure == nil {
		return nil
	}
	names, err := credential.Names(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if slices.Contains(e.callers, name) || slices.Contains(e.callers, Everyone) {
			return nil
		}
	}
	return errNotCalled
}

// openRemote binds the address for other processes, if any module has something for them.
func (p *Process) openRemote(ctx context.Context) (err error) {
	if p.grpc == nil {
		return nil
	}
	if p.remote.listener, err = p.listen(ctx, p.Config.GRPC); err != nil {
		return err
	}
	p.runner.add(stageEdge, "grpc", serveGRPC(p.remote.listener, p.grpc))
	return nil
}

// RemoteAddress is where services of other processes reach this one, or "".
func (p *Process) RemoteAddress() string {
	if p.remote.listener == nil {
		return ""
	}
	return p.remote.listener.Addr().String()
}

// announce tells Consul where each module is: one that serves rpcs under --grpc, another, such as the gateway, under --http.
// A process that others cannot reach is not announced.
func (p *Process) announce(modules []built) (err error) {
	if p.Config.Consul == "" {
		return nil
	}
	serving := map[string]bool{}
	for _, e := range p.remote.services {
		serving[e.Name] = true
	}
	var services []discover.Service
	for _, m := range modules {
		address, kind := p.Address(), "http"
		if serving[m.name] {
			address, kind = p.RemoteAddress(), "grpc"
		}
		if address, err = p.reachable(address); err != nil {
			return err
		}
		services = append(services, discover.Service{Name: m.name, Address: address, Kind: kind})
	}
	instance, err := p.instance()
	if err != nil {
		return err
	}
	p.announced, err = p.directory.Announce(instance, services...)
	return err
}

// instance is the process's name among its replicas.
func (p *Process) instance() (string, error) {
	if p.Config.Instance != "" {
		return p.Config.Instance, nil
	}
	machine, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("name this process: %w", err)
	}
	_, port, err := net.SplitHostPort(cmp.Or(p.RemoteAddress(), p.Address()))
	return machine + "-" + port, err
}

// reachable puts in the place of "every address of this machine" one that others can use.
func (p *Process) reachable(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("announce %s: %w", address, err)
	}
	if p.Config.Advertise != "" {
		return net.JoinHostPort(p.Config.Advertise, port), nil
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsUnspecified() {
		return address, nil
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return "", fmt.Errorf("find an address of this machine: %w", err)
	}
	for _, a := range all {
		if network, ok := a.(*net.IPNet); ok && network.IP.IsGlobalUnicast() && network.IP.To4() != nil {
			return net.JoinHostPort(network.IP.String(), port), nil
		}
	}
	return net.JoinHostPort("127.0.0.1", port), nil
}
