package host_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc/credentials"

	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/discover"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/op"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
)

// keys is a service as small as they come.
type keys struct {
	identityv1.UnimplementedKeysServer
}

// List answers something.
func (keys) List(context.Context, *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	return &identityv1.ListKeysResponse{Jwks: "{}"}, nil
}

// small is a module that serves keys to some callers.
func small(callers ...string) host.Module {
	return host.Define("identity", func(env *host.Env, _ struct{}) error {
		identityv1.RegisterKeysServer(env, keys{})
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
	d, err := discover.New(t.Context(), cfg)
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

func start(t *testing.T, module host.Module, args ...string) *host.Process {
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
	p := start(t, small("gateway"), "--tls-dir", filepath.Join(dir, "identity"))
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
	p := start(t, small(host.Everyone), "--tls-dir", filepath.Join(dir, "identity"))
	if err := ask(t, p.RemoteAddress(), filepath.Join(dir, "notify")); err != nil {
		t.Error(err)
	}
}

func TestWithoutAFolderCallsAreNotSecured(t *testing.T) {
	if err := ask(t, start(t, small()).RemoteAddress(), ""); err != nil {
		t.Error(err)
	}
}

func TestFolderThatIsNotWholeStopsTheStart(t *testing.T) {
	_, err := host.Start(t.Context(), []string{"--data", t.TempDir(), "--http", "127.0.0.1:0", "--tls-dir", t.TempDir()}, small())
	if err == nil {
		t.Error("it starts")
	}
}
