package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/alecthomas/kong"
	"github.com/redis/go-redis/v9"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/discover"
	"github.com/linlihub/linli/libs/embedded"
	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/telemetry"
)

// Process is a running set of modules.
type Process struct {
	Config    Config
	Clock     clock.Clock
	Telemetry *telemetry.Telemetry

	directory *discover.Directory
	metrics   *op.Metrics
	runner    *runner
	mux       *http.ServeMux
	grpc      *grpc.Server
	listener  net.Listener
	remote    remote
	announced *discover.Announcement
	secure    *credential.Folder
	access    access
	verifier  *authz.Verifier
	writer    *bus.Writer
	redis     *redis.Client
	groups    map[string][]string
	schemas   []string
	migrating bool // the tables of the modules are all that is made
	ready     atomic.Bool
	closers   []closer

	stopping context.Context //nolint:containedctx // ends when the edge begins to close
	hangUp   context.CancelFunc
}

type closer struct {
	name  string
	close func() error
}

// Start runs modules as a command line would and returns when all are ready: what a test calls.
func Start(ctx context.Context, args []string, modules ...Module) (*Process, error) {
	serve, err := parse(args, modules...)
	if err != nil {
		return nil, err
	}
	return start(ctx, serve.Config, serve.modules)
}

func parse(args []string, modules ...Module) (Command, error) {
	serve := Serve(modules...)
	parser, err := kong.New(&serve, Options("test", "")...)
	if err != nil {
		return Command{}, fmt.Errorf("read flags: %w", err)
	}
	if _, err := parser.Parse(args); err != nil {
		return Command{}, fmt.Errorf("read flags: %w", err)
	}
	return serve, nil
}

func newProcess(ctx context.Context, cfg Config) *Process {
	p := &Process{Config: cfg, mux: http.NewServeMux(), groups: map[string][]string{}}
	p.stopping, p.hangUp = context.WithCancel(context.WithoutCancel(ctx))
	return p
}

func start(ctx context.Context, cfg Config, modules []built) (*Process, error) {
	p := newProcess(ctx, cfg)
	if err := p.up(ctx, modules); err != nil {
		p.Stop()
		return nil, err
	}
	p.ready.Store(true)
	if err := p.announce(modules); err != nil {
		p.Stop()
		return nil, err
	}
	p.Telemetry.Log.Info("ready", "http", p.Address(), "company", cfg.Company)
	return p, nil
}

// up is the whole start, in order.
func (p *Process) up(ctx context.Context, modules []built) error {
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return p.build(ctx, modules) }, p.meetRedis, p.openTopics, p.openEdge,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return p.runner.start(ctx)
}

// build makes everything and runs nothing.
func (p *Process) build(ctx context.Context, modules []built) error {
	if err := p.Config.Validate(); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{p.openAccess, p.openFolder, p.openTelemetry, p.openDirectory, p.openServers, p.openVerifier, p.openWriter} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for _, m := range modules {
		if err := m.build(p.env(ctx, m)); err != nil {
			return fmt.Errorf("build %s: %w", m.name, err)
		}
	}
	return nil
}

func (p *Process) openFolder(context.Context) (err error) {
	if err := os.MkdirAll(p.Config.Data, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	p.Clock, err = p.Config.openClock()
	return err
}

func (p *Process) openTelemetry(ctx context.Context) (err error) {
	ring := 0
	if p.Config.OTLP == "" {
		ring = 500
	}
	p.Telemetry, err = telemetry.Start(ctx, telemetry.Config{
		Service: "linli", Company: p.Config.Company, LogLevel: p.Config.LogLevel, LogFormat: p.Config.LogFormat,
		OTLPEndpoint: p.Config.OTLP, TraceRing: ring, Instance: p.Config.Instance,
	})
	if err != nil {
		return err
	}
	p.onClose("telemetry", func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return p.Telemetry.Shutdown(ctx)
	})
	p.metrics = op.NewMetrics(p.Telemetry.Registry)
	p.runner = newRunner(p.Telemetry.Log)
	return nil
}

