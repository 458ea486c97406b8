package host_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	consul "github.com/hashicorp/consul/api"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc/credentials"

	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/discover"
	"github.com/linlihub/linli/libs/discover/consultest"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/op"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
)

// keyring is a service as small as they come.
type keyring struct {
	identityv1.UnimplementedKeysServer
}

// List answers something.
func (keyring) List(context.Context, *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	return &identityv1.ListKeysResponse{Jwks: "{}"}, nil
}

// small is a module that serves keys to some callers.
func small(callers ...string) host.Module {
	return host.Define("identity", func(env *host.Env, _ struct{}) error {
		identityv1.RegisterKeysServer(env, keyring{})
		return nil
	}, host.CalledBy(callers...))
}

// certificates makes a folder with one for each process.
func certificates(t *testing.T, processes ...string) string {
	t.Helper()
	dir := t.TempDir()
	authority, err := credential.OpenAuthority(dir, "demo")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range processes {
		if err := authority.Issue(filepath.Join(dir, name), name); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// ask calls the process as a service would whose credentials are in the folder; an empty one has none.
func ask(t *testing.T, address, folder string) error {
	t.Helper()
	cfg := discover.Config{Peers: map[string]string{"identity": address}}
	if folder != "" {
		own, err := credential.Open(folder, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		cfg.Credentials = func(service string) credentials.TransportCredentials { return own.Client(service) }
	}
	d, err := discover.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	client := identityv1.NewKeysClient(d.Dial("identity", op.Config{
		Tracer: noop.NewTracerProvider().Tracer(""), Metrics: op.NewMetrics(prometheus.NewRegistry()),
	}))
	_, err = client.List(t.Context(), &identityv1.ListKeysRequest{})
	return err
}

func running(t *testing.T, module host.Module, args ...string) *host.Process {
	t.Helper()
	args = append([]string{"--data", t.TempDir(), "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--log-level", "error"}, args...)
	p, err := host.Start(t.Context(), args, module)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

func TestOnlyNamedServicesMayCall(t *testing.T) {
	dir := certificates(t, "identity", "gateway", "notify")
	p := running(t, small("gateway"), "--tls-dir", filepath.Join(dir, "identity"))
	if err := ask(t, p.RemoteAddress(), filepath.Join(dir, "gateway")); err != nil {
		t.Errorf("the gateway may call: %v", err)
	}
	if err := ask(t, p.RemoteAddress(), filepath.Join(dir, "notify")); !errors.Is(err, fault.Denied) {
		t.Errorf("notify may not call: %v", err)
	}
	if err := ask(t, p.RemoteAddress(), ""); !errors.Is(err, fault.Unavailable) {
		t.Errorf("without a certificate nobody is answered: %v", err)
	}
	foreign := certificates(t, "gateway")
	if err := ask(t, p.RemoteAddress(), filepath.Join(foreign, "gateway")); !errors.Is(err, fault.Unavailable) {
		t.Errorf("a foreign authority's gateway is not answered: %v", err)
	}
}

func TestEveryoneOfTheCompanyMayCall(t *testing.T) {
	dir := certificates(t, "identity", "notify")
	p := running(t, small(host.Everyone), "--tls-dir", filepath.Join(dir, "identity"))
	if err := ask(t, p.RemoteAddress(), filepath.Join(dir, "notify")); err != nil {
		t.Error(err)
	}
}

func TestWithoutAFolderCallsAreNotSecured(t *testing.T) {
	if err := ask(t, running(t, small()).RemoteAddress(), ""); err != nil {
		t.Error(err)
	}
}

func TestFolderThatIsNotWholeStopsTheStart(t *testing.T) {
	_, err := host.Start(t.Context(), []string{"--data", t.TempDir(), "--http", "127.0.0.1:0", "--tls-dir", t.TempDir()}, small())
	if err == nil {
		t.Error("it starts")
	}
}

// slow is a service whose calls end when they are let go.
type slow struct {
	identityv1.UnimplementedKeysServer
	entered, leave chan struct{}
}

// List waits.
func (s slow) List(ctx context.Context, _ *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	close(s.entered)
	select {
	case <-s.leave:
		return &identityv1.ListKeysResponse{Jwks: "{}"}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestProcessLeavesConsulBeforeItDrains stops a process in the middle of a call: nobody is sent to it any more, and the call
// is finished.
func TestProcessLeavesConsulBeforeItDrains(t *testing.T) {
	agent := consultest.Start(t)
	s := slow{entered: make(chan struct{}), leave: make(chan struct{})}
	p := running(t, host.Define("identity", func(env *host.Env, _ struct{}) error {
		identityv1.RegisterKeysServer(env, s)
		return nil
	}), "--consul", agent.Address(), "--instance", "one")
	client, err := consul.NewClient(&consul.Config{Address: agent.Address()})
	if err != nil {
		t.Fatal(err)
	}
	known := func(want int) {
		t.Helper()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			entries, _, err := client.Health().Service("identity", "demo", true, nil)
			if err == nil && len(entries) == want {
				if want > 0 && (entries[0].Service.ID != "identity-one" || p.RemoteAddress() != fmt.Sprintf("127.0.0.1:%d", entries[0].Service.Port)) {
					t.Fatalf("known as %+v", entries[0].Service)
				}
				return
			}
			select {
			case <-tick.C:
			case <-t.Context().Done():
				t.Fatalf("%d known, %v", len(entries), err)
			}
		}
	}
	known(1)
	answered, stopped := make(chan error, 1), make(chan struct{})
	go func() { answered <- ask(t, p.RemoteAddress(), "") }()
	<-s.entered
	go func() { p.Stop(); close(stopped) }()
	known(0)
	select {
	case <-stopped:
		t.Error("the process is gone, and its call with it")
	default:
	}
	close(s.leave)
	if err := <-answered; err != nil {
		t.Errorf("the call under way: %v", err)
	}
	<-stopped
}
