package check

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/host"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/allinone/modules"
	"github.com/linlihub/linli/services/identity"
)

// platform is a real company: no demo, nothing in its register.
func platform(t *testing.T) (check Command, admin *client.Client) {
	t.Helper()
	dir := t.TempDir()
	p, err := host.Start(t.Context(), []string{"--data", dir, "--http", "127.0.0.1:0", "--log-level", "error"}, modules.All()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	secret, err := p.Secret(identity.AdminSecret)
	if err != nil {
		t.Fatal(err)
	}
	server, err := client.New("http://" + p.Address())
	if err != nil {
		t.Fatal(err)
	}
	check = Command{URL: "http://" + p.Address(), Data: dir, Within: time.Minute}
	return check, server.As(client.Password("admin", identity.AdminPassword(secret)))
}

func TestACheckSeesTheAssignmentAndLeavesNothingOpen(t *testing.T) {
	check, admin := platform(t)
	for range 2 { // it may be repeated
		var out strings.Builder
		if err := check.run(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^ticket \S+ of linli-check is with linli-check after \S+\n$`).MatchString(out.String()) {
			t.Errorf("it says %q", out.String())
		}
	}
	all, err := ticketsv1.NewTicketsClient(admin).List(t.Context(), &ticketsv1.ListRequest{DistrictId: placeID})
	if err != nil {
		t.Fatal(err)
	}
	for _, ticket := range all.GetTickets() {
		if ticket.GetState() != ticketsv1.State_STATE_CANCELLED {
			t.Errorf("ticket %s is %s", ticket.GetNumber(), ticket.GetState())
		}
	}
	worker, err := hrv1.NewStaffClient(admin).Get(t.Context(), &hrv1.GetRequest{Id: placeID})
	if err != nil || worker.GetOnDuty() {
		t.Errorf("the technician stays on duty: %v %v", worker, err)
	}
	if len(all.GetTickets()) != 2 {
		t.Errorf("%d tickets, want 2", len(all.GetTickets()))
	}
}

func TestACheckSaysWhatIsMissing(t *testing.T) {
	check, _ := platform(t)
	wrong := check
	wrong.Data = t.TempDir() // another secret
	if err := wrong.run(t.Context(), &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "import a place") {
		t.Errorf("a wrong password: %v", err)
	}
	nobody := check
	nobody.URL, nobody.Within = "http://127.0.0.1:1", 100*time.Millisecond
	if err := nobody.run(t.Context(), &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := check.run(ctx, &strings.Builder{}); err == nil {
		t.Error("it went on when told to stop")
	}
}
