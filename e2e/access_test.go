package e2e_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linlihub/linli/libs/authz"

	"github.com/linlihub/linli/e2e/harness"
)

// operation is one of openapi.json, which is made from the protos.
type operation struct {
	ID          string `json:"operationId"`
	Permission  string `json:"x-linli-permission"`
	Idempotency string `json:"x-linli-idempotency"`
	Reveals     bool   `json:"x-linli-reveals"`

	method, path string
}

func (o operation) safe() bool { return o.Idempotency == "safe" }

// mayAsk says whether a role of the caller holds the operation's permission.
func (o operation) mayAsk(c visitor) bool {
	switch o.Permission {
	case "public":
		return true
	case "self":
		return c.role != ""
	}
	return slices.Contains(authz.Permissions(c.role), o.Permission)
}

// Every operation of the document is asked by one of each role, of those whose thing it is and of those whose it is not
// (BOLA, OWASP API1:2023). Whom it is not for is told so, or answered as of a thing that nobody knows; nothing is told on the
// side and nothing changes. The rows are in access_rows_test.go.
func TestWhoMayDoWhatToWhoseThings(t *testing.T) {
	tn := newTown(t)
	operations, asked := operationsOf(t, tn.Platform), map[string]bool{}
	for _, r := range accessRows() {
		o, known := operations[r.op]
		if !known {
			t.Errorf("there is no operation %s", r.op)
			continue
		}
		asked[r.op] = asked[r.op] || r.reach != ""
		tn.check(o, r)
	}
	for id := range operations {
		if !asked[id] {
			t.Errorf("no row says who may ask for %s", id)
		}
	}
	t.Logf("%d operations, %d callers, %d requests", len(operations), len(visitors), tn.requests)
}

// Every role has its caller in the matrix; a new one needs one.
func TestEveryRoleIsInTheMatrix(t *testing.T) {
	for _, role := range authz.Roles() {
		if !slices.ContainsFunc(visitors, func(c visitor) bool { return c.role == role }) {
			t.Errorf("nobody of the matrix is a %s", role)
		}
	}
}

func operationsOf(t *testing.T, p *harness.Platform) map[string]operation {
	t.Helper()
	var document struct {
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal(p.Send(http.MethodGet, "/openapi.json", "", nil).Body, &document); err != nil {
		t.Fatal(err)
	}
	all := map[string]operation{}
	for path, operations := range document.Paths {
		for method, o := range operations {
			o.method, o.path = strings.ToUpper(method), path
			all[o.ID] = o
		}
	}
	return all
}

// check asks for one row: first those whom it is not for, who must change nothing, then the others.
func (tn *town) check(o operation, r row) {
	tn.t.Helper()
	if r.before != nil {
		r.before(tn)
	}
	var before map[string]string
	if !o.safe() {
		before = tn.census()
	}
	for _, c := range visitors {
		if !r.isFor(c, o) {
			tn.refused(c, o, r)
		}
	}
	if !o.safe() {
		if diff := cmp.Diff(before, tn.census()); diff != "" {
			tn.t.Errorf("%s: who was refused has changed something (-before +after):\n%s", o.ID, diff)
		}
	}
	if r.between != nil {
		r.between(tn)
	}
	tn.performed(o, r)
}

// refused asks for what is not the caller's.
func (tn *town) refused(c visitor, o operation, r row) {
	tn.t.Helper()
	foreign, unknown := tn.ask(c, o, r, nil), tn.ask(c, o, r, new("none"))
	switch {
	case c.role == "":
		if foreign.Status != http.StatusUnauthorized || foreign.Problem().Code != "unauthenticated" {
			tn.t.Errorf("%s: without a token: %d %s", o.ID, foreign.Status, foreign.Body)
		}
	case !o.mayAsk(c) && foreign.Status != http.StatusForbidden && foreign.Status != http.StatusNotFound:
		tn.t.Errorf("%s: %s, whose role may not: %d %s", o.ID, c.name, foreign.Status, foreign.Body)
	case !o.safe() && !r.harmless && foreign.Status < http.StatusBadRequest:
		tn.t.Errorf("%s: %s, whose it is not, succeeds: %d %s", o.ID, c.name, foreign.Status, foreign.Body)
	case foreign.Status >= http.StatusInternalServerError:
		tn.t.Errorf("%s: %s: %d %s", o.ID, c.name, foreign.Status, foreign.Body)
	}
	if a, b := tn.nameless(foreign), tn.nameless(unknown); a != b {
		tn.t.Errorf("%s: %s can tell what is foreign from what is unknown:\n%s\n%s", o.ID, c.name, a, b)
	}
}

// performed asks for what is the caller's. The first must succeed, which shows that the others were not refused for a mistake
// in the row; the rest may come too late, as for what can be done only once.
func (tn *town) performed(o operation, r row) {
	tn.t.Helper()
	first := true
	for _, c := range r.inOrder(o) {
		answer := tn.ask(c, o, r, nil)
		if r.ifMatch && first && answer.Status == http.StatusPreconditionFailed { // a window of arrival moved in between
			tn.Eventually("the version is the present one", func() error {
				answer = tn.ask(c, o, r, nil)
				return answer.refusedAs(http.StatusPreconditionFailed)
			})
		}
		late := slices.Contains([]int{http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusTooManyRequests}, answer.Status)
		switch done := answer.Status/100 == 2; {
		case !done && (first || r.reach == whoeverMay || !late):
			tn.t.Errorf("%s: %s, whose it is, is refused: %d %s", o.ID, c.name, answer.Status, answer.Body)
		case done && r.after != nil:
			r.after(tn, answer)
		}
		first = false
	}
}

// ask sends the row's request, about what it is about, or with instead for each of its ids, and sees that the answer tells
// the caller nothing on the side.
func (tn *town) ask(c visitor, o operation, r row, instead *string) reply {
	tn.t.Helper()
	tn.requests++
	headers := []string{"Content-Type", "application/json"}
	if r.ifMatch {
		headers = append(headers, "If-Match", tn.etag())
	}
	if r.anyVersion {
		headers = append(headers, "If-Match", "*")
	}
	answer := tn.Send(o.method, fill(o.path, tn.ids, instead)+tn.insert(r.query, instead), tn.tokens[c.letter], []byte(tn.insert(r.body, instead)), headers...)
	if found := personal.FindSubmatch(answer.Body); found != nil && !o.Reveals {
		tn.t.Errorf("%s: %s reads %s", o.ID, c.name, found[1])
	}
	for secret, letters := range tn.secrets {
		if strings.Contains(string(answer.Body), secret) && !strings.Contains(letters, c.letter) {
			tn.t.Errorf("%s: %s reads %s: %d %s", o.ID, c.name, secret, answer.Status, answer.Body)
		}
	}
	return reply{answer}
}

// insert puts ids into a query or a body: {homes} becomes h1.
func (tn *town) insert(text string, instead *string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		id, known := tn.ids[name[1:len(name)-1]]
		switch {
		case !known:
			return name
		case instead != nil:
			return *instead
		}
		return id
	})
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

// nameless is an answer without what is of this request only, and without the long ids that it repeats.
func (tn *town) nameless(a reply) string {
	text := plain(a.Answer)
	for _, id := range tn.ids {
		if len(id) > len("none")*2 {
			text = strings.ReplaceAll(text, id, "none")
		}
	}
	return text
}
