package host_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/grpc"
	health "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/id"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// start runs modules on a folder until the test ends, as a command line would.
func start(t *testing.T, dir string, modules []host.Module, args ...string) *host.Process {
	t.Helper()
	p, err := host.Start(t.Context(), arguments(dir, args...), modules...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

func arguments(dir string, args ...string) []string {
	return append([]string{"--data", dir, "--http", "127.0.0.1:0", "--log-level", "error"}, args...)
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err.Error()
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(text)
}

func await[T any](t *testing.T, what string, c <-chan T) (got T) {
	t.Helper()
	select {
	case got = <-c:
	case <-time.After(patience):
		t.Fatalf("waited in vain for: %s", what)
	}
	return got
}

// nothing is the configuration of a module that has none.
type nothing struct{}

// serving is a module that only serves HTTP.
func serving(handler http.HandlerFunc) []host.Module {
	return []host.Module{host.Define("page", func(e *host.Env, _ nothing) error {
		e.Mount("GET /page", handler)
		return nil
	})}
}

func TestAProcessSaysHowItIs(t *testing.T) {
	p := start(t, t.TempDir(), serving(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	for path, want := range map[string]string{
		"/healthz": "ok", "/readyz": "ready", "/page": "hello", "/metrics": "target_info", "/ops/traces": "<html",
	} {
		if status, body := get(t, "http://"+p.Address()+path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.100s", path, status, body)
		}
	}
	p.Stop()
	if status, body := get(t, "http://"+p.Address()+"/healthz"); status != 0 {
		t.Errorf("it still answers %d %s", status, body)
	}
}

// TestAStopIsTidy: first not ready while all still serve, then streams are let go and other requests finish.
func TestAStopIsTidy(t *testing.T) {
	inside, finish := make(chan struct{}), make(chan struct{})
	streaming := make(chan struct{})
	modules := []host.Module{host.Define("page", func(e *host.Env, _ nothing) error {
		e.Mount("GET /slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(inside)
			<-finish
			if err := r.Context().Err(); err != nil {
				t.Errorf("a request in flight was cut off: %v", err)
			}
			_, _ = io.WriteString(w, "finished")
		}))
		e.Mount("GET /stream", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(streaming)
			<-e.Stopping().Done()
			close(finish) // the stream was told to go while the slow one was in flight
		}))
		return nil
	})}
	p := start(t, t.TempDir(), modules, "--drain-delay", "1s")
	base := "http://" + p.Address()
	answers := make(chan string, 1)
	go func() { _, body := get(t, base+"/slow"); answers <- body }()
	go get(t, base+"/stream")
	await(t, "the slow request", inside)
	await(t, "the stream", streaming)

	stopped := make(chan struct{})
	go func() { p.Stop(); close(stopped) }()
	for leaves := false; !leaves; { // while it drains it serves, and says that it leaves, and that connections are not kept
		ask, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/readyz", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(ask)
		if err != nil {
			t.Fatalf("closed before anybody could learn that it leaves: %v", err)
		}
		answer.Body.Close()
		leaves = answer.Close
		if leaves && answer.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("it leaves with status %d", answer.StatusCode)
		}
	}
	if got := await(t, "the slow answer", answers); got != "finished" {
		t.Errorf("the request in flight got %q", got)
	}
	await(t, "the stop", stopped)
}

func TestAUnitThatFailsEndsTheProcess(t *testing.T) {
	fail := make(chan struct{})
	modules := []host.Module{host.Define("worker", func(e *host.Env, _ nothing) error {
		e.Run("watcher", func(_ context.Context, ready func()) error {
			ready()
			<-fail
			return errors.New("lost its lease")
		})
		return nil
	})}
	p := start(t, t.TempDir(), modules)
	close(fail)
	if err := await(t, "the failure", p.Failed()); err == nil || err.Error() != "unit worker watcher: lost its lease" {
		t.Errorf("got %v", err)
	}
}

