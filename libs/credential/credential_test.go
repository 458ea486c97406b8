package credential_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/linlihub/linli/libs/credential"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
)

// teller answers by which names it knows its caller.
type teller struct {
	identityv1.UnimplementedKeysServer
}

// List answers the caller's names.
func (teller) List(ctx context.Context, _ *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	names, err := credential.Names(ctx)
	return &identityv1.ListKeysResponse{Jwks: strings.Join(names, " ")}, err
}

func serve(t *testing.T, option ...grpc.ServerOption) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(option...)
	identityv1.RegisterKeysServer(server, teller{})
	go server.Serve(l) //nolint:errcheck // it ends with the test
	t.Cleanup(server.Stop)
	return l.Addr().String()
}

// call makes a connection of its own, so that every call shakes hands.
func call(t *testing.T, address string, with credentials.TransportCredentials) (string, error) {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(with))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answer, err := identityv1.NewKeysClient(conn).List(t.Context(), &identityv1.ListKeysRequest{})
	return answer.GetJwks(), err
}

func authority(t *testing.T) *credential.Authority {
	t.Helper()
	a, err := credential.OpenAuthority(t.TempDir(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func issue(t *testing.T, a *credential.Authority, dir string, services ...string) {
	t.Helper()
	if err := a.Issue(dir, services...); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *credential.Folder {
	t.Helper()
	f, err := credential.Open(dir, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func folder(t *testing.T, a *credential.Authority, services ...string) *credential.Folder {
	t.Helper()
	dir := t.TempDir()
	issue(t, a, dir, services...)
	return open(t, dir)
}

func TestOnlyTheCompanyIsLetIn(t *testing.T) {
	ours, foreign := authority(t), authority(t)
	address := serve(t, grpc.Creds(folder(t, ours, "identity").Server()))
	if got, err := call(t, address, folder(t, ours, "gateway", "tickets").Client("identity")); got != "gateway tickets" || err != nil {
		t.Errorf("the caller is known as %q, %v", got, err)
	}
	for who, with := range map[string]credentials.TransportCredentials{
		"nobody":            insecure.NewCredentials(),
		"without a face":    credentials.NewTLS(nil),
		"a foreign company": folder(t, foreign, "gateway").Client("identity"),
	} {
		if got, err := call(t, address, with); err == nil {
			t.Errorf("%s is let in as %q", who, got)
		}
	}
}

func TestCallerChecksWhoAnswers(t *testing.T) {
	ours, foreign := authority(t), authority(t)
	caller := folder(t, ours, "gateway")
	for who, address := range map[string]string{
		"another service":   serve(t, grpc.Creds(folder(t, ours, "notify").Server())),
		"a foreign company": serve(t, grpc.Creds(folder(t, foreign, "identity").Server())),
		"in the clear":      serve(t),
	} {
		if _, err := call(t, address, caller.Client("identity")); err == nil {
			t.Errorf("%s is taken for identity", who)
		}
	}
}

func TestWithoutTLSNobodyIsKnown(t *testing.T) {
	if _, err := call(t, serve(t), insecure.NewCredentials()); err == nil {
		t.Error("a caller without a certificate has names")
	}
	if _, err := credential.Names(t.Context()); !errors.Is(err, credential.ErrStranger) {
		t.Errorf("got %v", err)
	}
}

func TestRenewedCertificateIsUsedWithoutARestart(t *testing.T) {
	former, next := authority(t), authority(t)
	serverDir, callerDir := t.TempDir(), t.TempDir()
	issue(t, former, serverDir, "identity")
	issue(t, former, callerDir, "tickets")
	address := serve(t, grpc.Creds(open(t, serverDir).Server()))
	caller := open(t, callerDir).Client("identity")
	expect := func(want string) {
		t.Helper()
		if got, err := call(t, address, caller); got != want || err != nil {
			t.Fatalf("known as %q, %v; want %q", got, err, want)
		}
	}
	expect("tickets")
	issue(t, former, callerDir, "dispatch")
	expect("dispatch")

	// Half of a renewal: a key without its certificate. The former ones stay in use.
	key := filepath.Join(callerDir, "key.pem")
	whole, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect("dispatch")
	if err := os.WriteFile(key, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	expect("dispatch")

	// Another authority: the server changes first and knows only the new one, until the caller changes too.
	issue(t, next, serverDir, "identity")
	if _, err := call(t, address, caller); err == nil {
		t.Fatal("the server still trusts the former authority")
	}
	issue(t, next, callerDir, "tickets")
	expect("tickets")
}

func TestAuthorityIsKept(t *testing.T) {
	dir := t.TempDir()
	var folders []*credential.Folder
	for range 2 {
		a, err := credential.OpenAuthority(dir, "demo")
		if err != nil {
			t.Fatal(err)
		}
		folders = append(folders, folder(t, a, "identity"))
	}
	if _, err := call(t, serve(t, grpc.Creds(folders[0].Server())), folders[1].Client("identity")); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"ca-key.pem", "ca.pem"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if err := authority(t).Issue(t.TempDir()); err == nil {
		t.Error("a certificate without a name is issued")
	}
}

func TestFolderMustBeWhole(t *testing.T) {
	for _, missing := range []string{"ca.pem", "cert.pem", "key.pem"} {
		dir := t.TempDir()
		issue(t, authority(t), dir, "identity")
		if err := os.Remove(filepath.Join(dir, missing)); err != nil {
			t.Fatal(err)
		}
		if _, err := credential.Open(dir, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}
