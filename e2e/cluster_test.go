package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/allinone/replay"

	"github.com/linlihub/linli/e2e/harness"
)

// A release as it stands, without anybody in it.
func TestARelease(t *testing.T) {
	p := harness.StartRelease(t)
	t.Run("checks itself", func(t *testing.T) { checkItself(t, p) })
	t.Run("lets pods do nothing", func(t *testing.T) { doNothing(t, p) })
	t.Run("stays as it is for wrong values", func(t *testing.T) { stay(t, p) })
}

// The check of a release is a ticket through its gateway; helm gives it a minute.
func checkItself(t *testing.T, p *harness.Platform) {
	out, err := p.Helm("test", "--timeout", "60s")
	if err != nil || !strings.Contains(out, "Succeeded") {
		said, _ := p.Kubectl("logs", "check")
		t.Errorf("%s%v: %s", out, err, said)
	}
}

// intruder is a pod that would be root.
const intruder = `
apiVersion: v1
kind: Pod
metadata: {name: intruder}
spec:
  containers:
    - {name: intruder, image: "linli/tickets:none", securityContext: {runAsUser: 0, capabilities: {add: [SYS_ADMIN]}}}
`

// Whoever gets into a pod finds no shell, may write nowhere but in its folders, and cannot become more.
func doNothing(t *testing.T, p *harness.Platform) {
	file := filepath.Join(t.TempDir(), "intruder.yaml")
	if err := os.WriteFile(file, []byte(intruder), 0o600); err != nil {
		t.Fatal(err)
	}
	pod := p.Pods()[0]
	for _, row := range []struct {
		want string
		args []string
	}{
		{"no such file", []string{"exec", pod, "--", "/bin/sh"}},
		{"read-only file system", []string{"exec", "deployment/tickets", "--", "/tickets", "--data", "/elsewhere"}},
		{"runAsUser=0", []string{"apply", "-f", file}},
		{"must not set securityContext.privileged=true", []string{"debug", pod, "--image", "linli/tickets:none", "--profile", "sysadmin"}},
	} {
		if out, err := p.Kubectl(row.args...); err == nil || !strings.Contains(out+err.Error(), row.want) {
			t.Errorf("%v: %s, %v, want %q", row.args, out, err, row.want)
		}
	}
}

// mistakes that people make, and what is said about them.
var mistakes = []struct{ value, want string }{
	{"gateway.replica=2", "additional properties 'replica' not allowed"},
	{"tickets.replicas=two", "at '/replicas': got string, want integer"},
	{"global.drainDelay=40s", "at '/global/drainDelay'"},
	{"global.company=Spring", "at '/global/company'"},
	{"tags.allinone=true", "at '/tags"},
	{"global.secrets.existingSecret=nothing", "secret nothing is not in namespace"},
	{"global.database.existingSecret=linli-keys", "has no key"},
	{"global.redis.address=", "global.redis.address is missing: say where Redis is"},
	{"global.redis.address=redis.parts:6380,global.kafka.brokers={kafka.nowhere:9092}", "Redis cannot be reached at redis.parts:6380 … Kafka cannot be reached at kafka.nowhere:9092"},
	{"dispatch.autoscaling.hpa.min=1,dispatch.autoscaling.hpa.max=9", "needs global.kafka.partitions of at least 18"},
	{"dispatch.autoscaling.hpa.min=1,dispatch.autoscaling.hpa.max=2,dispatch.autoscaling.keda.min=1,dispatch.autoscaling.keda.max=2,dispatch.autoscaling.keda.lag=9", "at '/autoscaling'"},
	{"tickets.env.LINLI_BROKERS=x", "tickets.env.LINLI_BROKERS is set by the chart"},
}