// TestAStartThatFailsLeavesNothing: it says what was wrong, and address and folder can be used at once.
func TestAStartThatFailsLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	first := start(t, dir, serving(nobody))
	address := first.Address()
	for name, c := range map[string]struct {
		args    []string
		modules []host.Module
		want    string
	}{
		"bad flag":        {arguments(t.TempDir(), "--nonsense"), serving(nobody), "--nonsense"},
		"bad value":       {arguments(t.TempDir(), "--clock-speed", "2"), serving(nobody), "--demo"},
		"bad level":       {arguments(t.TempDir(), "--log-format", "xml"), serving(nobody), "log-format"},
		"address taken":   {append(arguments(t.TempDir()), "--http", address), serving(nobody), address},
		"folder taken":    {arguments(dir), serving(nobody), dir},
		"folder is file":  {arguments(file(t)), serving(nobody), "data folder"},
		"build fails":     {arguments(t.TempDir()), []host.Module{host.Define("bad", func(*host.Env, nothing) error { return errors.New("no key") })}, "build bad: no key"},
		"unit fails":      {arguments(t.TempDir()), []host.Module{failing()}, "unit bad watcher: no table"},
		"secret is empty": {arguments(t.TempDir(), "--secrets", emptySecret(t)), []host.Module{sealing()}, "empty"},
	} {
		if p, err := host.Start(t.Context(), c.args, c.modules...); err == nil || p != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	first.Stop()
	again := start(t, dir, serving(nobody), "--http", address)
	if again.Address() != address {
		t.Errorf("listens on %s", again.Address())
	}
}

func nobody(http.ResponseWriter, *http.Request) {}

func file(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func emptySecret(t *testing.T) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "personal-data"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func failing() host.Module {
	return host.Define("bad", func(e *host.Env, _ nothing) error {
		e.Run("watcher", func(context.Context, func()) error { return errors.New("no table") })
		return nil
	})
}

func sealing() host.Module {
	return host.Define("bad", func(e *host.Env, _ nothing) error {
		_, err := e.Seal()
		return err
	})
}

func TestWhatIsNotDeclaredStopsTheProcess(t *testing.T) {
	defer func() {
		if p := recover(); p == nil {
			t.Error("a service without declarations was taken")
		}
	}()
	undeclared := host.Define("health", func(e *host.Env, _ nothing) error {
		e.RegisterService(&health.Health_ServiceDesc, health.UnimplementedHealthServer{})
		return nil
	})
	_, err := host.Start(t.Context(), arguments(t.TempDir()), undeclared)
	t.Errorf("started: %v", err)
}

// keys is a service that says where it runs.
type keys struct {
	identityv1.UnimplementedKeysServer
}

func (keys) List(context.Context, *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	return &identityv1.ListKeysResponse{Jwks: `{"keys":[]}`}, nil
}

func identity() host.Module {
	return host.Define("identity", func(e *host.Env, _ nothing) error {
		identityv1.RegisterKeysServer(e, keys{})
		return nil
	})
}

// asking is a module that asks identity, wherever it is.
func asking(answers chan<- error) host.Module {
	return host.Define("asker", func(e *host.Env, _ nothing) error {
		client := identityv1.NewKeysClient(e.Dial("identity"))
		verifier := e.Verifier()
		e.Mount("GET /ask", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, err := client.List(r.Context(), &identityv1.ListKeysRequest{})
			if _, notOurs := verifier.Verify(r.Context(), "x.y.z"); !errors.Is(notOurs, authz.ErrTokenInvalid) {
				err = errors.Join(err, notOurs)
			}
			answers <- err
		}))
		return nil
	})
}

// TestModulesCannotTellWhereTheirNeighboursAre: the same two in one process and in two.
func TestModulesCannotTellWhereTheirNeighboursAre(t *testing.T) {
	answers := make(chan error, 1)
	ask := func(p *host.Process) {
		t.Helper()
		get(t, "http://"+p.Address()+"/ask")
		if err := await(t, "an answer", answers); err != nil {
			t.Error(err)
		}
	}
	ask(start(t, t.TempDir(), []host.Module{asking(answers), identity()}))

	remote := free(t)
	start(t, t.TempDir(), []host.Module{identity()}, "--grpc", remote)
	ask(start(t, t.TempDir(), []host.Module{asking(answers)}, "--peers", "identity="+remote))
}

var _ grpc.ServiceRegistrar = (*host.Env)(nil)

// counting is a module with a database and a consumer: it counts the tickets it hears of, once each.
type counting struct {
	mu     sync.Mutex
	heard  []string
	change chan struct{}
	open   func(ctx context.Context, number string) error
}

