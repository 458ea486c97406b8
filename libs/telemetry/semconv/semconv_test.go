package semconv_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/linlihub/linli/libs/telemetry/semconv"
)

const root = "../../.."

// own are the names that only this platform uses; a plain word such as "topic" may stand anywhere.
var own = regexp.MustCompile(`^(linli[._]|messaging\.|cloudevents\.|service\.)[a-z._]+$`)

// TestNamesAreSpelledHereOnly looks at every string of the repository's Go code.
func TestNamesAreSpelledHereOnly(t *testing.T) {
	names := constants(t)
	files := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped(entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "semconv.go":
			return nil
		}
		files++
		for _, spelled := range literals(t, path) {
			if name, known := names[spelled.text]; known {
				t.Errorf("%s spells %q: use semconv.%s", spelled.at, spelled.text, name)
			}
		}
		return nil
	})
	if err != nil || files < 10 {
		t.Fatalf("looked at %d files: %v", files, err)
	}
}

func skipped(folder string) bool {
	return folder == "gen" || folder == "node_modules" || folder == "testdata" || len(folder) > 2 && folder[0] == '.'
}

// constants maps what our own names are to what they are called.
func constants(t *testing.T) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "semconv.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, value := range spec.Values {
			if text, err := strconv.Unquote(value.(*ast.BasicLit).Value); err == nil && own.MatchString(text) {
				names[text] = spec.Names[i].Name
			}
		}
		return false
	})
	if names[semconv.OpHandled] != "OpHandled" {
		t.Fatal("the constants cannot be read")
	}
	return names
}

type literal struct {
	text string
	at   token.Position
}

func literals(t *testing.T, path string) (all []literal) {
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil // the compiler will say it better
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				all = append(all, literal{text, set.Position(lit.Pos())})
			}
		}
		return true
	})
	return all
}

func TestSpanNames(t *testing.T) {
	if semconv.SendSpan("demo.tickets.ticket.v1") != "send demo.tickets.ticket.v1" || semconv.ProcessSpan("x") != "process x" {
		t.Error("messaging spans are named otherwise")
	}
}
