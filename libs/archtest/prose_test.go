package archtest

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"testing"
)

// link is a relative link of Markdown: [Desk.Open](tickets/desk.go#Desk.Open).
var link = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#([^)\s]+))?\)`)

// Prose that names a symbol is checked as code is: what it links to exists.
func TestProseLinksToWhatExists(t *testing.T) {
	err := walk(func(name string, text []byte) error {
		if path.Ext(name) != ".md" {
			return nil
		}
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			target := path.Join(path.Dir(name), match[1])
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s: %s does not exist", name, match[1])
			} else if match[2] != "" && path.Ext(target) == ".go" && !declared(t, target, match[2]) {
				t.Errorf("%s: %s has no %s", name, match[1], match[2])
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// declared reports whether a Go file declares a symbol, "Open" or "Desk.Open".
func declared(t *testing.T, file, symbol string) bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parse(file, string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range parsed.syntax.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if symbol == functionName(decl) {
				return true
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if symbol == specName(spec) {
					return true
				}
			}
		}
	}
	return false
}

func functionName(decl *ast.FuncDecl) string {
	if decl.Recv == nil {
		return decl.Name.Name
	}
	receiver := ""
	ast.Inspect(decl.Recv.List[0].Type, func(node ast.Node) bool {
		if ident, ok := node.(*ast.Ident); ok && receiver == "" {
			receiver = ident.Name
		}
		return receiver == ""
	})
	return receiver + "." + decl.Name.Name
}

func specName(spec ast.Spec) string {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return spec.Name.Name
	case *ast.ValueSpec:
		return spec.Names[0].Name
	}
	return ""
}
