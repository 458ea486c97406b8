package e2e_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linlihub/linli/e2e/harness"
)

// checks are what schemathesis holds every answer against: the document, and the rules of HTTP. What it cannot know, such as
// which ids there are and who may see them, is in the matrix of access_test.go.
const checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance," +
	"response_schema_conformance,unsupported_method,allow_header_conformance,ignored_auth"

// Whatever is sent, the answer is one that openapi.json tells of: schemathesis makes requests from the document, right and
// wrong ones, and sends them as an admin, a resident and a technician. It takes a minute, and has a target of its own: make check-api.
func TestEveryAnswerIsInTheDocument(t *testing.T) {
	p := harness.Start(t)
	p.OnDuty("t1")
	p.Offer(p.Open("p1", "plumbing").GetId())
	for who, token := range map[string]string{"admin": p.AdminToken(), "resident": p.Token("p1"), "technician": p.Token("t1")} {
		t.Run(who, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), filepath.Join("..", "tools", "schemathesis.sh"), "run", p.URL+"/openapi.json", "--url", p.URL,
				"--header", "Authorization: Bearer "+token, "--checks", checks, "--phases", "examples,coverage,fuzzing",
				"--exclude-path-regex", "/events$", // a stream does not end
				"--seed", "1", "--generation-deterministic", "--max-examples", "8", "--request-timeout", "10", "--continue-on-failure", "--no-color")
			command.Dir = t.TempDir()
			command.Path, _ = filepath.Abs(command.Path)
			out, err := command.CombinedOutput()
			if _, summary, found := strings.Cut(string(out), "Test cases:"); err == nil && found {
				t.Logf("test cases:%s", summary)
				return
			}
			t.Errorf("%v\n%s", err, out)
		})
	}
}
