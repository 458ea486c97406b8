package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// named are the calls whose first word is a name in a trace or a metric.
var named = map[string][]string{
	"go.opentelemetry.io/otel/attribute": {"Bool", "BoolSlice", "Float64", "Int", "Int64", "Key", "String", "StringSlice", "Stringer"},
}

// instruments are the methods that make a metric.
var instruments = []string{
	"Int64Counter", "Int64UpDownCounter", "Int64Histogram", "Int64Gauge", "Int64ObservableGauge", "Int64ObservableCounter", "Int64ObservableUpDownCounter",
	"Float64Counter", "Float64UpDownCounter", "Float64Histogram", "Float64Gauge", "Float64ObservableGauge", "Float64ObservableCounter", "Float64ObservableUpDownCounter",
}

// Names of attributes and metrics are spelled in one package: the conventions still move, and a dashboard knows each by heart.
func TestTelemetryNamesAreSpelledOnce(t *testing.T) {
	check(t, func(s *source) bool {
		return s.in("libs", "services") && !s.test && !s.in("libs/telemetry/semconv")
	}, spelled)
}

func spelled(s *source) (found []finding) {
	imports := s.imports()
	ast.Inspect(s.syntax, func(node ast.Node) bool {
		if name, options := s.metricName(node, imports); options && !s.fromRegistry(name, imports) {
			found = append(found, s.at(name, "a metric takes its name from libs/telemetry/semconv"))
		}
		call, ok := node.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		literal, ok := call.Args[0].(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		pkg, name := s.selected(call.Fun, imports)
		selector, method := call.Fun.(*ast.SelectorExpr)
		if slices.Contains(named[pkg], name) || method && slices.Contains(instruments, selector.Sel.Name) {
			found = append(found, s.at(literal, "%s is spelled here; its place is libs/telemetry/semconv", literal.Value))
		}
		return true
	})
	return found
}

// metricName answers the name in the options of a Prometheus metric.
func (s *source) metricName(node ast.Node, imports map[string]string) (name ast.Expr, options bool) {
	literal, ok := node.(*ast.CompositeLit)
	if !ok {
		return nil, false
	}
	if pkg, kind := s.selected(literal.Type, imports); !strings.HasSuffix(pkg, "/prometheus") || !strings.HasSuffix(kind, "Opts") {
		return nil, false
	}
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "Name" {
				return pair.Value, true
			}
		}
	}
	return nil, false
}

func (s *source) fromRegistry(name ast.Expr, imports map[string]string) bool {
	pkg, _ := s.selected(name, imports)
	return pkg == module+"/libs/telemetry/semconv"
}

func TestTelemetryRuleSeesABreach(t *testing.T) {
	text := "package x\nimport \"go.opentelemetry.io/otel/attribute\"\n" +
		"func f() { m.Int64Counter(\"a\"); m.Int64Counter(name); attribute.String(\"b\", \"c\"); attribute.String(key, \"d\") }\n"
	if got := findings(t, spelled, "services/hr/desk.go", text); len(got) != 2 {
		t.Errorf("%q", got)
	}
	text = "package x\nimport (\n\t\"github.com/prometheus/client_golang/prometheus\"\n\t\"" + module + "/libs/telemetry/semconv\"\n)\n" +
		"var a = prometheus.GaugeOpts{Name: \"a\"}\nvar b = prometheus.GaugeOpts{Name: semconv.BusLag}\nvar c = prometheus.CounterOpts{Name: own}\n"
	if got := findings(t, spelled, "libs/bus/metrics.go", text); len(got) != 2 {
		t.Errorf("%q", got)
	}
}
