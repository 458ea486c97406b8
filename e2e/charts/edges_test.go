package charts_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/allinone/modules"
)

// survey is what the code of the services needs of Kafka and PostgreSQL.
func survey(t *testing.T) host.Needs {
	t.Helper()
	needs, err := host.Survey(t.Context(), modules.All()...)
	if err != nil {
		t.Fatal(err)
	}
	return needs
}

var (
	calledBy = regexp.MustCompile(`host\.CalledBy\(([^)]*)\)`)
	word     = regexp.MustCompile(`[\w.]+`)
)

// callers are what host.CalledBy in the module of a service says; a test of archtest holds it against who dials.
func callers(t *testing.T, service string) (all []string) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, "services", service, "module.go"))
	if err != nil {
		t.Fatal(err)
	}
	if found := calledBy.FindSubmatch(source); found != nil {
		for _, name := range word.FindAllString(string(found[1]), -1) {
			if name == "host.Everyone" {
				return slices.Sorted(func(yield func(string) bool) {
					for _, s := range services {
						if s != service && !yield(s) {
							return
						}
					}
				})
			}
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// Policies open the edges that the code uses, seen from both ends, and no other between services.
func TestPoliciesAreTheEdgesOfTheCode(t *testing.T) {
	for _, shape := range []string{"small", "split", "peak"} {
		all := render(t, shape)
		for _, called := range services {
			want := callers(t, called)
			var in, out []string
			for _, rule := range find(t, all, "NetworkPolicy", called).parts("spec", "ingress") {
				if rule.parts("ports")[0].text("port") == "grpc" {
					in = append(in, peers(rule, "from")...)
				}
			}
			for _, caller := range services {
				for _, rule := range find(t, all, "NetworkPolicy", caller).parts("spec", "egress") {
					if rule.parts("ports")[0].text("port") == "9000" && slices.Contains(peers(rule, "to"), called) {
						out = append(out, caller)
					}
				}
			}
			slices.Sort(in)
			slices.Sort(out)
			if diff := cmp.Diff(want, in); diff != "" {
				t.Errorf("%s: into %s (-want +got):\n%s", shape, called, diff)
			}
			if diff := cmp.Diff(want, out); diff != "" {
				t.Errorf("%s: out to %s (-want +got):\n%s", shape, called, diff)
			}
		}
	}
}

// peers are the names of the services on one side of a rule.
func peers(rule object, side string) (all []string) {
	for _, p := range rule.parts(side) {
		if name := p.part("podSelector", "matchLabels").text("app.kubernetes.io/name"); name != "" {
			all = append(all, name)
		}
	}
	return all
}

// Whoever is called is also told where to find it.
func TestPeersAreThoseWhoAreCalled(t *testing.T) {
	all := render(t, "small")
	for _, called := range services {
		for _, caller := range callers(t, called) {
			told := setting(find(t, all, "Deployment", caller).pod().parts("containers")[0], "LINLI_PEERS")
			if !regexp.MustCompile(`(^|;)` + called + `=dns:///` + called + `:9000(;|$)`).MatchString(told) {
				t.Errorf("%s cannot find %s: %s", caller, called, told)
			}
			service := find(t, all, "Service", called)
			if service.text("spec", "clusterIP") != "None" {
				t.Errorf("%s: a connection would stay with one pod", called)
			}
		}
	}
}

// What no policy opens is closed: the namespace denies, and every pod has a policy that closes both directions.
func TestAllElseIsDenied(t *testing.T) {
	each(t, func(t *testing.T, _ string, all []object) {
		deny := find(t, all, "NetworkPolicy", "default-deny")
		if diff := cmp.Diff(object{"podSelector": object{}, "policyTypes": []any{"Ingress", "Egress"}}, deny.part("spec")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, o := range all {
			if o.pod() == nil {
				continue
			}
			mine := 0
			for _, policy := range of(all, "NetworkPolicy") {
				if policy.name() != deny.name() && selects(policy.part("spec", "podSelector", "matchLabels"), o.podLabels()) {
					mine++
				}
			}
			if mine != 1 {
				t.Errorf("%v has %d policies", o, mine)
			}
		}
	})
}

// Servers are reached at the ports of their addresses, each once, and where the values say that they are.
func TestPoliciesLeadToTheServers(t *testing.T) {
	all := render(t, "split")
	var got []string
	for _, rule := range find(t, all, "NetworkPolicy", "tickets").parts("spec", "egress") {
		for _, port := range rule.parts("ports") {
			where := "services"
			for _, to := range rule.parts("to") {
				if space := to.text("namespaceSelector", "matchLabels", "kubernetes.io/metadata.name"); space != "" {
					where = space
				}
			}
			got = append(got, port.text("port")+" "+where)
		}
	}
	want := []string{
		"53 kube-system", "53 kube-system", "9000 services", "9092 parts", "9094 parts", "6379 parts", "8500 parts", "5432 parts", "4317 parts",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
