package store

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRebind(t *testing.T) {
	for query, want := range map[string]string{
		``:                                       ``,
		`SELECT 1`:                               `SELECT 1`,
		`?`:                                      `$1`,
		`a = ? AND b = ?`:                        `a = $1 AND b = $2`,
		`a = '?' AND b = ?`:                      `a = '?' AND b = $1`,
		`a = 'it''s ?' AND b = ?`:                `a = 'it''s ?' AND b = $1`,
		`SELECT "why?" WHERE a = ?`:              `SELECT "why?" WHERE a = $1`,
		`SELECT "a""?" WHERE a = ?`:              `SELECT "a""?" WHERE a = $1`,
		"a = ? -- really?\nAND b = ?":            "a = $1 -- really?\nAND b = $2",
		`a = ? -- '`:                             `a = $1 -- '`,
		`a /* ? /* ? */ ? */ = ?`:                `a /* ? /* ? */ ? */ = $1`,
		`a - ? * ? / ?`:                          `a - $1 * $2 / $3`,
		`a = 'never closed ?`:                    `a = 'never closed ?`,
		`a = /* never closed ?`:                  `a = /* never closed ?`,
		`标题 = ? OR 标题 = '？?'`:                    `标题 = $1 OR 标题 = '？?'`,
		strings.Repeat("?", 11):                  `$1$2$3$4$5$6$7$8$9$10$11`,
		`/**/?`:                                  `/**/$1`,
		`/*/?*/?`:                                `/*/?*/$1`,
		`'' ? '' ?`:                              `'' $1 '' $2`,
		"--\n?":                                  "--\n$1",
		`json ->> '$.a?b' = ? AND '--' <> ? --?`: `json ->> '$.a?b' = $1 AND '--' <> $2 --?`,
	} {
		if got := rebind(query); got != want {
			t.Errorf("%q\n got %q\nwant %q", query, got, want)
		}
	}
}

// TestRebindProperty puts statements together from pieces of which it knows what they are.
func TestRebindProperty(t *testing.T) {
	inert := rapid.SampledFrom([]string{
		"SELECT a ", ", ", "标题 = ", " AND ", "'?'", "''", "'it''s -- ?'", "'/* ?'", `"?"`, `"a""?"`, "-- ?\n", "-- '\n", "/* ? */", "/* /* ' */ ? */", "(", ")", " - ", " / ",
	})
	rapid.Check(t, func(t *rapid.T) {
		var query, want strings.Builder
		n := 0
		for range rapid.IntRange(0, 20).Draw(t, "pieces") {
			if rapid.Bool().Draw(t, "placeholder") {
				n++
				query.WriteString("?")
				want.WriteString("$" + strconv.Itoa(n))
			} else {
				piece := inert.Draw(t, "piece") + " " // two literals must not touch and become one
				query.WriteString(piece)
				want.WriteString(piece)
			}
		}
		var r rebinder
		for range 2 { // the second is remembered
			if got := r.rebind(query.String()); got != want.String() {
				t.Fatalf("%q\n got %q\nwant %q", query.String(), got, want.String())
			}
		}
	})
}

func TestRebinderForgets(t *testing.T) {
	var r rebinder
	for i := range 3 * remembered {
		r.rebind("? " + strconv.Itoa(i))
	}
	if len(r.seen) > remembered {
		t.Errorf("remembers %d statements", len(r.seen))
	}
}

// FuzzRebind checks on any text that nothing but placeholders changes: taking the numbers away gives the text back.
func FuzzRebind(f *testing.F) {
	for _, seed := range []string{`a = ?`, `'?`, `"?" ? -- ?`, "/* /* ? */", "-", "/", "'?", "?\xff?"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if strings.Contains(query, "$") {
			t.Skip("numbers of its own")
		}
		bound := rebind(query)
		var back strings.Builder
		n := 0
		for rest := bound; rest != ""; {
			if number := "$" + strconv.Itoa(n+1); strings.HasPrefix(rest, number) {
				back.WriteByte('?')
				rest, n = rest[len(number):], n+1
				continue
			}
			back.WriteByte(rest[0])
			rest = rest[1:]
		}
		if back.String() != query {
			t.Fatalf("%q became %q", query, bound)
		}
	})
}
