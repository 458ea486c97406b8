// Package charts_test holds the charts against the code and against what Kubernetes asks, without a cluster.
package charts_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const (
	root  = "../.."
	linli = root + "/charts/linli"
)

// shapes are the values that must render; each has a file in charts/linli/ci.
var shapes = []string{"allinone", "small", "split", "peak"}

// services are those that are processes of their own; each has a chart.
var services = []string{"identity", "residents", "hr", "tickets", "dispatch", "notify", "gateway"}

// aboutLinks is what Helm says of every link in a chart.
var aboutLinks = regexp.MustCompile(`(?m)^level=INFO msg="found symbolic link.*\n`)

// helm runs the pinned Helm, and answers what it says when it succeeds and when it does not.
func helm(t *testing.T, args ...string) (out, refusal string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), root+"/tools/helm.sh", args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if exit := (&exec.ExitError{}); err != nil && !errors.As(err, &exit) {
		t.Fatalf("helm %v: %v", args, err)
	}
	if err != nil {
		return stdout.String(), aboutLinks.ReplaceAllString(stdout.String()+stderr.String(), "")
	}
	return stdout.String(), ""
}

func values(shape string) string { return filepath.Join(linli, "ci", shape+"-values.yaml") }

// render answers the objects of a shape in the namespace and release "spring".
func render(t *testing.T, shape string, args ...string) []object {
	t.Helper()
	return template(t, linli, append([]string{"--values", values(shape)}, args...)...)
}

func template(t *testing.T, chart string, args ...string) []object {
	t.Helper()
	out, refusal := helm(t, append([]string{"template", "spring", chart, "--namespace", "spring"}, args...)...)
	if refusal != "" {
		t.Fatalf("%s is refused: %s", chart, refusal)
	}
	return parse(t, out)
}

func parse(t *testing.T, text string) (all []object) {
	t.Helper()
	for documents := yaml.NewDecoder(strings.NewReader(text)); ; {
		var content object
		err := documents.Decode(&content)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("not YAML: %v", err)
		}
		if content != nil {
			all = append(all, content)
		}
	}
}

// object is a manifest, or a part of one.
type object map[string]any

func (o object) kind() string   { return o.text("kind") }
func (o object) name() string   { return o.text("metadata", "name") }
func (o object) String() string { return o.kind() + "/" + o.name() }

// at answers what is at a path, or nil.
func (o object) at(path ...string) any {
	var here any = o
	for _, key := range path {
		part, ok := here.(object)
		if !ok {
			return nil
		}
		here = part[key]
	}
	return here
}

func (o object) text(path ...string) string {
	if here := o.at(path...); here != nil {
		return fmt.Sprint(here)
	}
	return ""
}

func (o object) part(path ...string) object {
	part, _ := o.at(path...).(object)
	return part
}

// parts answers the objects of a list.
func (o object) parts(path ...string) (all []object) {
	list, _ := o.at(path...).([]any)
	for _, item := range list {
		if part, ok := item.(object); ok {
			all = append(all, part)
		}
	}
	return all
}

// texts answers a list of words.
func (o object) texts(path ...string) (all []string) {
	list, _ := o.at(path...).([]any)
	for _, item := range list {
		all = append(all, fmt.Sprint(item))
	}
	return all
}

func of(all []object, kind string) (some []object) {
	for _, o := range all {
		if o.kind() == kind {
			some = append(some, o)
		}
	}
	return some
}

func find(t *testing.T, all []object, kind, name string) object {
	t.Helper()
	for _, o := range of(all, kind) {
		if o.name() == name {
			return o
		}
	}
	t.Fatalf("there is no %s %s", kind, name)
	return nil
}

// pod is the specification of the pods of an object, or nil if it has none.
func (o object) pod() object {
	if o.kind() == "Pod" {
		return o.part("spec")
	}
	return o.part("spec", "template", "spec")
}

// podLabels are those that policies see.
func (o object) podLabels() object {
	if o.kind() == "Pod" {
		return o.part("metadata", "labels")
	}
	return o.part("spec", "template", "metadata", "labels")
}

// selects says whether a selector of labels fits.
func selects(selector, labels object) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return true
}
