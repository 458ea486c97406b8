package charts_test

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linlihub/linli/libs/bus"
)

// autoscalers answers those of each deployment.
func autoscalers(all []object) map[string][]object {
	owners := map[string][]object{}
	for _, o := range slices.Concat(of(all, "HorizontalPodAutoscaler"), of(all, "ScaledObject")) {
		target := o.text("spec", "scaleTargetRef", "name")
		owners[target] = append(owners[target], o)
	}
	return owners
}

// Helm applies what it renders: a number of replicas would undo what the autoscaler has found, at every upgrade.
func TestNoReplicasWhereAnAutoscalerOwnsThem(t *testing.T) {
	scaled := map[string][]string{}
	each(t, func(t *testing.T, shape string, all []object) {
		owners := autoscalers(all)
		for _, o := range of(all, "Deployment") {
			if has := o.at("spec", "replicas") != nil; has != (len(owners[o.name()]) == 0) || len(owners[o.name()]) > 1 {
				t.Errorf("%v: replicas %v with %v", o, o.at("spec", "replicas"), owners[o.name()])
			}
		}
		scaled[shape] = slices.Sorted(maps.Keys(owners))
	})
	want := []string{"dispatch", "gateway", "notify", "tickets"}
	if diff := cmp.Diff(want, scaled["peak"]); diff != "" {
		t.Errorf("peak scales (-want +got):\n%s", diff)
	}
}

// dispatch follows the lag of the group and the topics that its code reads, never below the floor of the hour.
func TestDispatchFollowsItsLagAndTheClock(t *testing.T) {
	spec := find(t, render(t, "peak"), "ScaledObject", "dispatch").part("spec")
	var topics, want []string
	floors := 0
	for _, trigger := range spec.parts("triggers") {
		facts := trigger.part("metadata")
		switch trigger.text("type") {
		case "kafka":
			topics = append(topics, facts.text("topic"))
			if facts.text("consumerGroup") != bus.Group("peak", "dispatch") || facts.text("offsetResetPolicy") != "earliest" || facts.text("lagThreshold") != "50" {
				t.Errorf("trigger %v", facts)
			}
		case "cron":
			floors++
			if facts.text("timezone") != "Asia/Shanghai" {
				t.Errorf("trigger %v", facts)
			}
		}
	}
	for _, topic := range survey(t).Groups["dispatch"] {
		want = append(want, bus.Topic("peak", topic))
	}
	slices.Sort(topics)
	slices.Sort(want)
	if diff := cmp.Diff(slices.Compact(want), topics); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
	if floors != 2 || spec.text("minReplicaCount") != "1" || spec.text("fallback", "replicas") != "3" {
		t.Errorf("%d floors, %v", floors, spec)
	}
}

// Who asks a Kafka behind a lock for the lag is told how to get in, and the clock needs no way in.
func TestLagIsAskedForWithAuthentication(t *testing.T) {
	all := render(t, "peak", "--set", "global.kafka.accessSecret=way-to-kafka,dispatch.autoscaling.keda.authentication=keda-kafka")
	for _, trigger := range find(t, all, "ScaledObject", "dispatch").parts("spec", "triggers") {
		want := map[string]string{"kafka": "keda-kafka"}[trigger.text("type")]
		if got := trigger.text("authenticationRef", "name"); got != want {
			t.Errorf("a trigger of type %s has authentication %q, want %q", trigger.text("type"), got, want)
		}
	}
}

// Every reader that may scale by lag names the topics that its code reads.
func TestReadersNameTheirTopics(t *testing.T) {
	groups := survey(t).Groups
	for _, service := range services {
		if len(groups[service]) == 0 {
			continue
		}
		all := render(t, "small", "--set-json", service+`.autoscaling={"keda":{"min":1,"max":2,"lag":10}}`)
		var got, want []string
		for _, trigger := range find(t, all, "ScaledObject", service).parts("spec", "triggers") {
			if trigger.text("type") == "kafka" {
				got = append(got, trigger.text("metadata", "topic"))
			}
		}
		for _, topic := range groups[service] {
			want = append(want, bus.Topic("small", topic))
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", service, diff)
		}
	}
}

// Up as Kubernetes does it when nothing is said, which is at once and by four; down slowly, for districts go to others.
func TestScalingGrowsFastAndShrinksSlowly(t *testing.T) {
	all := render(t, "peak")
	for target, owners := range autoscalers(all) {
		spec := owners[0].part("spec")
		if owners[0].kind() == "ScaledObject" {
			spec = spec.part("advanced", "horizontalPodAutoscalerConfig")
		}
		up, down := spec.part("behavior")["scaleUp"], spec.parts("behavior", "scaleDown", "policies")[0]
		if up != nil || down.text("type") != "Pods" || down.text("value") != "1" {
			t.Errorf("%s: up %v, down %v", target, up, down)
		}
		if quiet, err := strconv.Atoi(spec.text("behavior", "scaleDown", "stabilizationWindowSeconds")); err != nil || quiet < 300 {
			t.Errorf("%s shrinks after %d s", target, quiet)
		}
	}
}
