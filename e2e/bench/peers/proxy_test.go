package peers

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// BenchmarkProxy compares our gateway with haproxy and nginx, each a process of its own with connections that stay open on
// both sides, asked for one ticket by the same driver. The gateway checks the token, asks Redis for the caller's limit, calls
// the service over gRPC with mutual TLS and makes JSON; the proxies pass on what a plain HTTP server of the same service's
// process answers, the same bytes over plain TCP. "p99" is at a constant rate far below what they can do, "throughput" of 32
// connections that ask as fast as they are answered. They take turns, three each; the figures are medians.
func BenchmarkProxy(b *testing.B) {
	seconds, rate := setting(b, "LINLI_BENCH_SECONDS", 4), setting(b, "LINLI_BENCH_RATE", 300)
	w := openWorld(b)
	names := []string{"gateway", "haproxy", "nginx", "backend"}
	targets := map[string]*target{}
	targets["gateway"] = w.gateway(b)
	page := targets["gateway"].fetch(b)
	put(b, w.service.HTTP, page)
	for name, address := range map[string]string{
		"haproxy": proxy(b, "haproxy", haproxy, w.service.HTTP), "nginx": proxy(b, "nginx", nginx, w.service.HTTP), "backend": w.service.HTTP,
	} {
		targets[name] = &target{address, w.service.Token}
		if got := targets[name].fetch(b); !bytes.Equal(got, page) {
			b.Fatalf("%s answers %s instead of %s", name, got, page)
		}
	}
	latencies, rates := map[string][]float64{}, map[string][]float64{}
	for b.Loop() {
		for range 3 {
			for _, name := range names {
				rates[name] = append(rates[name], targets[name].flood(b, 32, time.Duration(seconds)*time.Second))
				latencies[name] = append(latencies[name], targets[name].pace(b, rate, time.Duration(seconds)*time.Second))
			}
		}
	}
	for _, name := range names {
		b.ReportMetric(median(latencies[name]), name+"-p99-ms")
		b.ReportMetric(median(rates[name]), name+"/s")
	}
	b.ReportMetric(median(latencies["gateway"])/(1.5*median(latencies["haproxy"])+0.5), "p99/(1.5haproxy+0.5ms)")
	b.ReportMetric(median(rates["gateway"])/median(rates["nginx"]), "throughput/nginx")
	b.ReportMetric(float64(len(page)), "bytes")
	b.ReportMetric(0, "ns/op")
}

// gateway runs ours and waits until it answers.
func (w *world) gateway(b *testing.B) *target {
	b.Helper()
	s := cast(b, "gateway", w.flags(b, "gateway", "--gateway.rate", "1000000", "--gateway.burst", "1000000",
		"--gateway.anonymous-rate", "1000000", "--gateway.anonymous-burst", "1000000")...)
	limit, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	t := &target{s.HTTP, w.service.Token}
	// Consul hears of the service a moment after it is ready.
	if err := eventually(limit, func() (bool, error) { _, err := t.ask(); return err == nil, nil }); err != nil {
		b.Fatal(err)
	}
	return t
}

// put gives the plain HTTP server what it shall answer.
func put(b *testing.B, address string, page []byte) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPut, "http://"+address, bytes.NewReader(page))
	if err != nil {
		b.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	answer.Body.Close()
}

// haproxy and nginx as one sets them up for this: as many threads as ours may use, connections to the backend kept.
const haproxy = `global
  nbthread 2
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind %[1]s
  default_backend out
backend out
  server one %[2]s
`

const nginx = `daemon off;
worker_processes 2;
pid nginx.pid;
error_log stderr;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 1000000000;
  upstream out { server %[2]s; keepalive 64; keepalive_requests 1000000000; }
  server { listen %[1]s; location / { proxy_pass http://out; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}
`

// proxy runs one of Debian's proxies in front of the backend.
func proxy(b *testing.B, name, config, backend string) (address string) {
	b.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/" + name); err != nil {
			b.Fatalf("%s is not there to be compared with: apt-get install %s", name, name)
		}
	}
	dir := b.TempDir()
	address, file := "127.0.0.1:"+strconv.Itoa(freePort()), filepath.Join(dir, "config")
	if err := os.WriteFile(file, fmt.Appendf(nil, config, address, backend), 0o600); err != nil {
		b.Fatal(err)
	}
	args := map[string][]string{"haproxy": {"-db", "-f", file}, "nginx": {"-p", dir, "-c", file, "-e", "stderr"}}[name]
	command := exec.Command(program, args...)
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _, _ = command.Process.Signal(syscall.SIGTERM), command.Wait() })
	limit, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	err = eventually(limit, func() (bool, error) {
		conn, err := net.Dial("tcp", address) //nolint:noctx // it is this machine
		if err != nil {
			return false, nil
		}
		return true, conn.Close()
	})
	if err != nil {
		b.Fatal(name, err)
	}
	return address
}

// target is asked for a ticket over bare connections, for a driver must not be what is measured.
type target struct{ address, token string }

type line struct {
	net.Conn
	in      *bufio.Reader
	request []byte
}

func (t *target) dial() (*line, error) {
	conn, err := net.Dial("tcp", t.address) //nolint:noctx // it is this machine
	if err != nil {
		return nil, err
	}
	request := fmt.Appendf(nil, "GET /v1/tickets/t1 HTTP/1.1\r\nHost: linli\r\nAuthorization: Bearer %s\r\n\r\n", t.token)
	return &line{conn, bufio.NewReaderSize(conn, 16<<10), request}, nil
}

// ask sends one request and reads all of the answer.
func (l *line) ask() ([]byte, error) {
	if _, err := l.Write(l.request); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(l.in, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, body)
	}
	return body, err
}

func (t *target) ask() ([]byte, error) {
	l, err := t.dial()
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return l.ask()
}

func (t *target) fetch(b *testing.B) []byte {
	b.Helper()
	body, err := t.ask()
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// flood is how many requests a second are answered when each connection asks again at once.
func (t *target) flood(b *testing.B, connections int, d time.Duration) float64 {
	b.Helper()
	var group errgroup.Group
	var answered atomic.Int64
	began := time.Now()
	for range connections {
		group.Go(func() error {
			l, err := t.dial()
			if err != nil {
				return err
			}
			defer l.Close()
			for time.Since(began) < d {
				if _, err := l.ask(); err != nil {
					return err
				}
				answered.Add(1)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(t.address, err)
	}
	return float64(answered.Load()) / time.Since(began).Seconds()
}

// pace asks at a constant rate and answers the p99 in milliseconds, from when each should have been sent.
func (t *target) pace(b *testing.B, rate int, d time.Duration) float64 {
	b.Helper()
	const connections = 16
	var group errgroup.Group
	took := make([][]float64, connections)
	began := time.Now()
	for c := range connections {
		group.Go(func() error {
			l, err := t.dial()
			if err != nil {
				return err
			}
			defer l.Close()
			for n := c; ; n += connections {
				due := began.Add(time.Duration(n) * time.Second / time.Duration(rate))
				if due.Sub(began) > d {
					return nil
				}
				until(b.Context(), due)
				if _, err := l.ask(); err != nil {
					return err
				}
				took[c] = append(took[c], time.Since(due).Seconds()*1000)
			}
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(t.address, err)
	}
	return quantile(took, 0.99)
}
