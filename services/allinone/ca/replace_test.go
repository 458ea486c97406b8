package ca

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
	"github.com/linlihub/linli/services/allinone/modules"
)

// keyring is a service as small as they come.
type keyring struct {
	identityv1.UnimplementedKeysServer
}

// List answers something.
func (keyring) List(context.Context, *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	return &identityv1.ListKeysResponse{Jwks: "{}"}, nil
}

// identity starts a process with secured calls, and answers where it is.
func identity(t *testing.T, folder string) string {
	t.Helper()
	module := host.Define("identity", func(env *host.Env, _ struct{}) error {
		identityv1.RegisterKeysServer(env, keyring{})
		return nil
	}, host.CalledBy("gateway"))
	p, err := host.Start(t.Context(), []string{
		"--data", t.TempDir(), "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--log-level", "error", "--tls-dir", folder,
	}, module)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p.RemoteAddress()
}

// caller is another process of the company, which keeps its credentials open for as long as it runs.
type caller struct {
	own     *credential.Folder
	address string
}

func opened(t *testing.T, address, folder string) caller {
	t.Helper()
	own, err := credential.Open(folder, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return caller{own, address}
}

// connect makes a connection of its own, for which both shake hands.
func (c caller) connect() (identityv1.KeysClient, func() error, error) {
	d, err := discover.Open(discover.Config{
		Peers:       map[string]string{"identity": c.address},
		Credentials: func(service string) credentials.TransportCredentials { return c.own.Client(service) },
	})
	if err != nil {
		return nil, nil, err
	}
	return identityv1.NewKeysClient(d.Dial("identity", op.Config{
		Tracer: noop.NewTracerProvider().Tracer(""), Metrics: op.NewMetrics(prometheus.NewRegistry()),
	})), d.Close, nil
}

// anew calls on a new connection.
func (c caller) anew(ctx context.Context) error {
	client, hangUp, err := c.connect()
	if err != nil {
		return err
	}
	_, err = client.List(ctx, &identityv1.ListKeysRequest{})
	return errors.Join(err, hangUp())
}

// traffic is calls without a pause, on new connections each time and by one worker on one that is kept.
type traffic struct {
	laps  []chan struct{}
	calls []int
	stop  func()
}

func begin(t *testing.T, from caller) *traffic {
	t.Helper()
	const workers = 4
	ctx, cancel := context.WithCancel(t.Context())
	tr := &traffic{calls: make([]int, workers)}
	var wg sync.WaitGroup
	for i := range workers {
		lap := make(chan struct{})
		tr.laps = append(tr.laps, lap)
		kept, hangUp, err := from.connect()
		if err != nil {
			t.Fatal(err)
		}
		call := from.anew
		if i == 0 {
			call = func(ctx context.Context) error {
				_, err := kept.List(ctx, &identityv1.ListKeysRequest{})
				return err
			}
		}
		wg.Go(func() {
			defer hangUp() //nolint:errcheck // it was of use until now
			for ctx.Err() == nil {
				if err := call(t.Context()); err != nil {
					t.Errorf("a call failed: %v", err)
				}
				tr.calls[i]++
				select {
				case <-lap:
				default:
				}
			}
		})
	}
	tr.stop = func() { cancel(); wg.Wait() }
	return tr
}

// pass returns when every worker has begun and ended a call since.
func (tr *traffic) pass() {
	for range 2 {
		for _, lap := range tr.laps {
			lap <- struct{}{}
		}
	}
}

// The authority and every certificate are replaced, twice, while calls go on between processes that are not restarted: none fails,
// and who shows a certificate of the former authority is let in no more.
func TestNoCallFailsWhileTheAuthorityIsReplaced(t *testing.T) {
	dir := t.TempDir()
	run(t, dir)
	address := identity(t, filepath.Join(dir, "identity"))
	gateway := opened(t, address, filepath.Join(dir, "gateway"))
	former := t.TempDir()
	if err := os.CopyFS(former, os.DirFS(filepath.Join(dir, "gateway"))); err != nil {
		t.Fatal(err)
	}
	stolen := opened(t, address, former)
	if err := stolen.anew(t.Context()); err != nil {
		t.Fatal(err)
	}
	tr := begin(t, gateway)
	authority := read(t, dir, "gateway", "ca.pem")
	for range 2 {
		for _, step := range []string{"prepare", "change", "", "finish"} {
			tr.pass()
			replaceBy(t, dir, step)
			tr.pass()
		}
	}
	tr.stop()
	total := 0
	for _, calls := range tr.calls {
		total += calls
	}
	t.Logf("%d calls while the authority was replaced twice", total)
	if trusted := read(t, dir, "gateway", "ca.pem"); trusted == authority || strings.Count(trusted, "BEGIN") != 1 {
		t.Errorf("trusted is %s", trusted)
	}
	if err := stolen.anew(t.Context()); !errors.Is(err, fault.Unavailable) {
		t.Errorf("a certificate of the former authority: %v", err)
	}
}

func replaceBy(t *testing.T, dir, step string) {
	t.Helper()
	c := New(modules.All())
	c.out, c.Company, c.Dir, c.Replace = t.Output(), "demo", dir, step
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
}

func TestFinishIsRefusedWhileAServiceIsBehind(t *testing.T) {
	dir := t.TempDir()
	run(t, dir)
	replaceBy(t, dir, "prepare")
	c := New(modules.All())
	c.out, c.Company, c.Dir, c.Replace, c.Services = t.Output(), "demo", dir, "change", []string{"tickets"}
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	c.Replace = "finish"
	if err := c.Run(); err == nil || !strings.Contains(err.Error(), "not of the present authority") {
		t.Errorf("got %v", err)
	}
	run(t, dir)
	replaceBy(t, dir, "finish")
}

func TestSomeStepsAreForAll(t *testing.T) {
	for step, refused := range map[string]bool{"": false, "prepare": true, "change": false, "finish": true} {
		c := Command{Replace: step, Services: []string{"tickets"}}
		if err := c.Validate(); (err != nil) != refused {
			t.Errorf("%q with a service: %v", step, err)
		}
	}
}
