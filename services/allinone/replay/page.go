package replay

import (
	_ "embed"
	"html/template"
	"io"
	"time"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent": percent,
	"clock":   func(t time.Time) string { return t.In(Zone).Format("2006-01-02 15:04:05") },
	"span":    func(seconds float64) string { return span(time.Duration(seconds) * time.Second) },
}).Parse(pageText))

// WritePage writes the report as one page that needs nothing else: no script, no network, light or dark as the reader has it.
func WritePage(w io.Writer, r Report) error {
	return pageTemplate.Execute(w, map[string]any{
		"Report": r, "Good": r.Good(), "Funnel": funnel(r), "Times": timeBars(r), "Table": r.times(),
		"Hours": hourColumns(r.ByHour), "Categories": categoryBars(r.ByCategory), "Stars": starBars(r.Stars),
	})
}
