package archtest

import (
	"go/ast"
	"testing"
)

const (
	maxFile     = 600
	maxFunction = 80
)

// What does not fit on a few screens is two things.
func TestNothingIsLong(t *testing.T) {
	check(t, func(s *source) bool { return !s.generated }, long)
}

func long(s *source) (found []finding) {
	if s.lines > maxFile {
		found = append(found, s.at(s.syntax, "%d lines; %d are enough", s.lines, maxFile))
	}
	for _, decl := range s.syntax.Decls {
		function, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := s.fset.Position(function.End()).Line - s.fset.Position(function.Pos()).Line + 1
		if lines > maxFunction {
			found = append(found, s.at(function, "%s has %d lines; %d are enough", function.Name.Name, lines, maxFunction))
		}
	}
	return found
}
