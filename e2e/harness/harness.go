// Package harness starts the platform for journeys: the same journey runs against one process with embedded servers, and
// with LINLI_E2E_MODE=split against a process per service on real servers, and with LINLI_E2E_MODE=cluster against a release on
// Kubernetes; it only ever speaks HTTP.
package harness

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/allinone/demo"
	"github.com/linlihub/linli/services/allinone/modules"
	"github.com/linlihub/linli/services/identity"
)

// Platform is a running platform with the small community of community.go in it.
type Platform struct {
	// URL is where its gateway answers.
	URL string

	t        testing.TB
	running  deployment
	codes    *demo.Codes
	told     string // the file of the codes
	admin    string
	canaries canaries
	mu       sync.Mutex
	callers  map[string]*client.Client
	over     func(http.RoundTripper) http.RoundTripper // the network of callers, when it is not the plain one
}

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// patient are the flags of a gateway that does not mind how much one caller asks.
var patient = []string{
	"--gateway.rate", "5000", "--gateway.burst", "20000", "--gateway.anonymous-rate", "5000", "--gateway.anonymous-burst", "20000",
}

// deployment is how a platform runs.
type deployment interface {
	// up starts what does not run, and answers where the gateway is.
	up(t testing.TB) (url string)
	// down stops everything in order; up may follow.
	down(t testing.TB)
	// data is the folder with the secrets and the one-time codes.
	data() string
	// traces is where Jaeger answers; nowhere if the platform shows its own traces.
	traces(t testing.TB) string
	// logs are patterns of the files that everything has logged to.
	logs(t testing.TB) []string
	// broker is how to reach Kafka, and whose the topics are; without brokers while all is down.
	broker(t testing.TB) bus.Config
}

// Start runs the platform, without anything in it, imports the community and stops all at the end of the test. args are
// flags of host.Command and of the services.
func Start(t testing.TB, args ...string) *Platform {
	t.Helper()
	switch mode := os.Getenv("LINLI_E2E_MODE"); mode {
	case "", "embedded":
		return StartEmbedded(t, args...)
	case "split":
		return startOn(t, newSplit(t, forTests(args)))
	case "cluster":
		return startOn(t, newCluster(t, forTests(args)))
	default:
		t.Fatalf("LINLI_E2E_MODE is %q: it can be embedded, split or cluster", mode)
		return nil
	}
}

// StartEmbedded is Start for what is asked of one process only: its folder, its page of traces.
func StartEmbedded(t testing.TB, args ...string) *Platform {
	t.Helper()
	return startOn(t, &embedded{dir: t.TempDir(), args: forTests(args)})
}

func forTests(args []string) []string {
	return slices.Concat([]string{"--demo", "--log-level", "warn", "--identity.otp-resend", "0s"}, patient, args)
}

func startOn(t testing.TB, d deployment) *Platform {
	t.Helper()
	p := &Platform{t: t, running: d, canaries: canaries{tokens: map[string]bool{}}}
	t.Cleanup(func() {
		p.sweep()
		p.running.down(t)
	})
	p.open()
	p.importCommunity()
	return p
}

// Restart stops the whole platform and starts it again on what it has stored.
func (p *Platform) Restart() {
	p.t.Helper()
	p.running.down(p.t)
	p.open()
}

func (p *Platform) open() {
	p.t.Helper()
	p.URL = p.running.up(p.t)
	p.told = filepath.Join(p.running.data(), "otp.log")
	var err error
	if p.codes, err = demo.OpenCodes(p.told); err != nil {
		p.t.Fatal(err)
	}
	secret, err := host.Config{Data: p.running.data()}.Secret(identity.AdminSecret)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.admin, p.callers = identity.AdminPassword(secret), map[string]*client.Client{}
	p.canaries.keep(p.admin)
}

// embedded is one process, this one.
type embedded struct {
	dir     string
	args    []string
	process *host.Process
}

func (e *embedded) data() string { return e.dir }

func (e *embedded) traces(testing.TB) string { return "" }

func (e *embedded) up(t testing.TB) string {
	t.Helper()
	log, err := os.OpenFile(e.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	defer func(stderr *os.File) { os.Stderr = stderr }(os.Stderr)
	os.Stderr = log // where the process takes its log to
	e.process, err = host.Start(t.Context(), append([]string{"--data", e.dir, "--http", "127.0.0.1:0"}, e.args...), modules.All()...)
	if err != nil {
		t.Fatalf("start platform: %v", err)
	}
	return "http://" + e.process.Address()
}

func (e *embedded) down(t testing.TB) {
	t.Helper()
	if e.process != nil {
		e.process.Stop()
	}
	e.process = nil
	if said, err := os.ReadFile(e.log()); t.Failed() && err == nil {
		for line := range strings.Lines(string(said)) {
			if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") {
				t.Log(line)
			}
		}
	}
}

// T is the test that the platform runs for.
func (p *Platform) T() testing.TB { return p.t }

// Context ends when the test's patience does.
func (p *Platform) Context() context.Context {
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	p.t.Cleanup(cancel)
	return ctx
}

// Nobody is a caller without a session.
func (p *Platform) Nobody() *client.Client {
	p.t.Helper()
	options := []client.Option{client.Patience(5 * time.Second)}
	if p.over != nil {
		options = append(options, client.Around(p.over))
	}
	c, err := client.New(p.URL, append(options, client.Around(p.tapped))...)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// Admin is the account with which a company is set up.
func (p *Platform) Admin() *client.Client { return p.as("admin", client.Password("admin", p.admin)) }

// Staff is an employee of the community.
func (p *Platform) Staff(id string) *client.Client { return p.as(id, client.Password(id, Password)) }

// Resident is a person of the community, signed in by one-time code.
func (p *Platform) Resident(id string) *client.Client {
	return p.as(id, client.OneTimeCode(Phone(id), p.codes))
}

// CodesFile is where the platform leaves one-time codes, for whoever signs in by hand.
func (p *Platform) CodesFile() string { return p.told }

func (p *Platform) as(name string, who client.Credentials) *client.Client {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.callers[name]; ok {
		return c
	}
	c := p.Nobody().As(who)
	p.eventually("sign in as "+name, 2, func() error { // an account comes soon after its owner; ten wrong tries are allowed
		_, err := c.SignIn(p.Context())
		return err
	})
	p.callers[name] = c
	return c
}

// Eventually repeats check until it passes; what follows from an event takes a moment. It fails the test after its patience.
func (p *Platform) Eventually(what string, check func() error) {
	p.t.Helper()
	p.eventually(what, 1, check)
}

// eventually repeats check, after a pause that grows by a factor each time.
func (p *Platform) eventually(what string, factor time.Duration, check func() error) {
	p.t.Helper()
	ctx := p.Context()
	for pause := 20 * time.Millisecond; ; pause *= factor {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			p.t.Fatalf("%s: %v", what, err)
		case <-time.After(pause):
		}
	}
}
