package replay

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Other is the category of everything that the table does not know: 其他.
const Other = "other"

//go:embed mapping.csv
var builtInMapping []byte

// Rule says of which category a request is. The first rule that fits counts.
type Rule struct {
	// ComplaintType has to be the request's, in capitals or not.
	ComplaintType string `json:"complaint_type"`
	// Descriptor has to be part of the request's; empty fits any.
	Descriptor string `json:"descriptor"`
	Category   string `json:"category"`
	// Emergency asks for the first priority.
	Emergency bool `json:"emergency"`
}

func (r Rule) fits(row Row) bool {
	return strings.EqualFold(r.ComplaintType, row.Complaint) &&
		strings.Contains(strings.ToLower(row.Descriptor), strings.ToLower(r.Descriptor))
}

// Mapping turns complaint types into categories.
type Mapping []Rule

// DefaultMapping is the built-in table, for the categories of the default company.
func DefaultMapping() Mapping {
	m, err := ParseMapping(builtInMapping)
	if err != nil {
		panic("replay: built-in mapping.csv: " + err.Error()) // a test reads it
	}
	return m
}

// Find answers the category of a request, and whether it is an emergency.
func (m Mapping) Find(row Row) (category string, emergency bool) {
	if i := slices.IndexFunc(m, func(r Rule) bool { return r.fits(row) }); i >= 0 {
		return m[i].Category, m[i].Emergency
	}
	return Other, false
}

// Check answers a *FileError that names the categories the server does not have.
func (m Mapping) Check(known []string) error {
	var unknown []string
	for _, r := range m {
		if !slices.Contains(known, r.Category) && !slices.Contains(unknown, r.Category) {
			unknown = append(unknown, r.Category)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	list, all := strings.Join(unknown, ", "), strings.Join(known, ", ")
	return fileErrorf("映射表中的类别 %s 不存在；可用：%s / the mapping names categories that do not exist: %s; there are: %s", list, all, list, all)
}

// Within replaces categories that the server does not have by Other, and says which.
func (m Mapping) Within(known []string) (Mapping, []string) {
	var replaced []string
	within := slices.Clone(m)
	for i, r := range within {
		if slices.Contains(known, r.Category) {
			continue
		}
		if !slices.Contains(replaced, r.Category) {
			replaced = append(replaced, r.Category)
		}
		within[i].Category = Other
	}
	return within, replaced
}

// ParseMapping reads a table in one of three forms: CSV with the columns complaint_type, category and, if wanted,
// descriptor and emergency; a JSON list of rules; or a JSON object from complaint type to category.
func ParseMapping(text []byte) (Mapping, error) {
	switch text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\uFEFF"))); {
	case bytes.HasPrefix(text, []byte("[")), bytes.HasPrefix(text, []byte("{")):
		return parseJSONMapping(text)
	default:
		return parseCSVMapping(text)
	}
}

func parseJSONMapping(text []byte) (Mapping, error) {
	var rules Mapping
	short := map[string]string{}
	target := any(&rules)
	if text[0] == '{' {
		target = &short
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		return nil, fileErrorf("映射表不是有效的 JSON：%v / the mapping is not valid JSON: %v", err, err)
	}
	for complaint, category := range short {
		rules = append(rules, Rule{ComplaintType: complaint, Category: category})
	}
	for i, r := range rules {
		if err := r.check(); err != nil {
			return nil, fileErrorf("映射表第 %d 条：%v / rule %d of the mapping: %v", i+1, err, i+1, err)
		}
	}
	return rules, nil
}

func (r Rule) check() error {
	if r.ComplaintType == "" || r.Category == "" {
		return errors.New("complaint_type 和 category 不能为空 / complaint_type and category must not be empty")
	}
	return nil
}

func parseCSVMapping(text []byte) (Mapping, error) {
	in := newRecords(bytes.NewReader(text))
	head, err := in.read()
	if err != nil {
		return nil, fileErrorf("映射表没有表头 / the mapping has no header")
	}
	at := func(name string) int {
		return slices.IndexFunc(head, func(cell string) bool { return plain(cell) == plain(name) })
	}
	for _, name := range []string{"complaint_type", "category"} {
		if at(name) < 0 {
			return nil, fileErrorf("映射表缺少列 %q / the mapping lacks the column %q", name, name)
		}
	}
	var rules Mapping
	for {
		cells, err := in.read()
		if errors.Is(err, io.EOF) {
			return rules, nil
		}
		var r Rule
		if err == nil {
			r, err = parseRule(cells, at)
		}
		if err != nil {
			return nil, fileErrorf("映射表第 %d 行：%v / line %d of the mapping: %v", in.line, err, in.line, err)
		}
		rules = append(rules, r)
	}
}

func parseRule(cells []string, at func(string) int) (r Rule, err error) {
	cell := func(name string) string {
		if i := at(name); i >= 0 && i < len(cells) {
			return strings.TrimSpace(cells[i])
		}
		return ""
	}
	r = Rule{ComplaintType: cell("complaint_type"), Descriptor: cell("descriptor"), Category: cell("category")}
	if text := cell("emergency"); text != "" {
		if r.Emergency, err = strconv.ParseBool(text); err != nil {
			return r, fmt.Errorf("emergency %q 应为 true 或 false / want true or false", text)
		}
	}
	return r, r.check()
}
