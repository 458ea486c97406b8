package policy

import (
	"cmp"
	_ "embed"
	"slices"
	"sync"
	"time"

	"github.com/linlihub/linli/libs/fault"
)

var (
	// ErrInvalid says that a policy cannot be used; the reason tells why.
	ErrInvalid = fault.Define(fault.Invalid, "tickets.policy_invalid", "服务承诺无效：{reason}", "the service policy is invalid: {reason}")
	// ErrUnknown says that a pinned version is not in the book.
	ErrUnknown = fault.Define(fault.Internal, "tickets.policy_unknown", "未找到服务承诺 {policy}", "no service policy {policy}")
)

// Standard is the id of the policy that the built-in book holds.
const Standard = "standard"

//go:embed policies.json
var builtIn []byte

// Book holds every version of every policy ever in force: tickets pin old ones. It is immutable.
type Book struct{ policies []*Policy } // by id, then version

// Default is the built-in book, used where a company has none of its own.
var Default = sync.OnceValue(func() *Book {
	book, err := Parse(builtIn)
	if err != nil {
		panic("policy: built-in policies.json: " + err.Error()) // a test loads it
	}
	return book
})

// Get finds the version a ticket has pinned.
func (b *Book) Get(ref Ref) (*Policy, error) {
	for _, p := range b.policies {
		if p.Ref == ref {
			return p, nil
		}
	}
	return nil, ErrUnknown.With("policy", ref)
}

// InForce is the version a ticket opened at that time pins: the newest that is valid. Before the first one is valid the
// first one counts, since no ticket is without a promise.
func (b *Book) InForce(id string, when time.Time) (*Policy, error) {
	var found *Policy
	for _, p := range b.policies {
		if p.ID == id && (found == nil || !p.ValidFrom.After(when)) {
			found = p
		}
	}
	if found == nil {
		return nil, ErrUnknown.With("policy", id)
	}
	return found, nil
}

// All lists every version, by id and version.
func (b *Book) All() []*Policy { return slices.Clone(b.policies) }

// newBook puts the versions in order. A later version that is valid earlier would make history depend on reading order.
func newBook(policies []*Policy) (*Book, error) {
	slices.SortFunc(policies, func(a, b *Policy) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
	})
	for i := 1; i < len(policies); i++ {
		former, p := policies[i-1], policies[i]
		switch {
		case former.Ref == p.Ref:
			return nil, ErrInvalid.With("reason", p.String()+" is given twice")
		case former.ID == p.ID && !p.ValidFrom.After(former.ValidFrom):
			return nil, ErrInvalid.With("reason", p.String()+" is not valid after "+former.String())
		}
	}
	if len(policies) == 0 {
		return nil, ErrInvalid.With("reason", "no policy")
	}
	return &Book{policies}, nil
}