// Each is refused in a sentence before anything changes, as is an upgrade on tables that are not what its migrations start
// from: the pods are the same and go on serving.
func stay(t *testing.T, p *harness.Platform) {
	before := p.Pods()
	for _, row := range mistakes {
		err := p.Upgrade("--set", row.value)
		for want := range strings.SplitSeq(row.want, " … ") {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", row.value, err, want)
			}
		}
	}
	p.Query("tickets", p.Company(), "ALTER TABLE tickets.goose_tickets RENAME TO of_another_age")
	if err := p.Upgrade("--set", "global.log.level=info"); err == nil || !strings.Contains(err.Error(), "up to this version: build tickets: migrate tickets") {
		t.Errorf("with tables of another age: %v", err)
	}
	p.Query("tickets", p.Company(), "DROP TABLE tickets.goose_tickets; ALTER TABLE tickets.of_another_age RENAME TO goose_tickets")
	if after := p.Pods(); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("pods %v, and before %v", after, before)
	}
	p.Open("p1", "plumbing")
}

// Two companies share a cluster and its servers, and nothing else: neither sees what the other has, not by its people, its
// keys, its topics nor its roles, and no pod of the one can call a service of the other, whatever it calls itself.
func TestTwoCompaniesShareNothing(t *testing.T) {
	one, other := harness.StartRelease(t), harness.StartAnother(t)
	ticket := one.Open("p1", "plumbing").GetId()
	mine, err := harness.Tickets(one.Staff("m1")).List(one.Context(), &ticketsv1.ListRequest{})
	if err != nil || len(mine.GetTickets()) != 1 || mine.GetTickets()[0].GetId() != ticket {
		t.Errorf("the one has %v, %v", mine, err)
	}
	theirs, err := harness.Tickets(other.Staff("m1")).List(other.Context(), &ticketsv1.ListRequest{})
	if err != nil || len(theirs.GetTickets()) != 0 {
		t.Errorf("the other has %v, %v", theirs, err)
	}
	token := one.Token("m1")
	if a, b := one.Send(http.MethodGet, "/v1/tickets", token, nil), other.Send(http.MethodGet, "/v1/tickets", token, nil); a.Status != 200 || b.Status != 401 {
		t.Errorf("who signed in here is answered %d, and there %d", a.Status, b.Status)
	}
	for company, want := range map[string]string{one.Company(): "tickets", other.Company(): "permission denied for database"} {
		if said := one.Query("tickets", company, "SELECT schemaname FROM pg_tables WHERE tablename = 'tickets_ticket'"); !strings.Contains(said, want) {
			t.Errorf("the role of the one in the database of %s: %s, want %q", company, said, want)
		}
	}
	one.Eventually("the ticket is told of", func() error {
		if !strings.Contains(one.Left().Records["tickets.ticket.v1"], ticket) {
			return errNotYet
		}
		return nil
	})
	if strings.Contains(fmt.Sprint(other.Left().Records), ticket) {
		t.Error("the other's topics tell of the one's ticket")
	}
	// A gateway may call tickets: here it reaches them, and there it does not.
	own, foreign := "tickets."+one.Company()+":9000", "tickets."+other.Company()+":9000"
	said := one.Probe("gateway", own, foreign)
	if strings.Contains(said, own) || !strings.Contains(said, "cannot be reached at "+foreign) {
		t.Errorf("it says %s", said)
	}
}

// People go on working while every pod is replaced by one of a version with a migration, and then by one of the version
// before, which works on the tables as they now are.
func TestNothingFailsWhileAReleaseIsUpgraded(t *testing.T) {
	p := harness.StartRelease(t, doubled...)
	later := p.Later()
	l := begin(p, clusterPace(t))
	schema := func() string {
		return p.Query("tickets", p.Company(), "SELECT count(*) FROM information_schema.columns WHERE table_name = 'tickets_ticket' AND column_name = 'later'")
	}
	before := schema()
	l.survive(func(*rand.Rand) {
		old, began := l.Pods(), time.Now()
		if err := l.Upgrade("--set-string", "global.image.tag="+later); err != nil {
			t.Errorf("upgrade: %v", err)
		}
		upgraded := time.Since(began)
		if schema() == before {
			t.Errorf("nothing was migrated: %s", before)
		}
		if out, err := l.Helm("rollback", "--wait", "--timeout", "180s"); err != nil {
			t.Errorf("rollback: %s %v", out, err)
		}
		t.Logf("upgraded in %v, rolled back in %v", upgraded.Round(time.Second), (time.Since(began) - upgraded).Round(time.Second))
		for _, pod := range l.Pods() {
			if slices.Contains(old, pod) {
				t.Errorf("%s was never replaced", pod)
			}
		}
	})
	l.uncut(t)
}

