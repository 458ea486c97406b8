package charts_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// secured are the values of servers that are reached by TLS and with a password.
var secured = []string{
	"--set", "global.kafka.accessSecret=way-to-kafka,global.kafka.login=plain", "--set", "global.redis.accessSecret=way-to-redis",
	"--set", "global.database.accessSecret=way-to-postgres",
}

// entries are the folders of a pod that say how to get into servers, by the setting that names them, and the secret in each.
func entries(t *testing.T, o object) map[string]string {
	t.Helper()
	c, all := o.pod().parts("containers")[0], map[string]string{}
	for _, e := range c.parts("env") {
		name := e.text("name")
		if !strings.HasSuffix(name, "_DIR") || name == "LINLI_TLS_DIR" {
			continue
		}
		all[name] = ""
		for _, m := range c.parts("volumeMounts") {
			if m.text("mountPath") != e.text("value") || m.text("readOnly") != "true" || m.text("subPath") != "" {
				continue // a subPath never changes with its secret
			}
			for _, v := range o.pod().parts("volumes") {
				if v.text("name") == m.text("name") && v.at("secret", "items") == nil {
					all[name] = v.text("secret", "secretName")
				}
			}
		}
	}
	return all
}

// Every process, and the job that prepares, gets into the servers that it uses by the secrets of the values.
func TestSecuredServersAreEntered(t *testing.T) {
	all := render(t, "split", secured...)
	schemas := survey(t).Schemas
	for _, o := range append(of(all, "Deployment"), find(t, all, "Job", "prepare")) {
		want := map[string]string{"LINLI_BROKERS_DIR": "way-to-kafka", "LINLI_REDIS_DIR": "way-to-redis"}
		if o.kind() == "Job" || slices.Contains(schemas, o.name()) {
			want["LINLI_DATABASE_DIR"] = "way-to-postgres"
		}
		if diff := cmp.Diff(want, entries(t, o)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", o, diff)
		}
		if way := setting(o.pod().parts("containers")[0], "LINLI_BROKERS_LOGIN"); way != "plain" {
			t.Errorf("%v signs in by %q", o, way)
		}
	}
	each(t, func(t *testing.T, _ string, all []object) {
		for _, o := range of(all, "Deployment") {
			if got := entries(t, o); len(got) > 0 {
				t.Errorf("%v has %v of servers that let everybody in", o, got)
			}
		}
	})
	if got := entries(t, find(t, render(t, "allinone", secured...), "Deployment", "allinone")); len(got) > 0 {
		t.Errorf("what is embedded has %v", got)
	}
}

// All pods of a demo are told one clock, by an object that an upgrade finds again; others live in real time.
func TestADemoHasOneClock(t *testing.T) {
	for _, shape := range []string{"split", "allinone"} {
		all := render(t, shape, "--set", "global.demo=true,global.clock.start=2025-03-24T00:00:00+08:00,global.clock.speed=720")
		told := find(t, all, "ConfigMap", "clock").part("data")
		if told.text("start") != "2025-03-24T00:00:00+08:00" || told.text("speed") != "720" || told.text("since") == "" {
			t.Errorf("the clock is %v", told)
		}
		for _, o := range of(all, "Deployment") {
			got := map[string]string{}
			for _, e := range o.pod().parts("containers")[0].parts("env") {
				if e.text("valueFrom", "configMapKeyRef", "name") == "clock" {
					got[e.text("name")] = e.text("valueFrom", "configMapKeyRef", "key")
				}
			}
			want := map[string]string{"LINLI_CLOCK_START": "start", "LINLI_CLOCK_SINCE": "since", "LINLI_CLOCK_SPEED": "speed"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", o, diff)
			}
		}
	}
	each(t, func(t *testing.T, _ string, all []object) {
		if clocks := of(all, "ConfigMap"); len(clocks) > 0 {
			t.Errorf("real time has %v", clocks)
		}
	})
}
