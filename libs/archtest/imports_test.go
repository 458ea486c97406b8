package archtest

import (
	"slices"
	"strings"
	"testing"
)

// A service knows other services by their protos only; a library knows no service. allinone, the journeys and the tools
// put everything together.
func TestBoundaries(t *testing.T) {
	check(t, func(s *source) bool { return s.in("libs", "services", "proto", "web") }, boundaries)
}

func boundaries(s *source) (found []finding) {
	for _, spec := range s.syntax.Imports {
		imported, ours := strings.CutPrefix(importPath(spec), module+"/")
		if !ours {
			continue
		}
		other := serviceOf(imported)
		switch {
		case hasTop(imported, "e2e") || hasTop(imported, "tools"):
			found = append(found, s.at(spec, "imports %s, which is built on top of it", imported))
		case other == "":
		case s.in("libs", "proto"):
			found = append(found, s.at(spec, "a library imports the service %s", imported))
		case s.in("services/" + other):
		case s.in("services/allinone"):
			if imported != "services/"+other {
				found = append(found, s.at(spec, "allinone needs the module of %s, not %s", other, imported))
			}
		default:
			found = append(found, s.at(spec, "imports %s of another service; call it by its proto", imported))
		}
	}
	return found
}

func hasTop(importPath, folder string) bool {
	return importPath == folder || strings.HasPrefix(importPath, folder+"/")
}

// serviceOf answers tickets for services/tickets/store.
func serviceOf(importPath string) string {
	rest, ok := strings.CutPrefix(importPath, "services/")
	if !ok {
		return ""
	}
	service, _, _ := strings.Cut(rest, "/")
	return service
}

// Every package below a service is domain, free of I/O, but for those listed with what they are for.
var impure = map[string]string{
	"cmd":     "the binary",
	"store":   "SQL",
	"openapi": "an embedded document",
}

// pure answers the service's domain packages: services/tickets/ticket, never services/tickets itself.
func pure(s *source) bool {
	parts := strings.Split(s.dir(), "/")
	if len(parts) < 3 || parts[0] != "services" || parts[1] == "gateway" || parts[1] == "allinone" || s.test {
		return false
	}
	_, listed := impure[parts[2]]
	return !listed
}

// mayDomain are the packages beyond the standard library that a domain package may use: the words for errors and for
// callers, and arithmetic.
var mayDomain = []string{module + "/libs/fault", module + "/libs/authz", "gonum.org/v1/gonum"}

// notInDomain are packages of the standard library that do I/O, or tempt to it.
var notInDomain = []string{"bufio", "context", "database", "log", "net", "os", "path/filepath", "runtime", "syscall", "testing"}

// A domain package decides; it does not load, save, log, wait or ask what time it is.
func TestDomainDoesNoIO(t *testing.T) {
	check(t, pure, noIO)
}

func noIO(s *source) (found []finding) {
	for _, spec := range s.syntax.Imports {
		if imported := importPath(spec); !domainMay(s, imported) {
			found = append(found, s.at(spec, "a domain package imports %s", imported))
		}
	}
	return append(found, uses(s, map[string][]string{
		"time":         {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
		"math/rand":    {"Int", "IntN", "Intn", "Float64", "Perm", "Shuffle"},
		"math/rand/v2": {"Int", "IntN", "Float64", "Perm", "Shuffle", "N"},
		"fmt":          {"Print", "Printf", "Println"},
	}, "a domain package calls")...)
}

func domainMay(s *source, imported string) bool {
	if !strings.Contains(strings.Split(imported, "/")[0], ".") {
		return !slices.ContainsFunc(notInDomain, func(no string) bool { return hasTop(imported, no) })
	}
	ours, ok := strings.CutPrefix(imported, module+"/services/"+serviceOf(s.path)+"/")
	if ok {
		sibling, _, _ := strings.Cut(ours, "/")
		_, listed := impure[sibling]
		return !listed
	}
	return slices.ContainsFunc(mayDomain, func(may string) bool { return hasTop(imported, may) })
}

func TestBoundariesSeeABreach(t *testing.T) {
	for name, c := range map[string]struct {
		file, imports string
		want          int
	}{
		"own package":              {"services/tickets/desk.go", module + "/services/tickets/ticket", 0},
		"another service":          {"services/tickets/desk.go", module + "/services/hr/store", 1},
		"another service's proto":  {"services/tickets/desk.go", module + "/proto/gen/linli/hr/v1", 0},
		"a test is no excuse":      {"services/tickets/desk_test.go", module + "/services/hr", 1},
		"allinone takes modules":   {"services/allinone/main.go", module + "/services/hr", 0},
		"allinone looks no deeper": {"services/allinone/main.go", module + "/services/hr/store", 1},
		"library":                  {"libs/bus/bus.go", module + "/services/hr", 1},
		"journeys":                 {"libs/bus/bus.go", module + "/e2e/harness", 1},
	} {
		if got := findings(t, boundaries, c.file, "package x\nimport _ \""+c.imports+"\"\n"); len(got) != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestDomainRuleSeesABreach(t *testing.T) {
	for text, want := range map[string]int{
		`import "errors"`:                                                 0,
		`import "` + module + `/libs/fault"`:                              0,
		`import "` + module + `/services/tickets/policy"`:                 0,
		`import "` + module + `/services/tickets/store"`:                  1,
		`import "` + module + `/proto/gen/linli/tickets/v1"`:              1,
		`import "net/http"`:                                               1,
		`import "context"`:                                                1,
		`import "time"; var d time.Duration`:                              0,
		`import "time"; func f() time.Time { return time.Now() }`:         1,
		`import clock "time"; func f() clock.Time { return clock.Now() }`: 1,
	} {
		if got := findings(t, noIO, "services/tickets/ticket/ticket.go", "package ticket\n"+text+"\n"); len(got) != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}
