package charts_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each profile of skaffold.yaml builds every image that its release runs, and hands each of them over.
func TestSkaffoldHandsOverWhatItBuilds(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "skaffold.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	profiles := parse(t, string(text))[0].parts("profiles")
	for _, profile := range profiles {
		release := profile.part("deploy", "helm").parts("releases")[0]
		args := []string{}
		for _, file := range release.texts("valuesFiles") {
			args = append(args, "--values", filepath.Join(root, file))
		}
		for key, value := range release.part("setValues") {
			args = append(args, "--set", key+"="+(object{"v": value}).text("v"))
		}
		for key, value := range release.part("setValueTemplates") {
			args = append(args, "--set-literal", key+"="+(object{"v": value}).text("v"))
		}
		var built, used []string
		for _, artifact := range profile.parts("build", "artifacts") {
			name := filepath.Base(artifact.text("image"))
			if artifact.text("docker", "buildArgs", "SERVICE") != name {
				t.Errorf("%s: %v builds another service", profile.text("name"), artifact)
			}
			built = append(built, "{{.IMAGE_FULLY_QUALIFIED_linli_"+name+"}}")
		}
		for _, o := range template(t, filepath.Join(root, release.text("chartPath")), args...) {
			for _, c := range o.pod().parts("containers") {
				used = append(used, c.text("image"))
			}
		}
		slices.Sort(built)
		slices.Sort(used)
		if diff := cmp.Diff(built, slices.Compact(used)); diff != "" {
			t.Errorf("profile %s (-built +used):\n%s", profile.text("name"), diff)
		}
	}
	if len(profiles) != 2 {
		t.Errorf("%d profiles", len(profiles))
	}
}
