package openapi

import (
	"fmt"
	"slices"
	"strings"
)

const matrixHead = `# Who may do what

Generated from the protos by ` + "`make gen`" + `; do not edit. *public* needs no token, *self* any valid token, *internal* another
service's own identity. Which role holds which permission is one table in ` + "`libs/authz`" + `; the row a caller may touch (own home,
own district, own visit) is checked once more by the service.

| operation | route | permission | idempotency | notes |
| --- | --- | --- | --- | --- |
`

// Matrix writes the permission of every operation as a Markdown table.
func Matrix(contract *Contract) []byte {
	var b strings.Builder
	b.WriteString(matrixHead)
	routed := make(map[string]string)
	for _, route := range byHand() {
		if route.rpc != "" {
			routed[route.rpc] = strings.Join(slices.DeleteFunc([]string{
				routed[route.rpc], "`" + strings.ToUpper(route.method) + " " + route.path + "`",
			}, func(s string) bool { return s == "" }), ", ")
		}
	}
	for _, service := range contract.Services {
		for _, op := range service.Operations {
			route := routed[op.Name]
			if op.Method != "" {
				route = "`" + op.Route() + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", op.Name, route, op.Options.GetPermission(), describe(op).Idempotency, notes(op))
		}
	}
	return []byte(b.String())
}

func notes(op Op) string {
	var all []string
	if op.Options.GetIfMatch() {
		all = append(all, "If-Match")
	}
	if op.Options.GetUrgent() {
		all = append(all, "urgent")
	}
	if op.Options.GetReveals() {
		all = append(all, "answers personal data in clear")
	}
	if ms := op.Options.GetDeadlineMs(); ms > 0 {
		all = append(all, fmt.Sprintf("%d s", ms/1000))
	}
	return strings.Join(all, ", ")
}
