// Package consultest gives a test a real Consul of its own, which it may kill and start again.
package consultest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Agent is a Consul server on ports of its own.
type Agent struct {
	tb      testing.TB
	binary  string
	dir     string
	ports   [3]int
	process *exec.Cmd
}

// Start starts the Consul of the parts that are installed, until the test ends. Where there is none the test is skipped, or
// fails if LINLI_REQUIRE_PARTS=1.
func Start(tb testing.TB) *Agent {
	tb.Helper()
	parts := os.Getenv("LINLI_PARTS")
	if parts == "" {
		parts = filepath.Join(os.Getenv("HOME"), ".cache", "linli-parts")
	}
	found, _ := filepath.Glob(filepath.Join(parts, "consul-[0-9]*[0-9]")) // the pattern is well formed
	if len(found) == 0 {
		if os.Getenv("LINLI_REQUIRE_PARTS") == "1" {
			tb.Fatalf("no Consul in %s", parts)
		}
		tb.Skipf("NOT TESTED WITH CONSUL: there is none in %s", parts)
	}
	a := &Agent{tb: tb, binary: found[0], dir: tb.TempDir(), ports: freePorts(tb)}
	config := fmt.Sprintf(`server = true
bootstrap_expect = 1
node_name = "linli"
data_dir = %q
bind_addr = "127.0.0.1"
client_addr = "127.0.0.1"
ports { http = %d, serf_lan = %d, server = %d, serf_wan = -1, dns = -1, grpc = -1, grpc_tls = -1 }
connect { enabled = false }
performance { raft_multiplier = 1 }
disable_update_check = true
log_level = "warn"
`, filepath.Join(a.dir, "data"), a.ports[0], a.ports[1], a.ports[2])
	if err := os.WriteFile(filepath.Join(a.dir, "consul.hcl"), []byte(config), 0o600); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(a.Kill)
	a.Restart()
	return a
}

// freePorts are ports that nobody had a moment ago.
func freePorts(tb testing.TB) (ports [3]int) {
	tb.Helper()
	for i := range ports {
		l, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports
}

// Address is host:port of its HTTP API.
func (a *Agent) Address() string { return fmt.Sprintf("127.0.0.1:%d", a.ports[0]) }

// Restart starts it on what it knew before, and returns when it answers.
func (a *Agent) Restart() {
	a.tb.Helper()
	a.process = exec.Command(a.binary, "agent", "-config-file", filepath.Join(a.dir, "consul.hcl"))
	log, err := os.Create(filepath.Join(a.dir, "log"))
	if err != nil {
		a.tb.Fatal(err)
	}
	defer log.Close()
	a.process.Stdout, a.process.Stderr = log, log
	if err := a.process.Start(); err != nil {
		a.tb.Fatal(err)
	}
	a.until(func() error {
		req, err := http.NewRequestWithContext(a.tb.Context(), http.MethodGet, "http://"+a.Address()+"/v1/catalog/service/consul?consistent", nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if text, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK || len(text) < 10 { // what is cut short is short
			return fmt.Errorf("%s %s", answer.Status, text)
		}
		return nil
	})
}

// Kill ends it without a word.
func (a *Agent) Kill() {
	if a.process == nil {
		return
	}
	_ = a.process.Process.Kill() // it may be dead
	_ = a.process.Wait()
	a.process = nil
}

// until repeats check until it passes.
func (a *Agent) until(check func() error) {
	a.tb.Helper()
	ctx, cancel := context.WithTimeout(a.tb.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(a.dir, "log")) // told as far as there is any
			a.tb.Fatalf("consul does not answer: %v\n%s", err, log)
		}
	}
}
