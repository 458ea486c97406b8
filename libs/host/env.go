package host

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/ephemeral"
	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
)

// Env is what a module is built with. Its methods are for Build only; they declare what shall run and start nothing.
type Env struct {
	Name    string
	Company string
	Demo    bool
	// Data is the folder for what the module keeps in files.
	Data  string
	Log   *slog.Logger
	Clock clock.Clock

	tracer  trace.Tracer
	chain   grpc.UnaryServerInterceptor
	callers []string
	ctx     context.Context //nolint:containedctx // the context of the start, which ends with Build
	process *Process
}

func (p *Process) env(ctx context.Context, m built) *Env {
	e := &Env{
		Name: m.name, Company: p.Config.Company, Demo: p.Config.Demo, Data: p.Config.Data,
		Log: p.Telemetry.Log.With("service", m.name), Clock: p.Clock,
		tracer: p.Telemetry.For(m.name).Tracer("linli/" + m.name), ctx: ctx, process: p, callers: m.callers,
	}
	cfg := e.chainConfig()
	cfg.Pressing = m.pressing
	e.chain = op.Server(cfg)
	return e
}

func (e *Env) chainConfig() op.Config {
	return op.Config{
		Service: e.Name, Log: e.Log, Tracer: e.tracer, Metrics: e.process.metrics, Verifier: e.process.verifier,
		InFlight: e.process.Config.InFlight,
	}
}

// Store opens the module's own database, brings its schema up to date, and adds what comes with every database: the
// outbox relay and the clean-up of outbox, inbox and idempotency records.
func (e *Env) Store(migrations fs.FS) (*store.DB, error) {
	cfg := store.Config{DSN: e.process.Config.Database, Schema: e.Name, Access: e.process.access.database}
	e.process.schemas = append(e.process.schemas, e.Name)
	if cfg.DSN == "" {
		cfg.DSN = "sqlite:" + filepath.Join(e.Data, e.Name+".db")
	}
	db, err := store.Open(e.ctx, cfg, e.Log)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	e.process.onClose("store of "+e.Name, db.Close)
	if err := db.Migrate(e.ctx, migrations, e.Name); err != nil {
		return nil, err
	}
	box, err := outbox.Open(e.ctx, db, outbox.Config{Source: e.Name, Publisher: e.process.writer, Log: e.Log})
	if err != nil {
		return nil, err
	}
	if e.process.migrating {
		return nil, errMigrated
	}
	e.process.runner.add(stageRelay, e.Name+" relay", box.Run)
	return db, nil
}

// RegisterService makes Env a grpc.ServiceRegistrar: the generated Register functions put their service behind the chain,
// reachable in this process and, when --grpc is set, from others. An rpc without a full declaration stops the process.
func (e *Env) RegisterService(desc *grpc.ServiceDesc, impl any) {
	if err := op.Check(desc); err != nil {
		panic(err) // a mistake of the programmer that must never be served
	}
	e.process.directory.Serve(e.Name, e.chain, desc, impl)
	e.process.serveRemote(e, desc, impl)
}

// Dial answers a connection to another service.
func (e *Env) Dial(service string) grpc.ClientConnInterface {
	return e.process.directory.Dial(service, e.chainConfig())
}

// React consumes the events that a router handles; the consumer group is the module's name.
func (e *Env) React(r *bus.Router) {
	cfg := e.process.busConfig(e)
	e.process.groups[e.Name] = r.Topics()
	e.process.runner.add(stageWork, e.Name+" consumer", bus.NewConsumer(cfg, e.Name, r).Run)
}

// Run adds a unit that works on its own: a watcher of deadlines, a sweeper.
func (e *Env) Run(name string, unit Unit) {
	e.process.runner.add(stageWork, e.Name+" "+name, unit)
}

// Redis is the client for state that may be lost.
func (e *Env) Redis() *redis.Client {
	if e.process.redis == nil {
		e.process.redis = ephemeral.Open(ephemeral.Config{Addr: e.process.Config.Redis, Access: e.process.access.redis})
		e.process.onClose("redis client", e.process.redis.Close)
	}
	return e.process.redis
}

// Mount serves HTTP below a pattern of http.ServeMux.
func (e *Env) Mount(pattern string, handler http.Handler) { e.process.mux.Handle(pattern, handler) }

// Stopping ends when the process takes no more calls: who holds a request open, a stream or a long poll, lets it go then.
func (e *Env) Stopping() context.Context { return e.process.stopping }

// Limit is a bound of what a module has under way that serves HTTP, as its rpcs have one.
func (e *Env) Limit() *op.Limit { return op.NewLimit(e.process.Config.InFlight) }

// Verifier checks tokens for a module that serves HTTP.
func (e *Env) Verifier() *authz.Verifier { return e.process.verifier }

// Tracer makes spans in the module's name.
func (e *Env) Tracer() trace.Tracer { return e.tracer }

// Secret is the key of a name, seal.KeySize bytes.
func (e *Env) Secret(name string) ([]byte, error) { return e.process.Config.Secret(name) }

// Seal is the company's box for personal data: all services that share a number by its lookup hash share it.
func (e *Env) Seal() (*seal.Box, error) {
	key, err := e.Secret("personal-data")
	if err != nil {
		return nil, err
	}
	return seal.New(key)
}

// Context is the context of the start; it ends with Build.
func (e *Env) Context() context.Context { return e.ctx }