var counter = fstest.MapFS{"0001_open_counter.sql": {Data: []byte(
	"-- +goose Up\nCREATE TABLE counter_ticket (number TEXT PRIMARY KEY);\n")}}

func (c *counting) module() host.Module {
	return host.Define("counter", func(e *host.Env, _ nothing) error {
		db, err := e.Store(counter)
		if err != nil {
			return err
		}
		c.open = func(ctx context.Context, number string) error {
			return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.Exec(ctx, `INSERT INTO counter_ticket (number) VALUES (?)`, number); err != nil {
					return err
				}
				return outbox.Add(ctx, tx, outbox.Event{
					Key: "d1", Subject: number, Time: e.Clock.Now(),
					Message: &ticketsv1.TicketOpened{Head: &ticketsv1.Head{TicketId: number, DistrictId: "d1"}},
				})
			})
		}
		r := bus.NewRouter()
		bus.Handle(r, func(_ context.Context, _ bus.Message, event *ticketsv1.TicketOpened) error {
			c.mu.Lock()
			c.heard = append(c.heard, event.GetHead().GetTicketId())
			c.mu.Unlock()
			c.change <- struct{}{}
			return nil
		})
		e.React(r)
		return nil
	})
}

// TestARestartGoesOnInItsFolder: rows, events and the place of each reader are kept; what was committed just before the
// stop is still told, and nothing is told again.
func TestARestartGoesOnInItsFolder(t *testing.T) {
	dir := t.TempDir()
	c := &counting{change: make(chan struct{}, 100)}
	var want []string
	for range 3 {
		p := start(t, dir, []host.Module{c.module()})
		number := id.New()
		want = append(want, number)
		if err := c.open(t.Context(), number); err != nil {
			t.Fatal(err)
		}
		await(t, "the event", c.change)
		p.Stop()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.Join(c.heard, " ") != strings.Join(want, " ") {
		t.Errorf("heard %v, want %v", c.heard, want)
	}
}

func TestTwoModulesShareOneProcess(t *testing.T) {
	dir := t.TempDir()
	var built []string
	module := func(name string) host.Module {
		type config struct {
			Word string `name:"word" default:"none"`
		}
		return host.Define(name, func(e *host.Env, cfg config) error {
			built = append(built, e.Name+" "+cfg.Word)
			secret, err := e.Secret("shared")
			if err == nil && len(secret) == 0 {
				err = errors.New("no secret")
			}
			if e.Data != dir || e.Company != "demo" || e.Redis() == nil {
				t.Errorf("%s is given %+v", name, e)
			}
			return err
		})
	}
	type own struct {
		Word string `name:"b.word" default:"none"`
	}
	second := host.Define("b", func(e *host.Env, cfg own) error {
		built = append(built, e.Name+" "+cfg.Word)
		return nil
	})
	start(t, dir, []host.Module{module("a"), second}, "--b.word", "given")
	if strings.Join(built, ", ") != "a none, b given" {
		t.Errorf("built %v", built)
	}
}

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	p := start(t, t.TempDir(), serving(nobody))
	address := p.Address()
	p.Stop()
	return address
}

// TestAMessageAsLargeAsAPhotoPassesBetweenProcesses, which gRPC by itself would refuse.
func TestAMessageAsLargeAsAPhotoPassesBetweenProcesses(t *testing.T) {
	remote := free(t)
	start(t, t.TempDir(), []host.Module{identity(), host.Define("tickets", func(e *host.Env, _ nothing) error {
		ticketsv1.RegisterPhotosServer(e, photos{})
		return nil
	})}, "--grpc", remote)
	answers := make(chan error, 1)
	asker := host.Define("asker", func(e *host.Env, _ nothing) error {
		client := ticketsv1.NewPhotosClient(e.Dial("tickets"))
		e.Mount("GET /ask", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, err := client.Upload(r.Context(), &ticketsv1.UploadPhotoRequest{Content: make([]byte, 5<<20)})
			answers <- err
		}))
		return nil
	})
	p := start(t, t.TempDir(), []host.Module{asker}, "--peers", "tickets="+remote)
	get(t, "http://"+p.Address()+"/ask")
	// It arrived, and was refused for want of a token.
	if err := await(t, "an answer", answers); err == nil || !strings.Contains(err.Error(), "unauthenticated") {
		t.Errorf("got %v", err)
	}
}

type photos struct {
	ticketsv1.UnimplementedPhotosServer
}
