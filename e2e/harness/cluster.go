package harness

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cluster is a release in a cluster of tools/kind.sh, which make e2e-kind starts, with a company of its own.
type cluster struct {
	name    string
	company string
	dir     string
	args    []string
	values  []string // --set …, after those of args
	port    string   // of every node
}

const (
	gatewayNodePort = "30080"
	anotherNodePort = "30081"
	jaegerNodePort  = "30086"
	kafkaNodePort   = "30092"
)

// newCluster names the company anew in each run: topics and databases of a former one stay in the cluster.
func newCluster(t testing.TB, args []string) *cluster {
	t.Helper()
	company := fmt.Sprintf("e%s-%d", strconv.FormatUint(uint64(rand.Uint32()), 36), companies.Add(1))
	return &cluster{name: clusterName(), company: company, dir: t.TempDir(), args: args, port: gatewayNodePort}
}

func clusterName() string { return cmp.Or(os.Getenv("LINLI_E2E_CLUSTER"), "e2e") }

func (c *cluster) data() string { return c.dir }

func (c *cluster) up(t testing.TB) string {
	t.Helper()
	if err := c.install(t); err != nil {
		t.Fatalf("install a release: %v", err)
	}
	return c.address(t, c.port)
}

// install installs or upgrades.
func (c *cluster) install(t testing.TB, values ...string) error {
	t.Helper()
	command := []string{"up", c.name, c.company, c.dir, "--set", "gateway.expose.type=NodePort,gateway.expose.nodePort=" + c.port}
	_, err := tool("release.sh", slices.Concat(command, settings(c.args), c.values, values)...)
	return err
}

// address is where this machine reaches a NodePort.
func (c *cluster) address(t testing.TB, port string) string {
	t.Helper()
	return "http://" + strings.TrimSpace(c.release(t, "address", port))
}

// release asks release.sh about the cluster.
func (c *cluster) release(t testing.TB, what string, args ...string) string {
	t.Helper()
	out, err := tool("release.sh", slices.Concat([]string{what, c.name}, args)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (c *cluster) traces(t testing.TB) string { return c.address(t, jaegerNodePort) }

func (c *cluster) down(t testing.TB) {
	t.Helper()
	if t.Failed() {
		said, err := c.kubectl("logs", "--selector", "app.kubernetes.io/part-of=linli", "--prefix", "--tail", "200", "--max-log-requests", "20")
		t.Logf("%s%v", said, err)
	}
	if _, err := tool("release.sh", "down", c.name, c.company, c.dir); err != nil {
		t.Errorf("uninstall: %v", err)
	}
}

// kubectl runs it on the namespace of the company.
func (c *cluster) kubectl(args ...string) (string, error) {
	return tool("kind.sh", slices.Concat([]string{"run", c.name, "kubectl", "-n", c.company}, args)...)
}

// settings are flags of services as values of the charts: --dispatch.singles 1 is LINLI_DISPATCH_SINGLES of dispatch. Those
// of every process have values of their own. A fast clock begins now, as it does in a folder.
func settings(args []string) (values []string) {
	for i, flag := range args {
		service, key, found := strings.Cut(strings.TrimPrefix(flag, "--"), ".")
		switch {
		case flag == "--clock-speed":
			values = append(values, "--set", "global.clock.speed="+args[i+1])
			if !slices.Contains(args, "--clock-start") {
				values = append(values, "--set", "global.clock.start="+time.Now().Format(time.RFC3339))
			}
		case flag == "--clock-start":
			values = append(values, "--set", "global.clock.start="+args[i+1])
		case flag == "--log-level":
			values = append(values, "--set", "global.log.level="+args[i+1])
		case strings.HasPrefix(flag, "--") && found:
			name := strings.ToUpper(strings.ReplaceAll("LINLI_"+service+"_"+key, "-", "_"))
			values = append(values, "--set-string", service+".env."+name+"="+args[i+1])
		}
	}
	return values
}
