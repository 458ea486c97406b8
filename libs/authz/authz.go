// Package authz says who calls and what the caller may do. Access is decided twice: the permission of the rpc, in the
// chain of package op, and the scope of the row, in the service that owns it, with the helpers of Principal.
package authz

import (
	"context"
	"slices"
)

// Principal is who calls, as a checked token says. The zero Principal is nobody.
type Principal struct {
	// Account is the subject of the token.
	Account string
	// Person is set for residents, Staff for employees; an employee who lives here may have both.
	Person string
	Staff  string
	// Name is what others may be told: 王师傅.
	Name  string
	Roles []Role
	// Districts an employee's roles reach. A resident has none: a resident's scope is homes, which change by the day and
	// so are never kept in a token.
	Districts []string
}

// Anonymous says that no valid token came with the call.
func (p Principal) Anonymous() bool { return p.Account == "" }

// May says whether one of the roles holds the permission.
func (p Principal) May(permission string) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return r.may(permission) })
}

// Reaches says whether a district lies in the caller's scope. Company-wide roles reach every district.
func (p Principal) Reaches(district string) bool {
	return slices.ContainsFunc(p.Roles, Role.companyWide) || slices.Contains(p.Districts, district)
}

// Everywhere says that the caller's scope is the whole company.
func (p Principal) Everywhere() bool { return slices.ContainsFunc(p.Roles, Role.companyWide) }

// IsPerson says whether the caller is this person; an empty id is nobody.
func (p Principal) IsPerson(id string) bool { return id != "" && p.Person == id }

// IsStaff says whether the caller is this employee; an empty id is nobody.
func (p Principal) IsStaff(id string) bool { return id != "" && p.Staff == id }

type (
	principalKey struct{}
	tokenKey     struct{}
)

// With returns a context in which From answers p. token is the bearer token it came with, which the client chain hands
// on to the next service; empty for work that no caller asked for.
func With(ctx context.Context, p Principal, token string) context.Context {
	return context.WithValue(context.WithValue(ctx, principalKey{}, p), tokenKey{}, token)
}

// From answers who calls; nobody when the context carries no principal.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

// Token answers the bearer token of the call, or "".
func Token(ctx context.Context) string {
	t, _ := ctx.Value(tokenKey{}).(string)
	return t
}
