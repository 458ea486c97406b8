package policy

import (
	"errors"
	"strings"
	"testing"
)

// What a policy says of crews is what is meant, and a typing error stops the start of the service.
func TestParse_Crews(t *testing.T) {
	for text, want := range map[string]struct {
		crew Crew
		ok   bool
	}{
		`{"hands": 2}`:                        {Crew{2, false}, true},
		`{"hands": 2, "second": "anybody"}`:   {Crew{2, false}, true},
		`{"hands": 2, "second": "certified"}`: {Crew{2, true}, true},
		`{"hands": 1}`:                        {Crew{1, false}, true},
		`{}`:                                  {Crew{1, false}, true},
		`{"hands": 0}`:                        {},
		`{"hands": 3}`:                        {},
		`{"hands": -2}`:                       {},
		`{"hands": 1.5}`:                      {},
		`{"hands": 2, "second": "a friend"}`:  {},
		`{"second": "certified"}`:             {},
		`{"hand": 2}`:                         {},
	} {
		book, err := Parse([]byte(strings.Replace(string(builtIn), `{"hands": 2, "second": "anybody"}`, text, 1)))
		switch {
		case !want.ok && !errors.Is(err, ErrInvalid):
			t.Errorf("%s: %v", text, err)
		case want.ok && err != nil:
			t.Errorf("%s: %v", text, err)
		case want.ok:
			p, _ := book.InForce(Standard, moment("2025-03-24 09:00"))
			if got := p.Crews["lift"]; got != want.crew || got.Two() != (want.crew.Hands == 2) {
				t.Errorf("%s: %+v", text, got)
			}
		}
	}
}
