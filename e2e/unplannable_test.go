package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// What no board could plan with is refused at the edge, and the answer names the field; the board stays as it was.
func TestWhatCannotBePlannedIsRefusedByItsField(t *testing.T) {
	p := harness.Start(t)
	tokens := map[string]string{"admin": p.AdminToken(), "m1": p.Token("m1"), "t1": p.Token("t1")}
	staff := func(part string) string {
		return fmt.Sprintf(`{"staff":[{"employee":{"id":"t1","name":"1号师傅","roles":["technician"],%s}}]}`, part)
	}
	board := func() *dispatchv1.Board {
		return got(harness.Boards(p.Staff("m1")).Get(p.Context(), &dispatchv1.GetBoardRequest{DistrictId: "d1"})).ok(t)
	}
	before := len(board().GetTechnicians())
	for name, c := range map[string]struct{ who, path, body, code, field string }{
		"a position that is no number": {"t1", "/v1/positions", `{"point":{"lat":"NaN","lon":120}}`, "invalid", "point.lat"},
		"a position beyond everything": {"t1", "/v1/positions", `{"point":{"lat":30,"lon":"-Infinity"}}`, "invalid", "point.lon"},
		"a base that is no number":     {"admin", "/v1/staff:import", staff(`"base":{"lat":"NaN","lon":120}`), "invalid", "staff[0].employee.base.lat"},
		"a district twice":             {"admin", "/v1/staff:import", staff(`"district_ids":["d1","d2","d1"]`), "invalid", "staff[0].employee.district_ids"},
		"fewer visits a day than none": {"admin", "/v1/staff:import", staff(`"daily_cap":-1`), "invalid", "staff[0].employee.daily_cap"},
		"a shift before the day":       {"admin", "/v1/staff:import", staff(`"shifts":[{"weekday":1,"start_minute":-5,"end_minute":60}]`), "invalid", "staff[0].employee.shifts[0].start_minute"},
		"a district that helps itself": {"m1", "/v1/boards/d1:help", `{"helper_ids":["d1"]}`, "dispatch.help_circle", "helper_ids[0]"},
		"a helper nobody knows":        {"m1", "/v1/boards/d1:help", `{"helper_ids":["d2","d999"]}`, "dispatch.helper_unknown", "helper_ids[1]"},
		"a helper twice":               {"m1", "/v1/boards/d1:help", `{"helper_ids":["d2","d2"]}`, "dispatch.helper_twice", "helper_ids[1]"},
	} {
		answer := p.Send(http.MethodPost, c.path, tokens[c.who], []byte(c.body), "Content-Type", "application/json", "If-Match", "*")
		problem := answer.Problem()
		var fields []string
		for _, wrong := range problem.Errors {
			fields = append(fields, wrong.Field)
		}
		if answer.Status != http.StatusBadRequest || problem.Code != c.code || !slices.Equal(fields, []string{c.field}) {
			t.Errorf("%s: %d %s names %v, want %s: %.300s", name, answer.Status, problem.Code, fields, c.field, answer.Body)
		}
	}
	if after := board(); len(after.GetTechnicians()) != before || len(after.GetHelperIds()) != 0 {
		t.Errorf("the board has changed: %v", after)
	}
}
