package traceview

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faulthttp"
)

// Path is where the page is served.
const Path = "/ops/traces"

var errForgotten = fault.Define(fault.NotFound, "traces.forgotten", "没有这条链路，或已被较新的链路取代", "no such trace, or newer ones took its place")

// Handler serves the ring as a page, or as JSON with ?format=json or Accept: application/json:
//
//	?            the last traces, last touched first: {"traces": [Summary…]}
//	?q=words     those whose name, service or id contains the words
//	?trace=id    one trace as a tree: Trace
//	?lang=en     the language, else by Accept-Language
//
// It shows everything the process traced: serve it to operators only.
func Handler(r *Ring) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if id := req.FormValue("trace"); id != "" {
			showTrace(w, req, r, strings.ToLower(id))
			return
		}
		showList(w, req, r)
	})
}

func showList(w http.ResponseWriter, req *http.Request, r *Ring) {
	words := strings.TrimSpace(req.FormValue("q"))
	found := []Summary{}
	for _, sum := range r.Traces() {
		if words == "" || strings.Contains(sum.haystack(), strings.ToLower(words)) {
			found = append(found, sum)
		}
	}
	if wantsJSON(req) {
		writeJSON(w, req, map[string]any{"traces": found})
		return
	}
	writePage(w, req, "list", map[string]any{"Lang": lang(req), "Traces": found, "Words": words})
}

func showTrace(w http.ResponseWriter, req *http.Request, r *Ring, id string) {
	found, known := r.Trace(id)
	switch {
	case !known:
		faulthttp.Write(w, req, errForgotten)
	case wantsJSON(req):
		writeJSON(w, req, found)
	default:
		writePage(w, req, "trace", map[string]any{"Lang": lang(req), "Trace": found, "Nodes": arrange(found)})
	}
}

func (s Summary) haystack() string {
	return strings.ToLower(s.TraceID + " " + s.Name + " " + strings.Join(s.Services, " "))
}

func wantsJSON(req *http.Request) bool {
	return req.FormValue("format") == "json" || strings.Contains(req.Header.Get("Accept"), "application/json")
}

func lang(req *http.Request) fault.Lang {
	switch chosen := fault.Lang(req.FormValue("lang")); chosen {
	case fault.ZH, fault.EN:
		return chosen
	}
	return faulthttp.Lang(req)
}

func writeJSON(w http.ResponseWriter, req *http.Request, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		faulthttp.Write(w, req, fmt.Errorf("show traces: %w", err))
		return
	}
	write(w, "application/json", body)
}

// writePage renders before it writes, so that a mistake in the template is a 500 and not half a page.
func writePage(w http.ResponseWriter, req *http.Request, name string, data any) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, data); err != nil {
		faulthttp.Write(w, req, fmt.Errorf("show traces: %w", err))
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	w.Header().Set("Content-Language", string(lang(req)))
	write(w, "text/html; charset=utf-8", body.Bytes())
}

func write(w http.ResponseWriter, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Add("Vary", "Accept, Accept-Language")
	_, _ = w.Write(body) // the reader may be gone; there is nobody to tell
}

//go:embed page.html
var pageText string

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"say":   func(l fault.Lang, zh, en string) string { return map[fault.Lang]string{fault.ZH: zh, fault.EN: en}[l] },
	"clock": func(t time.Time) string { return t.Local().Format("01-02 15:04:05.000") },
	"ms":    inWords,
	"other": func(l fault.Lang) fault.Lang {
		return map[fault.Lang]fault.Lang{fault.ZH: fault.EN, fault.EN: fault.ZH}[l]
	},
	"steps": func(n int) []struct{} { return make([]struct{}, min(n, 40)) },
}).Parse(pageText))

// inWords writes a duration with three digits at most behind the point, and only where they matter.
func inWords(ms float64) string {
	switch {
	case ms < 10:
		return fmt.Sprintf("%.2f ms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	case ms < 60_000:
		return fmt.Sprintf("%.1f s", ms/1000)
	}
	return time.Duration(ms * float64(time.Millisecond)).Round(time.Second).String()
}
