package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	// statement tells SQL, whose keywords we write in capitals, from other words.
	statement = regexp.MustCompile(`(?s)^\s*(WITH\s|SELECT\s|INSERT\s|REPLACE\s|UPDATE\s|DELETE\s|CREATE\s|ALTER\s|DROP\s|PRAGMA\s)`)
	// dialect is what one of the two engines does not know, or knows otherwise. A constraint that waits for the commit is among
	// it: on SQLite others may share that commit (libs/store/group.go), and would fail with it.
	dialect = regexp.MustCompile(`(?i)::|\$[0-9]|->|\b(now|any)\s*\(|\b(serial|bigserial|autoincrement|pragma|ilike|glob|ifnull|jsonb?|timestamptz?|datetime|current_timestamp|` +
		`strftime|to_timestamp|array|unnest|skip\s+locked|for\s+update|insert\s+or|replace\s+into|without\s+rowid|rowid|ctid|generate_series|distinct\s+on|truncate|deferrable)\b`)
	// odd are column types that the engines do not share in meaning.
	odd = regexp.MustCompile(`(?i)\b(int|integer|smallint|real|double|float|numeric|decimal|varchar|char|blob|uuid|date|time)\b\s*(\(|,|\)|not|null|primary|default|unique|check|$)`)
	// aside is a comment to the end of the line.
	aside = regexp.MustCompile(`--[^\n]*`)
	// word is a quoted text inside a statement.
	word = regexp.MustCompile(`'[^']*'`)
)

// Only libs/store knows which engine answers, so SQL is written in what both understand.
func TestSQLIsPortable(t *testing.T) {
	check(t, func(s *source) bool { return s.in("services", "libs") && !s.in("libs/store") && !s.test }, portable)
	err := walk(func(name string, text []byte) error {
		if !strings.HasSuffix(name, ".sql") || strings.HasPrefix(name, "libs/store/") {
			return nil
		}
		for i, line := range strings.Split(aside.ReplaceAllString(string(text), ""), "\n") {
			for _, what := range append(dialectOf(line), odd.FindAllString(line, -1)...) {
				t.Errorf("%s:%d: %q is not portable: BIGINT, TEXT, BYTEA and BOOLEAN are", name, i+1, what)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func portable(s *source) (found []finding) {
	ast.Inspect(s.syntax, func(node ast.Node) bool {
		literal, ok := node.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil || !statement.MatchString(text) {
			return true
		}
		for _, what := range dialectOf(text) {
			found = append(found, s.at(literal, "%q is a word of one engine", what))
		}
		return true
	})
	return found
}

func dialectOf(sql string) []string {
	return dialect.FindAllString(word.ReplaceAllString(aside.ReplaceAllString(sql, ""), "''"), -1)
}

func TestSQLRuleSeesABreach(t *testing.T) {
	for sql, want := range map[string]int{
		"SELECT id FROM tickets_ticket WHERE id = ?":                              0,
		"INSERT INTO t (a) VALUES (?) ON CONFLICT (a) DO NOTHING":                 0,
		"UPDATE t SET a = ? WHERE b = ? RETURNING a":                              0,
		"SELECT a FROM t WHERE b = 'now() at first'":                              0,
		"SELECT a::text FROM t":                                                   1,
		"SELECT a FROM t WHERE b ILIKE ?":                                         1,
		"SELECT a FROM t WHERE b = $1":                                            1,
		"INSERT OR IGNORE INTO t VALUES (1)":                                      1,
		"DELETE FROM t WHERE at < now()":                                          1,
		"CREATE TABLE t (a TEXT REFERENCES u DEFERRABLE INITIALLY DEFERRED)":      1,
		"SELECT a->>'b' FROM t WHERE id IN (SELECT id FROM u FOR UPDATE)":         2,
		"Select a technician from the list; now() and :: are only words in prose": 0,
	} {
		if got := findings(t, portable, "services/hr/store/store.go", fmt.Sprintf("package store\nconst q = %q\n", sql)); len(got) != want {
			t.Errorf("%s: %q", sql, got)
		}
	}
}
