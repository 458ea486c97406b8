package archtest

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// uses finds every mention of the named things of packages: {"time": {"Now"}} finds time.Now, called or passed on.
func uses(s *source, forbidden map[string][]string, verb string) (found []finding) {
	imports := s.imports()
	ast.Inspect(s.syntax, func(node ast.Node) bool {
		expr, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, name := s.selected(expr, imports); slices.Contains(forbidden[pkg], name) {
			found = append(found, s.at(node, "%s %s.%s", verb, pkg, name))
		}
		return true
	})
	return found
}

// only is a thing that may be mentioned in a few folders: where its one constructor is, with the house's settings.
type only struct {
	pkg   string
	names []string
	where []string
	say   string
}

var onlies = []only{
	{"github.com/segmentio/kafka-go", []string{"NewReader", "NewWriter", "Writer", "ReaderConfig", "WriterConfig"}, []string{"libs/bus"}, "use bus.Writer or bus.Consumer"},
	{"github.com/redis/go-redis/v9", []string{"NewClient", "NewUniversalClient", "NewClusterClient", "Options"}, []string{"libs/ephemeral"}, "use ephemeral.Open"},
	{"database/sql", []string{"Open", "OpenDB"}, []string{"libs/store"}, "use store.Open"},
	{"github.com/hashicorp/consul/api", []string{"NewClient"}, []string{"libs/discover"}, "use libs/discover"},
	{"github.com/jackc/pgx/v5", []string{"Connect", "ConnectConfig"}, []string{"libs/store"}, "use store.Open"},
	{"github.com/twmb/franz-go/pkg/kfake", []string{"NewCluster"}, []string{"libs/embedded", "libs/bus/bustest"}, "use libs/embedded"},
	{"github.com/alicebob/miniredis/v2", []string{"NewMiniRedis", "Run"}, []string{"libs/embedded"}, "use libs/embedded"},
	{"google.golang.org/grpc", []string{"NewServer", "NewClient", "Dial", "DialContext"}, []string{"libs/host", "libs/discover"}, "register on host.Env, and dial with it"},
}

// A client is constructed in one place, with the settings that its traps taught. (What a service may not take from time and
// context, forbidigo says, where an exception can be explained on its line.)
func TestOneConstructorPerClient(t *testing.T) {
	check(t, func(s *source) bool { return s.in("services", "libs") && !s.test }, constructors)
}

func constructors(s *source) (found []finding) {
	for _, o := range onlies {
		if !s.in(o.where...) {
			for _, f := range uses(s, map[string][]string{o.pkg: o.names}, "mentions") {
				found = append(found, finding{f.where, f.what + ": " + o.say})
			}
		}
	}
	return found
}

// Waiting for time to pass makes a test slow on a fast machine and wrong on a slow one. Within testing/synctest time is
// free.
func TestNothingSleeps(t *testing.T) {
	check(t, func(*source) bool { return true }, func(s *source) []finding {
		if _, bubble := s.imports()["synctest"]; bubble {
			return nil
		}
		return uses(s, map[string][]string{"time": {"Sleep"}}, "wait for an event, not for time:")
	})
}

func TestConstructorRuleSeesABreach(t *testing.T) {
	text := "package x\nimport (\n\t\"database/sql\"\n\tbroker \"github.com/segmentio/kafka-go\"\n)\n" +
		"var open = sql.Open\nfunc f() { broker.NewReader(broker.ReaderConfig{}) }\n"
	if got := findings(t, constructors, "services/hr/react.go", text); len(got) != 3 {
		t.Errorf("in a service: %q", got)
	}
	if got := findings(t, constructors, "libs/bus/reader.go", text); len(got) != 1 {
		t.Errorf("in its one place: %q", got)
	}
}

// A test that is skipped because a part is missing must fail where the part is required, so that green means tested.
// A fuzz target may skip an input that means nothing, and a property a step that cannot be taken.
func TestNothingHidesASkip(t *testing.T) {
	check(t, func(s *source) bool { return !s.in("libs/archtest") }, hiddenSkips)
}

func hiddenSkips(s *source) (found []finding) {
	asks := mentions(s.syntax, "LINLI_REQUIRE_PARTS") || mentions(s.syntax, "Short")
	for _, decl := range s.syntax.Decls {
		function, ok := decl.(*ast.FuncDecl)
		if !ok || asks || strings.HasPrefix(function.Name.Name, "Fuzz") || mentions(function, "Repeat") {
			continue
		}
		if mentions(function, "Skip") || mentions(function, "Skipf") || mentions(function, "SkipNow") {
			found = append(found, s.at(function, "%s skips without asking LINLI_REQUIRE_PARTS", function.Name.Name))
		}
	}
	return found
}

// mentions reports whether a selector or a text of that name stands anywhere in the node.
func mentions(root ast.Node, word string) (yes bool) {
	ast.Inspect(root, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.SelectorExpr:
			yes = yes || node.Sel.Name == word
		case *ast.BasicLit:
			yes = yes || node.Value == strconv.Quote(word)
		}
		return !yes
	})
	return yes
}

func TestSkipRuleSeesABreach(t *testing.T) {
	body := "func TestA(t *testing.T) { t.Skip() }\nfunc FuzzB(f *testing.F) { f.Skip() }\n"
	if got := findings(t, hiddenSkips, "libs/x/x_test.go", "package x\n"+body); len(got) != 1 {
		t.Errorf("%q", got)
	}
	if got := findings(t, hiddenSkips, "libs/x/x_test.go", "package x\nvar need = os.Getenv(\"LINLI_REQUIRE_PARTS\")\n"+body); len(got) != 0 {
		t.Errorf("asked first: %q", got)
	}
}
