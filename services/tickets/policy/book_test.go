package policy

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/fault"
)

// The days are copied one by one from the two notices of the State Council, apart from the stretches in policies.json.
func TestDefault_HolidaysAreThoseOfTheStateCouncil(t *testing.T) {
	off := dates(
		"2025-01-01", "2025-01-28", "2025-01-29", "2025-01-30", "2025-01-31", "2025-02-01", "2025-02-02", "2025-02-03", "2025-02-04",
		"2025-04-04", "2025-04-05", "2025-04-06", "2025-05-01", "2025-05-02", "2025-05-03", "2025-05-04", "2025-05-05",
		"2025-05-31", "2025-06-01", "2025-06-02",
		"2025-10-01", "2025-10-02", "2025-10-03", "2025-10-04", "2025-10-05", "2025-10-06", "2025-10-07", "2025-10-08",
		"2026-01-01", "2026-01-02", "2026-01-03",
		"2026-02-15", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-21", "2026-02-22", "2026-02-23",
		"2026-04-04", "2026-04-05", "2026-04-06", "2026-05-01", "2026-05-02", "2026-05-03", "2026-05-04", "2026-05-05",
		"2026-06-19", "2026-06-20", "2026-06-21", "2026-09-25", "2026-09-26", "2026-09-27",
		"2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04", "2026-10-05", "2026-10-06", "2026-10-07",
	)
	makeUp := dates("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
		"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
	hours := map[Date]time.Duration{}
	for _, d := range off {
		hours[d] = 0
	}
	for _, d := range makeUp {
		if wd := d.Start().Weekday(); wd != time.Saturday && wd != time.Sunday {
			t.Errorf("make-up workday %s is a %s", d, wd)
		}
		hours[d] = 8*time.Hour + 30*time.Minute
	}
	c := standard(t).Calendar
	for d := date("2025-01-01"); d.Year < 2027; d = d.Next() {
		want, special := hours[d]
		if !special {
			want = map[bool]time.Duration{true: 6 * time.Hour, false: 8*time.Hour + 30*time.Minute}[weekend(d)]
		}
		if got := c.Between(d.Start(), d.Next().Start()); got != want {
			t.Errorf("%s works %v, want %v", d, got, want)
		}
	}
	if !c.KnowsYear(2025) || !c.KnowsYear(2026) || c.KnowsYear(2031) {
		t.Error("known years are not 2025 and 2026")
	}
}

func TestRule1_P1RunsRoundTheClock(t *testing.T) {
	p := standard(t)
	midnight := moment("2026-02-17 00:00") // the first day of the lunar year
	if due := p.Hours(P1).Add(midnight, p.Target(P1).Response); !due.Equal(midnight.Add(5 * time.Minute)) {
		t.Errorf("P1 is due %v", due)
	}
	if due := p.Hours(P3).Add(midnight, p.Target(P3).Response); !due.Equal(moment("2026-02-24 08:30")) {
		t.Errorf("P3 is due %v", due)
	}
}

func TestRule3_DefaultEscalation(t *testing.T) {
	p := standard(t)
	for level, want := range map[int]Step{50: {50, Dispatcher, false}, 80: {80, Manager, false}, 100: {100, DutyLead, true}} {
		if got, ok := p.Step(level); !ok || got != want {
			t.Errorf("at %d %%: %+v", level, got)
		}
	}
	if _, ok := p.Step(60); ok {
		t.Error("a step nobody wrote")
	}
}

func TestBook_VersionsAreKeptAndPinned(t *testing.T) {
	text := edit(t, func(doc map[string]any) {
		policies := doc["policies"].([]any)
		next := copyOf(t, policies[0])
		next["version"], next["valid_from"] = 2, "2026-01-01"
		doc["policies"] = append(policies, next)
	})
	book, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for when, version := range map[string]int{"2019-01-01 00:00": 1, "2025-12-31 23:59": 1, "2026-01-01 00:00": 2, "2030-01-01 00:00": 2} {
		p, err := book.InForce(Standard, moment(when))
		if err != nil || p.Version != version {
			t.Errorf("at %s version %v, %v", when, p, err)
		}
	}
	if p, err := book.Get(Ref{Standard, 1}); err != nil || p.Version != 1 {
		t.Errorf("the pinned version is lost: %v", err)
	}
	if _, err := book.Get(Ref{Standard, 3}); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown version: %v", err)
	}
	if _, err := book.InForce("gold", moment("2026-01-01 00:00")); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown policy: %v", err)
	}
	if len(book.All()) != 2 {
		t.Errorf("%d versions", len(book.All()))
	}
}

