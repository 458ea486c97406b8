package fault

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Class is one thing that can go wrong, named by a stable code. A code is never reused for another meaning and never
// matched by its text. A Class is an error and may be returned as it is; it never changes after Define.
type Class struct {
	kind   Kind
	code   string
	zh, en string

	rendered bool // the texts are a peer's finished words, not templates
}

var (
	codeForm    = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+$`)
	placeholder = regexp.MustCompile(`\{[a-z][a-z0-9_]*\}`)
)

var registry = struct {
	sync.Mutex
	classes map[string]*Class
}{classes: map[string]*Class{}}

var kindClasses = defineKinds()

// canceled is what context.Canceled becomes: the caller went away, or this process is stopping.
var canceled = register(newClass(Unavailable, "canceled", "请求已取消", "the request was cancelled"))

// Define declares a class; call it in a package-level var. The code is `<service>.<what>`. Texts are for people, Chinese
// first, and may hold {name} placeholders, the same in both, filled by With("name", v).
// It panics at program start on a malformed or duplicate code, an empty text, or placeholders that differ.
func Define(kind Kind, code, zh, en string) *Class {
	switch {
	case int(kind) >= len(kinds):
		panic(fmt.Sprintf("fault: %q has no such kind %d", code, kind))
	case !codeForm.MatchString(code):
		panic(fmt.Sprintf("fault: code %q is not <service>.<what>", code))
	case zh == "" || en == "":
		panic(fmt.Sprintf("fault: %q needs a text in both languages", code))
	case !slices.Equal(placeholders(zh), placeholders(en)):
		panic(fmt.Sprintf("fault: %q has other placeholders in zh than in en", code))
	}
	return register(newClass(kind, code, zh, en))
}

// Catalogue lists every class of this program by code, for the documentation.
func Catalogue() []*Class {
	registry.Lock()
	defer registry.Unlock()
	all := make([]*Class, 0, len(registry.classes))
	for _, c := range registry.classes {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *Class) int { return strings.Compare(a.code, b.code) })
	return all
}

// Code is the stable name, such as "tickets.closed".
func (c *Class) Code() string { return c.code }

// Kind says what a caller can do about it.
func (c *Class) Kind() Kind { return c.kind }

// Text is the template in one language, placeholders unfilled.
func (c *Class) Text(lang Lang) string {
	if lang == EN {
		return c.en
	}
	return c.zh
}

// Error makes a Class an error.
func (c *Class) Error() string { return c.fault().Error() }

// Is compares by code with another Class, and by kind with a Kind.
func (c *Class) Is(target error) bool {
	switch t := target.(type) {
	case *Class:
		return c.code == t.code
	case Kind:
		return c.kind == t
	}
	return false
}

// With starts an Error that carries a value; see Error.With.
func (c *Class) With(name string, value any) *Error { return c.fault().With(name, value) }

// Field starts an Error that carries a field violation; see Error.Field.
func (c *Class) Field(field, zh, en string) *Error { return c.fault().Field(field, zh, en) }

// Wrap starts an Error with a cause; see Error.Wrap.
func (c *Class) Wrap(cause error) *Error { return c.fault().Wrap(cause) }

func (c *Class) fault() *Error { return &Error{class: c} }

func defineKinds() []*Class {
	own := make([]*Class, len(kinds))
	for i, k := range kinds {
		own[i] = register(newClass(Kind(i), k.name, k.zh, k.en))
	}
	return own
}

func newClass(kind Kind, code, zh, en string) *Class {
	return &Class{kind: kind, code: code, zh: zh, en: en}
}

func register(c *Class) *Class {
	registry.Lock()
	defer registry.Unlock()
	if _, taken := registry.classes[c.code]; taken {
		panic(fmt.Sprintf("fault: code %q is defined twice", c.code))
	}
	registry.classes[c.code] = c
	return c
}

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}
