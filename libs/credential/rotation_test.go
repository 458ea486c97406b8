package credential_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"

	"github.com/linlihub/linli/libs/credential"
)

func reopen(t *testing.T, dir string) *credential.Authority {
	t.Helper()
	a, err := credential.OpenAuthority(dir, "demo")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever has its folder from one step and whoever has it from the next understand each other; two steps apart they need not.
func TestStepsOverlap(t *testing.T) {
	dir := t.TempDir()
	var taken []*credential.Folder // one after each step; a folder that is not written again does not change
	take := func(a *credential.Authority) { taken = append(taken, folder(t, a, "identity")) }
	take(reopen(t, dir))
	a := reopen(t, dir)
	must(t, a.Prepare())
	take(a)
	a = reopen(t, dir) // by another run of the command
	must(t, a.Change())
	take(a)
	a = reopen(t, dir)
	must(t, a.Finish())
	take(reopen(t, dir))
	for i, server := range taken {
		address := serve(t, grpc.Creds(server.Server()))
		for j, caller := range taken {
			_, err := call(t, address, caller.Client("identity"))
			if near := i-j <= 1 && j-i <= 1; near && err != nil {
				t.Errorf("after step %d a caller of step %d is refused: %v", i, j, err)
			}
			if first, last := min(i, j), max(i, j); first == 0 && last == 3 && err == nil {
				t.Error("the former authority is still trusted")
			}
		}
	}
}

func TestStepsComeInOrder(t *testing.T) {
	dir := t.TempDir()
	a := reopen(t, dir)
	refused := func(step func() error) {
		t.Helper()
		if err := step(); !errors.Is(err, credential.ErrStep) {
			t.Errorf("got %v", err)
		}
	}
	finish := func() error { return a.Finish() }
	refused(a.Change)
	refused(finish)
	must(t, a.Prepare())
	next, err := os.ReadFile(filepath.Join(dir, "ca-next.pem"))
	must(t, err)
	must(t, a.Prepare())
	if again, _ := os.ReadFile(filepath.Join(dir, "ca-next.pem")); string(again) != string(next) {
		t.Error("what is prepared and trusted already is made anew")
	}
	refused(finish)
	must(t, a.Change())
	must(t, a.Change())
	refused(a.Prepare)
	must(t, a.Finish())
	refused(finish)
	must(t, a.Prepare()) // and the next time
}

func TestFinishWaitsForEveryCertificate(t *testing.T) {
	dir, tickets := t.TempDir(), t.TempDir()
	a := reopen(t, dir)
	issue(t, a, tickets, "tickets")
	must(t, a.Prepare())
	must(t, a.Change())
	if err := a.Finish(tickets); err == nil {
		t.Fatal("a process would be shut out")
	}
	issue(t, a, tickets, "tickets")
	must(t, a.Finish(tickets))
}

// A run that dies between two files leaves nothing that the next one cannot go on with.
func TestCrashWithinAStep(t *testing.T) {
	dir := t.TempDir()
	a := reopen(t, dir)
	must(t, os.WriteFile(filepath.Join(dir, "ca-next.pem"), []byte("of a run that died"), 0o600))
	must(t, a.Prepare())
	former := folder(t, a, "identity")

	// Change, up to the key.
	present, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "ca-former.pem"), present, 0o600))
	must(t, os.Rename(filepath.Join(dir, "ca-next-key.pem"), filepath.Join(dir, "ca-key.pem")))
	a = reopen(t, dir)
	must(t, a.Change())
	if _, err := call(t, serve(t, grpc.Creds(former.Server())), folder(t, a, "tickets").Client("identity")); err != nil {
		t.Error(err)
	}
	must(t, a.Finish())
}

// A key without its certificate would take the place of the present one, and nobody could issue any more.
func TestPrepareThatFailsLeavesNoKey(t *testing.T) {
	dir := t.TempDir()
	a := reopen(t, dir)
	inTheWay := filepath.Join(dir, "ca-next.pem.new")
	must(t, os.Mkdir(inTheWay, 0o700))
	if err := a.Prepare(); err == nil {
		t.Fatal("the certificate cannot be written, and nobody says so")
	}
	if err := a.Change(); !errors.Is(err, credential.ErrStep) {
		t.Errorf("changed to an authority that was not prepared: %v", err)
	}
	must(t, os.Remove(inTheWay))
	must(t, a.Prepare())
	must(t, a.Change())
	must(t, a.Finish())
}

func TestKeyOfAnotherAuthorityIsRefused(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	reopen(t, dir)
	reopen(t, other)
	must(t, os.Rename(filepath.Join(other, "ca-key.pem"), filepath.Join(dir, "ca-key.pem")))
	if _, err := credential.OpenAuthority(dir, "demo"); err == nil {
		t.Error("it would issue what nobody trusts")
	}
}
