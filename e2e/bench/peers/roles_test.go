package peers

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/host"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/gateway"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// The driver, the service and the gateway are processes of their own, as they are in a company. They are all this binary: the
// variable says which role it plays, and it plays until its standard input is closed.
const roleVariable = "LINLI_PEERS_ROLE"

// profileVariable names a file, without its ending, for the CPU profile of each role.
const profileVariable = "LINLI_PEERS_PROFILE"

// stage is what one role tells the driver on its first line: where it answers.
type stage struct {
	Remote string // the platform's service, behind the whole chain
	Plain  string // the same service on a plain grpc-go server
	Secure string // the same with our certificates, and nothing else of ours
	HTTP   string // a plain HTTP server, or the gateway
	Token  string // of a manager
}

func play(role string) int {
	if file := os.Getenv(profileVariable); file != "" {
		profile, err := os.Create(file + "." + role)
		if err == nil {
			err = pprof.StartCPUProfile(profile)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer pprof.StopCPUProfile()
	}
	var s stage
	var err error
	switch role {
	case "service":
		s, err = playService(os.Args[1:])
	case "gateway":
		s, err = playGateway(os.Args[1:])
	default:
		err = errors.New("no role " + role)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// cast starts a role with its arguments.
func cast(b *testing.B, role string, args ...string) (s stage) {
	b.Helper()
	command := exec.Command(os.Args[0], args...)
	command.Env, command.Stderr = append(os.Environ(), roleVariable+"="+role), os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _, _ = in.Close(), command.Wait() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		b.Fatalf("%s does not start: %v", role, err)
	}
	if err := json.Unmarshal(line, &s); err != nil {
		b.Fatal(err)
	}
	return s
}

// desk answers one ticket, so that only the way there is measured.
type desk struct {
	ticketsv1.UnimplementedTicketsServer
}

// Get answers it anew each time.
func (desk) Get(_ context.Context, req *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) {
	return &ticketsv1.Ticket{
		Id: req.GetId(), Number: "0324-0017", Category: "plumbing", State: ticketsv1.State_STATE_ASSIGNED, Words: "厨房水管漏水，已经关了总阀",
		Place:    &commonv1.Place{Address: "春晓苑 3栋 2单元 0501", HomeId: "h1", BuildingId: "b1", CommunityId: "c1", DistrictId: "d1", Point: &commonv1.Point{Lat: 30.2, Lon: 120.2}},
		OpenedBy: "a1", ResidentId: "p1", Source: "app", OpenedAt: timestamppb.Now(), UpdatedAt: timestamppb.Now(),
		Cycle: 1, PolicyVersion: "2025-03", Version: 7, Etag: `"7"`,
	}, nil
}

// keys publishes the key that signed the token.
type keys struct {
	identityv1.UnimplementedKeysServer

	set string
}

// List answers it.
func (k keys) List(context.Context, *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	return &identityv1.ListKeysResponse{Jwks: k.set}, nil
}

const company = "peers"

// certificates makes a folder with one for each process: that of tickets serves the keys, too.
func certificates(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	authority, err := credential.OpenAuthority(dir, company)
	if err != nil {
		b.Fatal(err)
	}
	for name, services := range map[string][]string{"tickets": {"tickets", "identity"}, "gateway": {"gateway"}} {
		if err := authority.Issue(filepath.Join(dir, name), services...); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// signedIn makes a key and the token of a manager.
func signedIn() (k keys, token string, err error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return k, "", err
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: "k", Algorithm: string(authz.Signature), Use: "sig"}}})
	if err != nil {
		return k, "", err
	}
	manager := authz.Principal{Account: "a1", Staff: "m1", Roles: []authz.Role{authz.Manager}, Districts: []string{"d1"}}
	token, err = authz.Sign(jose.JSONWebKey{Key: private, KeyID: "k"}, company, manager, time.Now(), time.Now().Add(time.Hour))
	return keys{set: string(set)}, token, err
}

// playService runs one process of the platform that serves tickets and keys, and beside it the same without the platform.
func playService(args []string) (s stage, err error) {
	published, token, err := signedIn()
	if err != nil {
		return s, err
	}
	tickets := host.Define("tickets", func(env *host.Env, _ struct{}) error {
		ticketsv1.RegisterTicketsServer(env, desk{})
		return nil
	}, host.CalledBy("gateway"))
	identity := host.Define("identity", func(env *host.Env, _ struct{}) error {
		identityv1.RegisterKeysServer(env, published)
		return nil
	}, host.CalledBy(host.Everyone))
	p, err := host.Start(context.Background(), args, tickets, identity)
	if err != nil {
		return s, err
	}
	s = stage{Remote: p.RemoteAddress(), Token: token}
	own, err := credential.Open(p.Config.TLSDir, slog.New(slog.DiscardHandler))
	if err != nil {
		return s, err
	}
	if s.Plain, err = serveDesk(grpc.NewServer()); err != nil {
		return s, err
	}
	if s.Secure, err = serveDesk(grpc.NewServer(grpc.Creds(own.Server()))); err != nil {
		return s, err
	}
	s.HTTP, err = servePage()
	return s, err
}

func serveDesk(server *grpc.Server) (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it returns at once
	if err != nil {
		return "", err
	}
	ticketsv1.RegisterTicketsServer(server, desk{})
	go func() { _ = server.Serve(l) }()
	return l.Addr().String(), nil
}

// servePage answers to GET what was PUT.
func servePage() (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it returns at once
	if err != nil {
		return "", err
	}
	var page atomic.Pointer[[]byte]
	serve := func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			body, _ := io.ReadAll(r.Body)
			page.Store(&body)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(*page.Load())
	}
	go func() { _ = http.Serve(l, http.HandlerFunc(serve)) }()
	return l.Addr().String(), nil
}

// playGateway runs the platform's gateway.
func playGateway(args []string) (s stage, err error) {
	p, err := host.Start(context.Background(), args, gateway.Module)
	if err != nil {
		return s, err
	}
	return stage{HTTP: p.Address()}, nil
}

// world is a platform of one service: mutual TLS, Consul, spans to Jaeger.
type world struct {
	service                          stage
	certificates                     string
	consul, collector, broker, redis string
}

func openWorld(b *testing.B) *world {
	b.Helper()
	w := &world{
		certificates: certificates(b),
		consul:       address(b, consul), collector: address(b, jaeger), broker: address(b, broker), redis: address(b, redis),
	}
	w.service = cast(b, "service", w.flags(b, "tickets", "--grpc", "127.0.0.1:0")...)
	return w
}

// flags are those of any process of the platform.
func (w *world) flags(b *testing.B, name string, more ...string) []string {
	b.Helper()
	return append([]string{
		"--company", company, "--data", b.TempDir(), "--http", "127.0.0.1:0", "--brokers", w.broker, "--redis", w.redis, "--consul", w.consul,
		"--otlp", w.collector, "--tls-dir", filepath.Join(w.certificates, name), "--instance", name + "-1", "--log-level", "warn",
	}, more...)
}
