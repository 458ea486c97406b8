package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/services/identity"
)

// server is the binary, running.
type server struct {
	url, dir, admin string
	bus             bus.Config
	began           time.Time
	ready           time.Duration // from the start of the process to its greeting
	cmd             *exec.Cmd
}

// built answers the path of linli, built once as make does.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "linli")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./services/allinone")
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build linli: %w\n%s", err, out)
	}
	return path, nil
})

func linli(b *testing.B) string {
	b.Helper()
	path, err := built()
	if err != nil {
		b.Fatal(err)
	}
	return path
}

// scratch is the folder of the binary.
var scratch string

// TestMain makes the folder of the binary and takes it away in the end.
func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "linli-bench"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}

// serve starts the binary on a folder and waits for its greeting. It is stopped at the end of the benchmark, if not before.
func serve(b *testing.B, dir string, args ...string) *server {
	b.Helper()
	args = append([]string{"serve", "--data", dir, "--http", "127.0.0.1:0", "--log-level", "warn"}, args...)
	s := &server{dir: dir, cmd: exec.Command(linli(b), args...)}
	var log strings.Builder
	s.cmd.Stderr = &log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	s.began = time.Now()
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.stop)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, found := strings.Cut(lines.Text(), "http://"); found {
			host, _, _ := strings.Cut(address, "/")
			s.url = "http://" + host
			break
		}
	}
	s.ready = time.Since(s.began)
	if s.url == "" {
		b.Fatalf("linli ended without a greeting:\n%s", log.String())
	}
	go io.Copy(io.Discard, out) //nolint:errcheck // it ends with the process
	broker, err := os.ReadFile(filepath.Join(dir, "kafka.addr"))
	if err != nil {
		b.Fatal(err)
	}
	s.bus = bus.Config{Brokers: []string{string(broker)}, Company: "demo"}
	secret, err := os.ReadFile(filepath.Join(dir, "secrets", identity.AdminSecret))
	if err != nil {
		b.Fatal(err)
	}
	s.admin = identity.AdminPassword(secret)
	return s
}

// stop ends the process in good order.
func (s *server) stop() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		_ = s.cmd.Wait()
	}
}

// rss is the memory that the process holds now, in bytes.
func (s *server) rss(b *testing.B) int64 {
	b.Helper()
	return residentMemory(b, s.cmd.Process.Pid)
}

func residentMemory(b *testing.B, pid int) int64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal("resident memory is read from /proc: ", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib << 10
}

// setting is a number from the environment.
func setting(b *testing.B, name string, otherwise int) int {
	b.Helper()
	value := os.Getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		b.Fatalf("%s=%q is not a number", name, value)
	}
	return n
}

// until waits for an instant, and says false if ctx ends first.
func until(ctx context.Context, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

const mib = 1 << 20
