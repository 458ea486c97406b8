package charts_test

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/linlihub/linli/services/allinone/check"
	"github.com/linlihub/linli/services/allinone/modules"
	"github.com/linlihub/linli/services/allinone/prepare"
)

func TestHelmFindsNothingToComplainAbout(t *testing.T) {
	for _, shape := range shapes {
		if _, refusal := helm(t, "lint", "--strict", "--quiet", linli, "--values", values(shape)); refusal != "" {
			t.Errorf("%s: %s", shape, refusal)
		}
	}
}

// Every field is one that Kubernetes knows, as an API server with strict validation says.
func TestKubernetesKnowsEveryField(t *testing.T) {
	var all bytes.Buffer
	for _, shape := range shapes {
		out, refusal := helm(t, "template", "spring", linli, "--namespace", "spring", "--values", values(shape))
		if refusal != "" {
			t.Fatal(refusal)
		}
		all.WriteString("\n---\n" + out)
	}
	if said, err := objects(t, all.String()); err != nil || !strings.Contains(said, "objects as Kubernetes knows them") {
		t.Errorf("%v: %s", err, said)
	}
	for wrong, want := range map[string]string{
		strings.Replace(all.String(), "readOnlyRootFilesystem:", "readOnlyRoot:", 1):              "readOnlyRoot",
		strings.Replace(all.String(), "terminationGracePeriodSeconds: 45", "replicas: 1", 1):      "replicas",
		strings.Replace(all.String(), "terminationGracePeriodSeconds: 45", "hostname: [a, b]", 1): "hostname",
	} {
		if said, err := objects(t, wrong); err == nil || !strings.Contains(said, want) {
			t.Errorf("a wrong %s is taken: %s", want, said)
		}
	}
}

// objects runs the command of that name of tools/helm.
func objects(t *testing.T, manifests string) (said string, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "-C", root+"/tools/helm", "run", "./objects")
	command.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	command.Stdin = strings.NewReader(manifests)
	out, err := command.CombinedOutput()
	return string(out), err
}

// The pages answer under the name of the company, by its certificate.
func TestTheEdgeHasAName(t *testing.T) {
	all := render(t, "peak")
	rule := find(t, all, "Ingress", "gateway").part("spec")
	backend := rule.parts("rules")[0].parts("http", "paths")[0].part("backend", "service")
	if rule.parts("rules")[0].text("host") != "peak.example.com" || rule.parts("tls")[0].text("secretName") != "peak-tls" || backend.text("name") != "gateway" {
		t.Errorf("%v", rule)
	}
	for _, shape := range []string{"small", "split", "allinone"} {
		if unasked := of(render(t, shape), "Ingress"); len(unasked) > 0 {
			t.Errorf("%s: %v", shape, unasked)
		}
	}
}

// A service can be installed alone, with what all services are told.
func TestAServiceCanBeInstalledAlone(t *testing.T) {
	for _, service := range services {
		all := template(t, root+"/charts/"+service, "--values", "testdata/alone-values.yaml")
		if o := find(t, all, "Deployment", service); o.text("spec", "replicas") != "2" {
			t.Errorf("%v", o)
		}
	}
}

// Jobs and the check run commands that linli has.
func TestHooksAreCommandsOfLinli(t *testing.T) {
	var commands []string
	for _, shape := range shapes {
		for _, o := range render(t, shape) {
			if o.kind() != "Job" && o.kind() != "Pod" {
				continue
			}
			c := o.pod().parts("containers")[0]
			for _, e := range c.parts("env") {
				t.Setenv(e.text("name"), "x")
			}
			cli := struct {
				Prepare prepare.Command `cmd:""`
				Check   check.Command   `cmd:""`
			}{Prepare: prepare.For(modules.All()...)}
			parser, err := kong.New(&cli)
			if err != nil {
				t.Fatal(err)
			}
			run, err := parser.Parse(c.texts("args"))
			if err != nil {
				t.Fatalf("%v: %v", o, err)
			}
			commands = append(commands, run.Command())
		}
	}
	slices.Sort(commands)
	want := "check prepare all"
	if got := strings.Join(slices.Compact(commands), " "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What the jobs need is there before them, and they come before what needs them.
func TestHooksComeInOrder(t *testing.T) {
	all := render(t, "split")
	notes := find(t, all, "Job", "prepare").part("metadata", "annotations")
	if notes.text("helm.sh/hook") != "pre-install,pre-upgrade" || notes.text("helm.sh/hook-weight") != "0" {
		t.Errorf("the job: %v", notes)
	}
	if notes.text("helm.sh/hook-output-log-policy") != "hook-failed" {
		t.Error("when the job fails, nobody hears why")
	}
	notes = find(t, all, "NetworkPolicy", "prepare").part("metadata", "annotations")
	if notes.text("helm.sh/hook") != "pre-install,pre-upgrade" || notes.text("helm.sh/hook-weight") != "-10" {
		t.Errorf("the policy of the jobs: %v", notes)
	}
}
