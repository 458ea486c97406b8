package harness

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// split is a process per service, two of some, on the real servers of this test process. It has a company, a database and
// ports of its own.
type split struct {
	servers *servers
	dir     string
	company string
	port    int
	args    []string
}

// servers are Kafka, PostgreSQL, Redis, Consul, Jaeger and Prometheus. They and everything else below dir stop when lifeline
// is closed, which nobody does but the system, when this process ends.
type servers struct {
	dir      string
	port     int
	lifeline io.Closer
}

// shared are the servers of this test process, started at the first use.
var shared = sync.OnceValues(startServers)

// errNoParts is the only reason to skip. Whatever fails later is a failure.
var errNoParts = errors.New("the real servers are not installed: make parts")

var companies atomic.Int64

func newSplit(t testing.TB, args []string) *split {
	t.Helper()
	s, err := shared()
	switch {
	case err == nil:
	case errors.Is(err, errNoParts) && os.Getenv("LINLI_REQUIRE_PARTS") != "1" && os.Getenv("CI") != "true":
		t.Skipf("NOT TESTED ON REAL SERVERS: %v", err)
	default:
		t.Fatalf("start the real servers: %v", err)
	}
	company := fmt.Sprintf("company%d", companies.Add(1))
	return &split{servers: s, dir: filepath.Join(s.dir, company), company: company, port: freePorts(), args: args}
}

func (s *split) data() string { return filepath.Join(s.dir, "shared") }

func (s *split) traces(testing.TB) string {
	return "http://127.0.0.1:" + strconv.Itoa(s.servers.port+jaegerPort)
}

func (s *split) up(t testing.TB) string {
	t.Helper()
	command := append([]string{
		"up", s.dir, "--http", "127.0.0.1:" + strconv.Itoa(s.port+gatewayPort), "--base", strconv.Itoa(s.port), "--company", s.company, "--empty",
		"--parts", filepath.Join(s.servers.dir, "servers"), "--parts-base", strconv.Itoa(s.servers.port), "--",
	}, s.args...)
	out, err := tool("split.sh", command...)
	if err != nil {
		t.Fatalf("start platform: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1]
}

func (s *split) down(t testing.TB) {
	t.Helper()
	if _, err := tool("split.sh", "down", s.dir); err != nil {
		t.Errorf("stop platform: %v", err)
	}
	if t.Failed() {
		s.tell(t)
	}
}

// folder is below which a service, such as tickets-1, or a server, such as kafka, lives.
func (s *split) folder(name string) string {
	if strings.Contains(name, "-") {
		return s.dir
	}
	return filepath.Join(s.servers.dir, "servers")
}

// tell shows what the services warned of.
func (s *split) tell(t testing.TB) {
	t.Helper()
	logs, _ := filepath.Glob(filepath.Join(s.dir, "*", "log")) // the pattern is well formed
	for _, log := range logs {
		file, err := os.Open(log)
		if err != nil {
			t.Log(err)
			continue
		}
		for lines := bufio.NewScanner(file); lines.Scan(); {
			t.Logf("%s: %s", filepath.Base(filepath.Dir(log)), lines.Text())
		}
		file.Close()
	}
}

// keeper outlives this process by a moment. Its standard input is a pipe whose other end only we hold: however we end, the
// pipe closes, and everything that was started below the folder is stopped and forgotten.
const keeper = `cat >/dev/null; for dir in "$2"/*; do "$1" down "$dir"; done; rm -rf "$2"`

func startServers() (*servers, error) {
	if _, err := tool("parts.sh", "installed"); err != nil {
		return nil, errNoParts
	}
	if err := build(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "linli-split-")
	if err != nil {
		return nil, err
	}
	keep := exec.Command("/bin/sh", "-c", keeper, "keeper", script("split.sh"), dir)
	keep.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // an interrupt is for us; the keeper hears of our end by the pipe
	lifeline, err := keep.StdinPipe()
	if err == nil {
		err = keep.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s := &servers{dir: dir, port: freePorts(), lifeline: lifeline}
	// A PostgreSQL that may not use namespaces runs as another user, who must get here.
	err = os.Chmod(dir, 0o755)
	if err == nil {
		_, err = tool("split.sh", "parts", filepath.Join(dir, "servers"), "--base", strconv.Itoa(s.port))
	}
	return s, err
}

// build brings the binaries up to date: an old one would be tested in silence.
func build() error {
	make := exec.Command("make", "--silent", "build")
	make.Dir = filepath.Dir(script(""))
	if out, err := make.CombinedOutput(); err != nil {
		return fmt.Errorf("build services: %w: %s", err, out)
	}
	return nil
}

// tool runs a script of tools and answers what it printed; its error tells what it complained of.
func tool(name string, args ...string) (string, error) {
	command := exec.Command(script(name), args...)
	var complaints strings.Builder
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, args[0], err, complaints.String())
	}
	return string(out), nil
}

// script is the path of a script in tools. Tests run in the folder of their package, below e2e.
func script(name string) string {
	dir, err := os.Getwd()
	for err == nil && filepath.Base(dir) != "e2e" && dir != "/" {
		dir = filepath.Dir(dir)
	}
	return filepath.Join(filepath.Dir(dir), "tools", name)
}

const (
	gatewayPort = 19 // a place that split.sh leaves free
	jaegerPort  = 10 // of the servers, as in split.sh
	block       = 40
)

// freePorts finds a block of ports in which nobody listens, below those that the system gives away.
func freePorts() int {
	for {
		base := 20000 + block*rand.IntN(300)
		if free(base) {
			return base
		}
	}
}

func free(base int) bool {
	for port := base; port < base+block; port++ {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)) //nolint:noctx // it returns at once
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}
