package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	module = "github.com/linlihub/linli"
	root   = "../.."
)

// source is one parsed Go file of the repository.
type source struct {
	path      string // from the root of the repository, with slashes
	test      bool
	generated bool
	lines     int
	fset      *token.FileSet
	syntax    *ast.File
}

// finding is one breach of a rule.
type finding struct{ where, what string }

func (s *source) dir() string { return path.Dir(s.path) }

// in reports whether the file lies in one of the folders.
func (s *source) in(folders ...string) bool {
	for _, folder := range folders {
		if s.path == folder || strings.HasPrefix(s.path, folder+"/") {
			return true
		}
	}
	return false
}

func (s *source) at(node ast.Node, format string, args ...any) finding {
	return finding{fmt.Sprintf("%s:%d", s.path, s.fset.Position(node.Pos()).Line), fmt.Sprintf(format, args...)}
}

// imports maps the name under which a file knows a package to the package's path.
func (s *source) imports() map[string]string {
	known := make(map[string]string)
	for _, spec := range s.syntax.Imports {
		importPath := importPath(spec)
		name := baseName(importPath)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		known[name] = importPath
	}
	return known
}

func importPath(spec *ast.ImportSpec) string {
	unquoted, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return unquoted
}

// baseName guesses a package's name from its path: kafka of …/kafka-go, redis of …/go-redis/v9.
func baseName(importPath string) string {
	base := path.Base(importPath)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(importPath))
	}
	return strings.TrimSuffix(strings.TrimPrefix(base, "go-"), "-go")
}

// selected answers the package path and name of an expression like kafka.NewReader, or nothing.
func (s *source) selected(expr ast.Expr, imports map[string]string) (pkg, name string) {
	selector, ok := expr.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	ident, ok := selector.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	return imports[ident.Name], selector.Sel.Name
}

func parse(name, text string) (*source, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	return &source{
		path: name, test: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(syntax),
		lines: strings.Count(text, "\n"), fset: fset, syntax: syntax,
	}, nil
}

// tree parses every Go file of the repository once.
var tree = sync.OnceValues(func() ([]*source, error) {
	var all []*source
	err := walk(func(name string, text []byte) error {
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parse(name, string(text))
		all = append(all, file)
		return err
	})
	return all, err
})

// walk visits the files of the repository that we write; what others wrote or a tool built is left out.
func walk(visit func(name string, text []byte) error) error {
	return filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if entry.IsDir() {
			return skip(relative, entry.Name())
		}
		switch path.Ext(relative) {
		case ".go", ".sql", ".md":
		default:
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return visit(relative, text)
	})
}

func skip(relative, name string) error {
	switch {
	case relative == ".":
		return nil
	case strings.HasPrefix(name, "."), name == "node_modules", name == "testdata", name == "dist":
		return fs.SkipDir
	case relative == "bin", relative == "data", relative == "proto/gen":
		return fs.SkipDir
	}
	return nil
}

// check applies a rule to every file it chooses, and reports what it finds.
func check(t *testing.T, choose func(*source) bool, rule func(*source) []finding) {
	t.Helper()
	files, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !choose(file) {
			continue
		}
		for _, f := range rule(file) {
			t.Errorf("%s: %s", f.where, f.what)
		}
	}
}

// findings is what a rule says of a piece of source, for the tests of the rules.
func findings(t *testing.T, rule func(*source) []finding, name, text string) []string {
	t.Helper()
	file, err := parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range rule(file) {
		all = append(all, f.what)
	}
	return all
}
