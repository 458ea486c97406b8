package charts_test

import (
	"strings"
	"testing"
)

// A wrong value is refused before anything changes, by its path.
func TestWrongValuesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		shape string
		args  []string
		want  []string
	}{
		"a key that nobody knows":        {"small", []string{"--set", "gatewy.replicas=2"}, []string{"gatewy"}},
		"a key of a service":             {"small", []string{"--set", "tickets.replica=2"}, []string{"tickets", "replica"}},
		"a key of all services":          {"small", []string{"--set", "global.kafka.broker=x"}, []string{"/global/kafka", "broker"}},
		"a string for a number":          {"small", []string{"--set-string", "tickets.replicas=two"}, []string{"/replicas", "integer"}},
		"a string for a list":            {"small", []string{"--set", "global.kafka.brokers=kafka:9092"}, []string{"/global/kafka/brokers", "array"}},
		"a broker without a port":        {"small", []string{"--set", "global.kafka.brokers={kafka}"}, []string{"/global/kafka/brokers/0"}},
		"a company with a space":         {"small", []string{"--set", "global.company=Spring Garden"}, []string{"/global/company"}},
		"no company":                     {"small", []string{"--set", "global.company="}, []string{"global.company is missing"}},
		"no brokers":                     {"small", []string{"--set-json", "global.kafka.brokers=[]"}, []string{"global.kafka.brokers is missing"}},
		"no secret with keys":            {"allinone", []string{"--set", "global.secrets.existingSecret="}, []string{"global.secrets.existingSecret is missing"}},
		"no secret with databases":       {"small", []string{"--set", "global.database.existingSecret="}, []string{"global.database.existingSecret is missing"}},
		"two autoscalers on one target":  {"peak", []string{"--set-json", `dispatch.autoscaling.hpa={"min":1,"max":3}`}, []string{"dispatch", "/autoscaling"}},
		"lag of a service without topic": {"small", []string{"--set-json", `gateway.autoscaling={"keda":{"min":1,"max":2,"lag":9}}`}, []string{"gateway.autoscaling.keda", "use hpa"}},
		"more readers than partitions":   {"peak", []string{"--set", "dispatch.autoscaling.keda.max=10"}, []string{"dispatch.autoscaling", "at least 20"}},
		"scaled to nothing":              {"peak", []string{"--set", "dispatch.autoscaling.keda.min=0"}, []string{"/autoscaling/keda/min"}},
		"a setting of the chart":         {"small", []string{"--set", "tickets.env.LINLI_COMPANY=other"}, []string{"tickets.env.LINLI_COMPANY"}},
		"a setting of nobody":            {"small", []string{"--set", "tickets.env.POLICY=x"}, []string{"/env", "POLICY"}},
		"both shapes":                    {"small", []string{"--set", "tags.allinone=true"}, []string{"/tags"}},
		"several pods of one folder":     {"allinone", []string{"--set-json", `allinone.autoscaling={"hpa":{"min":1,"max":2}}`}, []string{"allinone.autoscaling"}},
		"a way in that nobody knows":     {"small", []string{"--set", "global.kafka.login=kerberos"}, []string{"/global/kafka/login"}},
		"lag of a Kafka behind a lock":   {"peak", []string{"--set", "global.kafka.accessSecret=x"}, []string{"dispatch.autoscaling.keda", "global.kafka.accessSecret", "TriggerAuthentication", "or use hpa"}},
		"a clock of a real company":      {"small", []string{"--set", "global.clock.speed=720"}, []string{"global.clock needs global.demo"}},
		"a fast clock without a start":   {"small", []string{"--set", "global.demo=true,global.clock.speed=720"}, []string{"global.clock.start is missing"}},
		"a clock that starts on a day":   {"small", []string{"--set", "global.clock.start=2025-03-24"}, []string{"/global/clock/start"}},
		"a drain that outlives the pod":  {"small", []string{"--set", "global.drainDelay=40s"}, []string{"/global/drainDelay"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, refusal := helm(t, append([]string{"template", "spring", linli, "--values", values(c.shape)}, c.args...)...)
			if refusal == "" {
				t.Fatal("it is taken")
			}
			for _, want := range c.want {
				if !strings.Contains(refusal, want) {
					t.Errorf("no word of %s: %s", want, refusal)
				}
			}
		})
	}
}
