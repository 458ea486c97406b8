package harness

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// StartRelease is Start for tests of the release itself, which cluster mode alone has; values are arguments of helm.
func StartRelease(t testing.TB, values ...string) *Platform {
	t.Helper()
	return startRelease(t, gatewayNodePort, values)
}

// RequireKEDA brings KEDA to the cluster, which is built once, or skips where there is no cluster and need not be.
func RequireKEDA(t testing.TB) {
	t.Helper()
	requireCluster(t)
	if _, err := tool("kind.sh", "keda", clusterName()); err != nil {
		t.Fatalf("bring KEDA: %v", err)
	}
}

// StartAnother is a second company in the same cluster.
func StartAnother(t testing.TB) *Platform {
	t.Helper()
	return startRelease(t, anotherNodePort, nil)
}

func startRelease(t testing.TB, port string, values []string) *Platform {
	t.Helper()
	requireCluster(t)
	c := newCluster(t, forTests(nil))
	c.port, c.values = port, values
	return startOn(t, c)
}

// requireCluster skips, unless there must be one.
func requireCluster(t testing.TB) {
	t.Helper()
	const nowhere = "NOT TESTED ON A RELEASE: make e2e-kind"
	switch {
	case os.Getenv("LINLI_E2E_MODE") == "cluster":
	case os.Getenv("LINLI_REQUIRE_PARTS") == "1":
		t.Fatal(nowhere)
	default:
		t.Skip(nowhere)
	}
}

// StartTown is a release with the demo community, whose clock runs fast from a start on.
func StartTown(t testing.TB, start, speed string) Demo {
	t.Helper()
	requireCluster(t)
	c := newCluster(t, forTests([]string{"--clock-start", start, "--clock-speed", speed}))
	t.Cleanup(func() { c.down(t) })
	// The command that release.sh itself takes, of the version that was brought to the nodes.
	d := Demo{Path: filepath.Join(filepath.Dir(script("release.sh")), "..", "bin", "linli"), URL: c.up(t), Data: c.dir}
	fill := exec.CommandContext(t.Context(), d.Path, "demo", "--url", d.URL, "--company", c.company, "--data", d.Data)
	if out, err := fill.CombinedOutput(); err != nil {
		t.Fatalf("the community does not move in: %v\n%s", err, out)
	}
	return d
}

func (p *Platform) release() *cluster { return p.running.(*cluster) }

// Company is also the namespace and the name of the release.
func (p *Platform) Company() string { return p.release().company }

// Upgrade brings the release to other values, besides those it was started with, and answers why it was refused.
func (p *Platform) Upgrade(values ...string) error {
	p.t.Helper()
	return p.release().install(p.t, values...)
}

// Later is the tag of the images of a version with one more migration of tickets, which adds a column named later.
func (p *Platform) Later() string {
	p.t.Helper()
	return strings.TrimSpace(p.release().release(p.t, "later"))
}

// Helm runs a command of helm, such as test or rollback, on the release, and answers what it printed.
func (p *Platform) Helm(command string, args ...string) (string, error) {
	p.t.Helper()
	c := p.release()
	return tool("release.sh", slices.Concat([]string{"helm", c.name, command, c.company, "-n", c.company}, args)...)
}

// Kubectl runs in the namespace of the company, and answers what it printed or complained of.
func (p *Platform) Kubectl(args ...string) (string, error) {
	p.t.Helper()
	return p.release().kubectl(args...)
}

// Pods are the names of the pods that run services.
func (p *Platform) Pods() []string {
	p.t.Helper()
	out, err := p.Kubectl("get", "pods", "--selector", "linli/company", "--field-selector", "status.phase=Running", "--output", "name")
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.Fields(out)
}

// Emptiable is a node that runs pods of the release, where another one does too.
func (p *Platform) Emptiable() string {
	p.t.Helper()
	out, err := p.Kubectl("get", "pods", "--selector", "linli/company", "--output", "jsonpath={.items[*].spec.nodeName}")
	if err != nil {
		p.t.Fatal(err)
	}
	nodes := strings.Fields(out)
	slices.Sort(nodes)
	if nodes = slices.Compact(nodes); len(nodes) < 2 {
		p.t.Fatal("all pods are on one node: this wants a cluster of three, make down-kind and make e2e-kind NODES=3")
	}
	return nodes[0]
}

// Query answers what PostgreSQL says to the role of a service in the database of a company.
func (p *Platform) Query(service, company, query string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.release().dir, "databases", service))
	if err != nil {
		p.t.Fatal(err)
	}
	database, err := url.Parse(strings.TrimSpace(string(text)))
	if err != nil {
		p.t.Fatal(err)
	}
	database.Path = "/" + company
	said, err := p.Kubectl("--namespace", "parts", "exec", "postgres-0", "--", "psql", "--tuples-only", "--command", query, database.String())
	return fmt.Sprint(said, err)
}

// probe is a pod that looks for servers as the job of a release does, in the place of a service: policies take it for one.
const probe = `{"spec": {
  "securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
  "containers": [{"name": "probe", "image": %q, "args": ["prepare", "all", "--admin", "postgres://%s/none", "--known", "/", "--brokers", "%s", "--within", "5s"],
    "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
    "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]}],
  "volumes": [{"name": "tmp", "emptyDir": {}}]
}}`

// Probe answers what a pod that calls itself a service says of two addresses: which of them it cannot reach. It finds no
// PostgreSQL at the first, and so it always complains.
func (p *Platform) Probe(service, one, other string) string {
	p.t.Helper()
	image, err := p.Kubectl("get", "deployment", "gateway", "--output", "jsonpath={.spec.template.spec.containers[0].image}")
	if err != nil {
		p.t.Fatal(err)
	}
	overrides := fmt.Sprintf(probe, strings.Replace(image, "gateway", "allinone", 1), one, other)
	labels := "app.kubernetes.io/part-of=linli,app.kubernetes.io/instance=" + p.Company() + ",app.kubernetes.io/name=" + service
	out, err := p.Kubectl("run", "probe", "--image", image, "--restart", "Never", "--labels", labels, "--overrides", overrides)
	if err != nil {
		p.t.Fatalf("%s %v", out, err)
	}
	if out, err := p.Kubectl("wait", "pod/probe", "--for=jsonpath={.status.phase}=Failed", "--timeout=60s"); err != nil {
		p.t.Errorf("%s %v", out, err)
	}
	said, err := p.Kubectl("logs", "probe")
	if err != nil {
		p.t.Fatal(err)
	}
	return said
}
