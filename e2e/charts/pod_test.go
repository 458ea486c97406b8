package charts_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linlihub/linli/libs/host"
)

// each runs a test on the objects of every shape.
func each(t *testing.T, test func(t *testing.T, shape string, all []object)) {
	t.Helper()
	for _, shape := range shapes {
		t.Run(shape, func(t *testing.T) { test(t, shape, render(t, shape)) })
	}
}

// The restricted Pod Security Standard, and a root that nobody can write to, for services, jobs and the check alike.
func TestPodsAreConfined(t *testing.T) {
	each(t, func(t *testing.T, _ string, all []object) {
		pods := 0
		for _, o := range all {
			pod := o.pod()
			if pod == nil {
				continue
			}
			pods++
			if pod.text("securityContext", "runAsNonRoot") != "true" || pod.text("securityContext", "seccompProfile", "type") != "RuntimeDefault" ||
				pod.text("automountServiceAccountToken") != "false" {
				t.Errorf("%v is not restricted", o)
			}
			for _, key := range []string{"hostNetwork", "hostPID", "hostIPC", "initContainers"} {
				if pod.at(key) != nil {
					t.Errorf("%v has %s", o, key)
				}
			}
			for _, v := range pod.parts("volumes") {
				if v.at("hostPath") != nil {
					t.Errorf("%v mounts a folder of its node", o)
				}
			}
			for _, c := range pod.parts("containers") {
				want := object{"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": object{"drop": []any{"ALL"}}}
				if diff := cmp.Diff(want, c.part("securityContext")); diff != "" {
					t.Errorf("%v (-want +got):\n%s", o, diff)
				}
				if c.text("resources", "requests", "memory") == "" || c.text("resources", "limits", "memory") == "" {
					t.Errorf("%v takes as much memory as it likes", o)
				}
			}
		}
		if pods == 0 {
			t.Error("no pod")
		}
	})
}

// A name told twice is another value for each tool that merges.
func TestEnvironmentIsUniqueAndKnown(t *testing.T) {
	known := map[string]bool{"LINLI_ADMIN_DATABASE": true, "LINLI_TICKETS_POLICY": true}
	for field := range reflect.TypeFor[host.Config]().Fields() {
		known[field.Tag.Get("env")] = true
	}
	each(t, func(t *testing.T, _ string, all []object) {
		for _, o := range all {
			for _, c := range o.pod().parts("containers") {
				seen := map[string]bool{}
				for _, e := range c.parts("env") {
					name := e.text("name")
					if seen[name] || !known[name] {
						t.Errorf("%v: %s is told twice, or nobody reads it", o, name)
					}
					seen[name] = true
					if strings.Contains(e.text("value"), "://") && name != "LINLI_PEERS" {
						t.Errorf("%v: %s may hold a password: %s", o, name, e.text("value"))
					}
				}
			}
		}
		if len(of(all, "Secret")) > 0 {
			t.Error("a secret is made by the chart: it would lie in the release")
		}
	})
}

// A selector cannot be changed by an upgrade, so it has nothing that an upgrade changes.
func TestSelectorsAreNameAndInstance(t *testing.T) {
	each(t, func(t *testing.T, _ string, all []object) {
		for _, o := range of(all, "Deployment") {
			want := object{"app.kubernetes.io/name": o.name(), "app.kubernetes.io/instance": "spring"}
			for _, got := range []object{
				o.part("spec", "selector", "matchLabels"), find(t, all, "Service", o.name()).part("spec", "selector"),
				find(t, all, "PodDisruptionBudget", o.name()).part("spec", "selector", "matchLabels"),
			} {
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%v (-want +got):\n%s", o, diff)
				}
			}
			if !selects(want, o.podLabels()) {
				t.Errorf("%v does not select its pods", o)
			}
		}
	})
}

// HOUSE, "Shutdown": not ready, then 10 s for those who call, then what is in flight; SIGKILL comes after all of it.
func TestPodsStartAndStopInOrder(t *testing.T) {
	each(t, func(t *testing.T, _ string, all []object) {
		deployments := of(all, "Deployment")
		for _, o := range deployments {
			if got := o.pod().text("terminationGracePeriodSeconds"); got != "45" {
				t.Errorf("%v is killed after %s s", o, got)
			}
			c := o.pod().parts("containers")[0]
			if setting(c, "LINLI_DRAIN_DELAY") != "10s" {
				t.Errorf("%v closes before others have noticed", o)
			}
			for probe, path := range map[string]string{"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"} {
				if c.text(probe, "httpGet", "path") != path || c.text(probe, "httpGet", "port") != "http" {
					t.Errorf("%v: %s is %v", o, probe, c.at(probe))
				}
			}
			if o.part("spec", "template", "metadata", "annotations").text("checksum/secrets") == "" {
				t.Errorf("%v does not notice new secrets", o)
			}
		}
		if len(deployments) == 0 {
			t.Error("no deployment")
		}
	})
}

func setting(container object, name string) string {
	for _, e := range container.parts("env") {
		if e.text("name") == name {
			return e.text("value")
		}
	}
	return ""
}

func TestShapesHaveTheirServices(t *testing.T) {
	each(t, func(t *testing.T, shape string, all []object) {
		var got []string
		for _, o := range of(all, "Deployment") {
			got = append(got, o.name())
		}
		want := services
		if shape == "allinone" {
			want = []string{"allinone"}
			if find(t, all, "Deployment", "allinone").text("spec", "strategy", "type") != "Recreate" {
				t.Error("two processes would write into one folder")
			}
			if find(t, all, "PersistentVolumeClaim", "allinone").part("metadata", "annotations").text("helm.sh/resource-policy") != "keep" {
				t.Error("all data of the company goes with its release")
			}
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A process finds what it needs of others: the keys and the database that its code opens, and nothing more.
func TestOnlyNeededSecretsAreRead(t *testing.T) {
	all := render(t, "split")
	want := map[string][]string{"identity": {"admin-password", "personal-data"}, "hr": {"personal-data"}, "residents": {"personal-data"}}
	got := map[string][]string{}
	for _, o := range of(all, "Deployment") {
		for _, v := range o.pod().parts("volumes") {
			for _, item := range v.parts("secret", "items") {
				got[o.name()] = append(got[o.name()], item.text("key"))
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	databases := map[string]string{}
	for _, o := range of(all, "Deployment") {
		for _, e := range o.pod().parts("containers")[0].parts("env") {
			if key := e.text("valueFrom", "secretKeyRef", "key"); key != "" {
				databases[o.name()] = key
			}
		}
	}
	stores := slices.Sorted(slices.Values(survey(t).Schemas))
	if diff := cmp.Diff(stores, slices.Sorted(maps.Keys(databases))); diff != "" {
		t.Errorf("databases (-want +got):\n%s", diff)
	}
	for name, key := range databases {
		if name != key {
			t.Errorf("%s signs in to PostgreSQL as %s", name, key)
		}
	}
}