// openDirectory finds the services of other processes, and reads how calls to and from them are secured.
func (p *Process) openDirectory(context.Context) (err error) {
	cfg := discover.Config{
		Company: p.Config.Company, Consul: p.Config.Consul, Peers: p.Config.Peers,
		Log: p.Telemetry.Log, Registry: p.Telemetry.Registry,
	}
	if p.Config.TLSDir != "" {
		if p.secure, err = credential.Open(p.Config.TLSDir, p.Telemetry.Log); err != nil {
			return err
		}
		cfg.Credentials = func(service string) credentials.TransportCredentials { return p.secure.Client(service) }
	}
	if p.directory, err = discover.Open(cfg); err != nil {
		return err
	}
	p.onClose("connections", p.directory.Close)
	return nil
}

// openServers starts the embedded servers that no address replaces.
func (p *Process) openServers(ctx context.Context) error {
	if len(p.Config.Brokers) == 0 {
		kafka, err := embedded.StartKafka(ctx, embedded.KafkaConfig{Dir: filepath.Join(p.Config.Data, "kafka")}, p.Telemetry.Log)
		if err != nil {
			return fmt.Errorf("start embedded broker: %w", err)
		}
		p.onClose("embedded broker", kafka.Close)
		p.Config.Brokers = []string{kafka.Addr()}
		if err := os.WriteFile(brokerFile(p.Config.Data), []byte(kafka.Addr()), 0o600); err != nil {
			return fmt.Errorf("tell where the embedded broker is: %w", err)
		}
	}
	if p.Config.Redis == "" {
		redis, err := embedded.StartRedis(ctx)
		if err != nil {
			return fmt.Errorf("start embedded redis: %w", err)
		}
		p.onClose("embedded redis", redis.Close)
		p.Config.Redis = redis.Addr()
	}
	return nil
}

func brokerFile(data string) string { return filepath.Join(data, "kafka.addr") }

// EmbeddedBroker answers where the broker of the process that runs on a data folder listens, for the operator's commands.
func EmbeddedBroker(data string) (string, error) {
	address, err := os.ReadFile(brokerFile(data))
	if err != nil {
		return "", fmt.Errorf("find the embedded broker: %w", err)
	}
	return string(address), nil
}

func (p *Process) onClose(name string, close func() error) {
	p.closers = append(p.closers, closer{name, close})
}

// Failed tells when a unit has failed; the process should then be stopped.
func (p *Process) Failed() <-chan error { return p.runner.failed }

// Address is where the HTTP edge listens.
func (p *Process) Address() string {
	if p.listener == nil {
		return p.Config.HTTP
	}
	return p.listener.Addr().String()
}

// Stop ends the process in order: not ready and out of Consul, drain, edge, work, relays, then what they leaned on.
func (p *Process) Stop() {
	wasReady := p.ready.Swap(false)
	if p.announced != nil {
		if err := p.announced.Withdraw(context.Background()); err != nil {
			p.Telemetry.Log.Warn("not taken out of consul; calls find out by themselves", "error", err)
		}
	}
	if wasReady {
		p.drain()
	}
	if p.runner != nil {
		p.runner.stop()
	}
	p.hangUp()
	var errs error
	for _, c := range slices.Backward(p.closers) {
		errs = errors.Join(errs, annotate(c.name, c.close()))
	}
	p.closers = nil // a second Stop does nothing
	if errs != nil && p.Telemetry != nil {
		p.Telemetry.Log.Warn("not all closed well", "error", errs)
	}
}

// drain serves on while the load balancers learn that we leave. A unit that fails ends it: there is nothing left to serve.
func (p *Process) drain() {
	if p.Config.DrainDelay <= 0 {
		return
	}
	p.Telemetry.Log.Info("draining", "delay", p.Config.DrainDelay)
	delay := time.NewTimer(p.Config.DrainDelay)
	defer delay.Stop()
	select {
	case <-delay.C:
	case err := <-p.runner.failed:
		p.Telemetry.Log.Error("failed while draining", "error", err)
	}
}

func annotate(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("close %s: %w", cmp.Or(name, "unit"), err)
}

// Secret is the key of a name, for whoever sets the process up.
func (p *Process) Secret(name string) ([]byte, error) { return p.Config.Secret(name) }
