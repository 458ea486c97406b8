package dlq

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/linlihub/linli/libs/bus"
)

// fields are what a condition can ask for.
var fields = map[string]func(bus.DeadLetter) string{
	"group":    func(l bus.DeadLetter) string { return l.Group },
	"topic":    func(l bus.DeadLetter) string { return l.Topic },
	"class":    func(l bus.DeadLetter) string { return l.Class },
	"error":    func(l bus.DeadLetter) string { return l.Error },
	"type":     func(l bus.DeadLetter) string { return l.Message.Type },
	"id":       func(l bus.DeadLetter) string { return l.Message.ID },
	"key":      func(l bus.DeadLetter) string { return l.Message.Key },
	"subject":  func(l bus.DeadLetter) string { return l.Message.Subject },
	"offset":   func(l bus.DeadLetter) string { return strconv.FormatInt(l.Offset, 10) },
	"redriven": func(l bus.DeadLetter) string { return strconv.FormatBool(l.Redriven) },
}

func fieldNames() []string { return slices.Sorted(maps.Keys(fields)) }

// filter is one condition.
type filter struct{ field, compare, value string }

func parseFilters(texts []string) ([]filter, error) {
	var all []filter
	for _, text := range texts {
		f, err := parseFilter(text)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// parseFilter reads field=value, field!=value or field~part.
func parseFilter(text string) (filter, error) {
	at := strings.IndexAny(text, "=~")
	if at < 0 {
		return filter{}, usage{fmt.Errorf("condition %q must look like field=value, field!=value or field~part", text)}
	}
	f := filter{field: text[:at], compare: text[at : at+1], value: text[at+1:]}
	if field, not := strings.CutSuffix(f.field, "!"); not && f.compare == "=" {
		f.field, f.compare = field, "!="
	}
	if fields[f.field] == nil {
		return filter{}, usage{fmt.Errorf("condition %q: a field is one of %s", text, strings.Join(fieldNames(), ", "))}
	}
	return f, nil
}

func (f filter) meets(l bus.DeadLetter) bool {
	value := fields[f.field](l)
	switch f.compare {
	case "=":
		return value == f.value
	case "!=":
		return value != f.value
	}
	return strings.Contains(value, f.value)
}

func matches(filters []filter, l bus.DeadLetter) bool {
	return !slices.ContainsFunc(filters, func(f filter) bool { return !f.meets(l) })
}