// The replay of a real day, through the gateway of a release all of whose pods have one fast clock: no row is lost.
func TestTheRealDayThroughARelease(t *testing.T) {
	town := harness.StartTown(t, "2025-03-23T12:00:00+08:00", "360")
	const day = "../services/allinone/replay/testdata/service-requests-2025-03-24.csv"
	replayed := exec.CommandContext(t.Context(), town.Path, "replay", day, "--url", town.URL, "--otp-log", filepath.Join(town.Data, "otp.log"), "--json")
	var said strings.Builder
	replayed.Stderr = &said
	out, err := replayed.Output()
	var report replay.Report
	if err := errors.Join(err, json.Unmarshal(out, &report)); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, said.String())
	}
	if report.Read == 0 || report.Opened != report.Read || report.Assigned != report.Read || report.Finished != report.Read {
		t.Errorf("of %d rows %d were opened, %d assigned and %d finished", report.Read, report.Opened, report.Assigned, report.Finished)
	}
	t.Logf("%d rows, %d lost, %d doubled, %d refused, %d rated, in %.0f s", report.Read, report.Lost, report.Doubled, report.Refused, report.Rated, report.WallSeconds)
}

// clusterPace is that of the other loads, for as long as it takes to replace all pods twice, and by technicians who look less
// often: fourteen pods and the servers share the machine with those who call.
func clusterPace(t *testing.T) pace {
	p := paceOf(t)
	p.length, p.lookRate = max(p.length, 2*time.Minute), setting(t, "LINLI_SOAK_LOOKS", 40)
	return p
}

// doubled runs two of each service, so that one may go.
var doubled = []string{
	"--set", "identity.replicas=2,residents.replicas=2,hr.replicas=2,tickets.replicas=2,dispatch.replicas=2,notify.replicas=2,gateway.replicas=2",
}

// Pods die at random, without a word.
func TestNothingIsLostWhenPodsAreKilled(t *testing.T) {
	l := begin(harness.StartRelease(t, doubled...), clusterPace(t))
	l.survive(func(r *rand.Rand) {
		killed := 0
		for end := time.Now().Add(l.length); time.Now().Before(end); killed++ {
			pods := l.Pods()
			pod := pods[r.IntN(len(pods))]
			if out, err := l.Kubectl("delete", pod, "--grace-period", "0", "--force", "--wait=false"); err != nil {
				t.Errorf("%s %v", out, err)
			}
			pause(5 * time.Second)
		}
		t.Logf("%d kills", killed)
	})
}

// A node is emptied of the release, as for its maintenance: what runs there goes on elsewhere, and nobody notices. The servers
// stay, for they have one pod each. No service is ever without a ready pod.
func TestANodeIsEmptiedWithoutNotice(t *testing.T) {
	l := begin(harness.StartRelease(t, doubled...), clusterPace(t))
	l.survive(func(*rand.Rand) {
		node := l.Emptiable()
		began := time.Now()
		if out, err := l.Kubectl("drain", node, "--pod-selector", "linli/company", "--delete-emptydir-data", "--timeout", "240s"); err != nil {
			t.Errorf("drain: %s %v", out, err)
		}
		t.Logf("emptied in %v", time.Since(began).Round(time.Second))
		if out, err := l.Kubectl("wait", "deployment", "--all", "--for=condition=Available", "--timeout", "120s"); err != nil {
			t.Errorf("%s %v", out, err)
		}
		if out, err := l.Kubectl("uncordon", node); err != nil {
			t.Errorf("%s %v", out, err)
		}
	})
	l.uncut(t)
}
