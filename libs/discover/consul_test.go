package discover

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

// agent is a real Consul of one test, on ports of its own, that may be stopped and started again.
type agent struct {
	t       *testing.T
	binary  string
	dir     string
	ports   [3]int
	process *exec.Cmd
}

// startConsul starts one from the parts that are installed. Where there is none the test is skipped, or fails if
// LINLI_REQUIRE_PARTS=1.
func startConsul(t *testing.T) *agent {
	t.Helper()
	parts := os.Getenv("LINLI_PARTS")
	if parts == "" {
		parts = filepath.Join(os.Getenv("HOME"), ".cache", "linli-parts")
	}
	found, _ := filepath.Glob(filepath.Join(parts, "consul-[0-9]*[0-9]")) // the pattern is well formed
	if len(found) == 0 {
		if os.Getenv("LINLI_REQUIRE_PARTS") == "1" {
			t.Fatalf("no Consul in %s", parts)
		}
		t.Skipf("NOT TESTED WITH CONSUL: there is none in %s", parts)
	}
	a := &agent{t: t, binary: found[0], dir: t.TempDir()}
	for i := range a.ports {
		l := listen(t)
		_, port, _ := net.SplitHostPort(l.Addr().String()) // it is an address
		fmt.Sscan(port, &a.ports[i])
		defer l.Close()
	}
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
		t.Fatal(err)
	}
	t.Cleanup(a.stop)
	return a
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (a *agent) address() string { return fmt.Sprintf("127.0.0.1:%d", a.ports[0]) }

// start returns when Consul has elected itself and answers.
func (a *agent) start() {
	a.t.Helper()
	a.process = exec.Command(a.binary, "agent", "-config-file", filepath.Join(a.dir, "consul.hcl"))
	log, err := os.Create(filepath.Join(a.dir, "log"))
	if err != nil {
		a.t.Fatal(err)
	}
	defer log.Close()
	a.process.Stdout, a.process.Stderr = log, log
	if err := a.process.Start(); err != nil {
		a.t.Fatal(err)
	}
	eventually(a.t, "consul to answer", func() error {
		req, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, "http://"+a.address()+"/v1/catalog/service/consul?consistent", nil)
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

// stop kills it.
func (a *agent) stop() {
	if a.process == nil {
		return
	}
	_ = a.process.Process.Kill() // it may be dead
	_ = a.process.Wait()
	a.process = nil
}

// eventually repeats check until it passes.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
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
			t.Fatalf("%s: %v", what, err)
		}
	}
}
