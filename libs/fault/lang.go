package fault

import "strings"

// Lang is a language people read; every text exists in each.
type Lang string

// The languages, the default first.
const (
	ZH Lang = "zh-CN"
	EN Lang = "en"
)

// fill puts values into the placeholders of a template. A missing value shows as an ellipsis: people should not read our
// variable names.
func fill(template string, values map[string]string) string {
	if !strings.Contains(template, "{") {
		return template
	}
	return placeholder.ReplaceAllStringFunc(template, func(p string) string {
		if v, ok := values[p[1:len(p)-1]]; ok {
			return v
		}
		return "…"
	})
}
