package archtest

import (
	"go/ast"
	"go/token"
	"testing"
)

// Libraries are read by everyone who writes a service: each exported thing says what it is for.
func TestLibrariesAreDocumented(t *testing.T) {
	check(t, func(s *source) bool { return s.in("libs") && !s.test && !s.generated }, undocumented)
	packagesHaveOneSentence(t)
}

func undocumented(s *source) (found []finding) {
	for _, decl := range s.syntax.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Doc == nil && decl.Name.IsExported() && onExported(decl) {
				found = append(found, s.at(decl, "%s has no comment", decl.Name.Name))
			}
		case *ast.GenDecl:
			found = append(found, undocumentedSpecs(s, decl)...)
		}
	}
	return found
}

// undocumentedSpecs accepts one comment for a whole group of constants or variables, never of types.
func undocumentedSpecs(s *source, decl *ast.GenDecl) (found []finding) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && spec.Doc == nil && (decl.Doc == nil || decl.Lparen.IsValid()) {
				found = append(found, s.at(spec, "%s has no comment", spec.Name.Name))
			}
		case *ast.ValueSpec:
			if spec.Names[0].IsExported() && spec.Doc == nil && spec.Comment == nil && decl.Doc == nil && decl.Tok != token.IMPORT {
				found = append(found, s.at(spec, "%s has no comment", spec.Names[0].Name))
			}
		}
	}
	return found
}

// onExported reports whether a function is no method, or a method that callers can see.
func onExported(decl *ast.FuncDecl) bool {
	if decl.Recv == nil {
		return true
	}
	expr := decl.Recv.List[0].Type
	for {
		switch inner := expr.(type) {
		case *ast.StarExpr:
			expr = inner.X
		case *ast.IndexExpr:
			expr = inner.X
		case *ast.IndexListExpr:
			expr = inner.X
		case *ast.Ident:
			return inner.IsExported()
		default:
			return false
		}
	}
}

// packagesHaveOneSentence wants exactly one package comment per package, in one of its files.
func packagesHaveOneSentence(t *testing.T) {
	t.Helper()
	files, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	comments := make(map[string]int)
	for _, file := range files {
		if !file.test && !file.generated && file.in("libs", "services", "tools", "e2e") {
			comments[file.dir()] += 0
			if file.syntax.Doc != nil {
				comments[file.dir()]++
			}
		}
	}
	for dir, count := range comments {
		if count != 1 {
			t.Errorf("%s: %d package comments; one says what it is for", dir, count)
		}
	}
}

func TestDocRuleSeesABreach(t *testing.T) {
	text := "package x\ntype T struct{}\nfunc (T) M() {}\nfunc (t) M() {}\ntype t struct{}\nfunc F() {}\nconst C = 1\n// Told.\nvar (\n\tA = 1\n\tB = 2\n)\n"
	if got := findings(t, undocumented, "libs/x/x.go", text); len(got) != 4 {
		t.Errorf("%q", got)
	}
}
