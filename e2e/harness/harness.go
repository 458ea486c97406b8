// Package harness starts the platform for journeys: the same journey runs against one process with embedded servers, and
// later against split processes and a cluster; it only ever speaks HTTP.
package harness

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/allinone/modules"
	"github.com/linlihub/linli/services/identity"
)

// Platform is a running platform with the small community of community.go in it.
type Platform struct {
	// URL is where its gateway answers.
	URL string

	t       testing.TB
	dir     string
	args    []string
	process *host.Process
	codes   *codes
	admin   string
	mu      sync.Mutex
	callers map[string]*client.Client
}

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// patient are the flags of a gateway that does not mind how much one caller asks.
var patient = []string{
	"--gateway.rate", "5000", "--gateway.burst", "20000", "--gateway.anonymous-rate", "5000", "--gateway.anonymous-burst", "20000",
}

// Start runs every module in this process on a fresh folder, imports the community and stops all at the end of the test.
func Start(t testing.TB, args ...string) *Platform {
	t.Helper()
	p := &Platform{t: t, dir: t.TempDir(), args: args, callers: map[string]*client.Client{}}
	p.Restart()
	t.Cleanup(p.stop)
	p.importCommunity()
	return p
}

func (p *Platform) stop() {
	if p.process != nil {
		p.process.Stop()
	}
	p.process = nil
}

// Restart stops the process, if it runs, and starts it again on the same folder.
func (p *Platform) Restart() {
	p.t.Helper()
	p.stop()
	args := append([]string{
		"--data", p.dir, "--http", "127.0.0.1:0", "--demo", "--log-level", "warn", "--identity.otp-resend", "0s",
	}, slices.Concat(patient, p.args)...)
	process, err := host.Start(p.t.Context(), args, modules.All()...)
	if err != nil {
		p.t.Fatalf("start platform: %v", err)
	}
	p.process, p.URL = process, "http://"+process.Address()
	p.codes = &codes{path: filepath.Join(p.dir, "otp.log")}
	secret, err := process.Secret(identity.AdminSecret)
	if err != nil {
		p.t.Fatal(err)
	}
	p.admin = identity.AdminPassword(secret)
	p.mu.Lock()
	p.callers = map[string]*client.Client{}
	p.mu.Unlock()
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
	c, err := client.New(p.URL, client.Patience(5*time.Second))
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
func (p *Platform) CodesFile() string { return p.codes.path }

func (p *Platform) as(name string, who client.Credentials) *client.Client {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.callers[name]; ok {
		return c
	}
	c := p.Nobody().As(who)
	p.Eventually("sign in as "+name, func() error {
		_, err := c.SignIn(p.Context())
		return err
	})
	p.callers[name] = c
	return c
}

// Eventually repeats check until it passes; what follows from an event takes a moment. It fails the test after its patience.
func (p *Platform) Eventually(what string, check func() error) {
	p.t.Helper()
	ctx := p.Context()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			p.t.Fatalf("%s: %v", what, err)
		case <-tick.C:
		}
	}
}

// codes reads one-time codes where the server leaves them in a demo.
type codes struct {
	path string
	mu   sync.Mutex
	from map[string]int64
}

// Expect remembers where the file ends now.
func (c *codes) Expect(phone string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from == nil {
		c.from = map[string]int64{}
	}
	info, err := os.Stat(c.path)
	if err != nil {
		return fmt.Errorf("find codes: %w", err)
	}
	c.from[phone] = info.Size()
	return nil
}

// Await reads the last code sent to a phone since Expect; the server has written it before it answered.
func (c *codes) Await(_ context.Context, phone string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	file, err := os.Open(c.path)
	if err != nil {
		return "", fmt.Errorf("read codes: %w", err)
	}
	defer file.Close()
	if _, err := file.Seek(c.from[phone], 0); err != nil {
		return "", fmt.Errorf("read codes: %w", err)
	}
	masked, code := phone[:3]+"****"+phone[7:], ""
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "code="); ok && strings.HasSuffix(rest, "phone="+masked) {
			code, _, _ = strings.Cut(rest, " ")
		}
	}
	if code == "" {
		return "", fmt.Errorf("no code for %s", masked)
	}
	return code, nil
}