func TestParse_Refuses(t *testing.T) {
	policy := func(change func(p map[string]any)) func(map[string]any) {
		return func(doc map[string]any) { change(doc["policies"].([]any)[0].(map[string]any)) }
	}
	calendar := func(change func(c map[string]any)) func(map[string]any) {
		return func(doc map[string]any) { change(doc["calendars"].([]any)[0].(map[string]any)) }
	}
	target := func(name, key string, value any) func(map[string]any) {
		return policy(func(p map[string]any) { p["targets"].(map[string]any)[name].(map[string]any)[key] = value })
	}
	for name, change := range map[string]func(map[string]any){
		"rule 1: no window":              calendar(func(c map[string]any) { c["week"] = map[string]any{} }),
		"an unknown weekday":             calendar(func(c map[string]any) { c["week"].(map[string]any)["funday"] = []string{} }),
		"make-up days without a pattern": calendar(func(c map[string]any) { c["make_up_as"] = "" }),
		"holidays without a citation":    calendar(func(c map[string]any) { c["years"].([]any)[0].(map[string]any)["citation"] = "" }),
		"holidays of another year":       calendar(func(c map[string]any) { c["years"].([]any)[0].(map[string]any)["year"] = 2024 }),
		"a day that does not exist": calendar(func(c map[string]any) {
			c["years"].([]any)[0].(map[string]any)["make_up_workdays"] = []string{"2025-02-30"}
		}),
		"a time that does not exist": calendar(func(c map[string]any) { c["week"].(map[string]any)["mon"] = []string{"08:00-25:00"} }),
		"two calendars of one name":  func(doc map[string]any) { c := doc["calendars"].([]any); doc["calendars"] = append(c, c[0]) },
		"an unknown calendar":        policy(func(p map[string]any) { p["calendar"] = "moon" }),
		"no citation":                policy(func(p map[string]any) { p["citation"] = "" }),
		"no id":                      policy(func(p map[string]any) { p["id"] = "" }),
		"version 0":                  policy(func(p map[string]any) { p["version"] = 0 }),
		"a priority without targets": policy(func(p map[string]any) { delete(p["targets"].(map[string]any), "P3") }),
		"an unknown priority":        policy(func(p map[string]any) { p["targets"].(map[string]any)["P9"] = map[string]any{} }),
		"P1 in office hours":         target("P1", "round_the_clock", false),
		"arrival before response":    target("P2", "arrival", "1m"),
		"a duration without unit":    target("P2", "arrival", "30"),
		"levels that fall":           policy(func(p map[string]any) { e := p["escalation"].([]any); p["escalation"] = []any{e[1], e[0]} }),
		"an unknown role":            policy(func(p map[string]any) { p["escalation"].([]any)[0].(map[string]any)["tell"] = "mayor" }),
		"nobody may open":            policy(func(p map[string]any) { p["limits"] = map[string]any{"per_day": 0, "identical": 0} }),
		"no auto-close":              policy(func(p map[string]any) { delete(p, "auto_close_after") }),
		"a misspelt name":            policy(func(p map[string]any) { p["reopen_wihtin"] = "1h" }),
		"a version twice":            func(doc map[string]any) { p := doc["policies"].([]any); doc["policies"] = append(p, p[0]) },
		"a version valid before its forerunner": func(doc map[string]any) {
			p := doc["policies"].([]any)
			next := copyOf(t, p[0])
			next["version"], next["valid_from"] = 2, "2024-01-01"
			doc["policies"] = append(p, next)
		},
		"no policy": func(doc map[string]any) { doc["policies"] = []any{} },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(edit(t, change))
			if !errors.Is(err, ErrInvalid) || strings.Contains(fault.TextOf(err, fault.ZH), "…") {
				t.Errorf("Parse answers %v", err)
			}
		})
	}
	for name, text := range map[string]string{"nothing": "", "broken": "{", "two documents": "{}{}", "a list": "[]"} {
		if _, err := Parse([]byte(text)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(builtIn)
	f.Add([]byte(`{"calendars":[{"id":"a","week":{"mon":["00:00-24:00"]}}],"policies":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		book, err := Parse(data)
		if err != nil {
			return
		}
		for _, p := range book.All() {
			from := moment("2025-01-01 00:00")
			for _, priority := range Priorities() {
				hours, target := p.Hours(priority), p.Target(priority).Resolution
				if got := hours.Between(from, hours.Add(from, target)); got != target {
					t.Fatalf("%s %s: %v of %v", p.Ref, priority, got, target)
				}
			}
		}
	})
}

func TestTextForms(t *testing.T) {
	for _, text := range []string{`"08:00-12:00"`, `"00:00-24:00"`} {
		var w Window
		if err := json.Unmarshal([]byte(text), &w); err != nil {
			t.Fatal(err)
		}
		if back, _ := json.Marshal(w); string(back) != text {
			t.Errorf("%s became %s", text, back)
		}
	}
	var d Date
	if err := json.Unmarshal([]byte(`"2026-02-15"`), &d); err != nil {
		t.Fatal(err)
	}
	if back, _ := json.Marshal(d); string(back) != `"2026-02-15"` {
		t.Errorf("date became %s", back)
	}
}

func standard(t *testing.T) *Policy {
	t.Helper()
	p, err := Default().InForce(Standard, moment("2026-11-01 00:00"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func weekend(d Date) bool {
	day := d.Start().Weekday()
	return day == time.Saturday || day == time.Sunday
}

// edit changes one thing in the built-in book.
func edit(t *testing.T, change func(map[string]any)) []byte {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(builtIn, &doc); err != nil {
		t.Fatal(err)
	}
	change(doc)
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func copyOf(t *testing.T, value any) map[string]any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}
