package archtest

import (
	"go/ast"
	"maps"
	"slices"
	"strconv"
	"testing"
)

// What a module says of its callers is what is enforced between processes (--tls-dir). It is held against who dials: a
// caller too few fails in a cluster only, a caller too many is a door that nobody needs.
func TestCallersAreThoseWhoDial(t *testing.T) {
	files, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	dialled, declared := map[string]map[string]bool{}, map[string][]string{}
	for _, file := range files {
		service := serviceOf(file.dir() + "/")
		if service == "" || service == "allinone" || file.test {
			continue
		}
		for _, target := range dials(file) {
			if dialled[target] == nil {
				dialled[target] = map[string]bool{}
			}
			dialled[target][service] = true
		}
		maps.Copy(declared, callers(file))
	}
	if len(declared) == 0 || len(dialled) == 0 {
		t.Fatal("nobody is found who dials, or says who may")
	}
	for service, who := range declared {
		if slices.Contains(who, "Everyone") { // every process checks tokens with identity's keys
			continue
		}
		slices.Sort(who)
		if want := slices.Sorted(maps.Keys(dialled[service])); !slices.Equal(who, want) {
			t.Errorf("%s lets %v call, and %v do", service, who, want)
		}
	}
	for service := range dialled {
		if declared[service] == nil {
			t.Errorf("%s is called by %v and names no caller", service, slices.Sorted(maps.Keys(dialled[service])))
		}
	}
}

// dials are the services that a file asks its Env for.
func dials(s *source) (targets []string) {
	ast.Inspect(s.syntax, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok && len(call.Args) == 1 {
			if method, ok := call.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Dial" {
				targets = append(targets, words(call.Args)...)
			}
		}
		return true
	})
	return targets
}

// callers are what host.Define("tickets", Build, host.CalledBy("gateway")) says, if it stands in the file.
func callers(s *source) map[string][]string {
	found, imports := map[string][]string{}, s.imports()
	ast.Inspect(s.syntax, func(node ast.Node) bool {
		define, ok := node.(*ast.CallExpr)
		if !ok || len(define.Args) < 3 {
			return true
		}
		if pkg, name := s.selected(define.Fun, imports); pkg != module+"/libs/host" || name != "Define" {
			return true
		}
		for _, option := range define.Args[2:] {
			if by, ok := option.(*ast.CallExpr); ok {
				if _, name := s.selected(by.Fun, imports); name == "CalledBy" {
					found[words(define.Args[:1])[0]] = words(by.Args)
				}
			}
		}
		return true
	})
	return found
}

// words are the literals among expressions, and the names of what is selected from a package.
func words(all []ast.Expr) (texts []string) {
	for _, expr := range all {
		switch expr := expr.(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(expr.Value); err == nil {
				texts = append(texts, text)
			}
		case *ast.SelectorExpr:
			texts = append(texts, expr.Sel.Name)
		}
	}
	return texts
}

func TestCallerRuleSeesWhatIsSaid(t *testing.T) {
	file, err := parse("services/tickets/module.go", "package tickets\nimport \""+module+"/libs/host\"\n"+
		"var Module = host.Define(\"tickets\", Build, host.CalledBy(\"gateway\", host.Everyone))\nvar c = env.Dial(\"residents\")\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := callers(file)["tickets"]; !slices.Equal(got, []string{"gateway", "Everyone"}) {
		t.Errorf("callers %q", got)
	}
	if got := dials(file); !slices.Equal(got, []string{"residents"}) {
		t.Errorf("dials %q", got)
	}
}
