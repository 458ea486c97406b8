package gateway

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/linlihub/linli/libs/fault/faulthttp"
	"github.com/linlihub/linli/services/gateway/openapi"
)

// place is a path of the document, and the methods it takes. Most places are ruled out by what stands before the first
// parameter, which costs a request nothing.
type place struct {
	before  string
	path    *regexp.Regexp
	verb    bool // it ends in :verb after a parameter
	methods []string
}

var parameter = regexp.MustCompile(`\\\{[a-z0-9_]+\\\}`)

// places are read from the document, which holds every route, also those that are written by hand.
var places = sync.OnceValue(func() (all []place) {
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(openapi.Document, &document); err != nil {
		panic(err) // it is a part of the program
	}
	for path, operations := range document.Paths {
		before, _, _ := strings.Cut(path, "{")
		one := place{before: before, verb: strings.Contains(path, "}:"), path: regexp.MustCompile("^" + parameter.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "$")}
		for method := range operations {
			one.methods = append(one.methods, strings.ToUpper(method))
		}
		all = append(all, one)
	}
	return all
})

// methodsOf answers the methods that a path takes, sorted; none for a path that there is not. A verb is not a part of an id:
// tickets/x:pause is paused, never read.
func methodsOf(path string) []string {
	var plain, verbs []string
	for _, p := range places() {
		switch {
		case !strings.HasPrefix(path, p.before) || !p.path.MatchString(path):
		case p.verb:
			verbs = append(verbs, p.methods...)
		default:
			plain = append(plain, p.methods...)
		}
	}
	if len(verbs) > 0 {
		plain = verbs
	}
	slices.Sort(plain)
	return slices.Compact(plain)
}

// allowed refuses a method that the path does not take, and says which it does (RFC 9110, 15.5.6). Whether a HEAD can be
// answered is for the route to say.
func allowed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		methods := methodsOf(r.URL.Path)
		if len(methods) > 0 && !slices.Contains(methods, r.Method) && (r.Method != http.MethodHead || !slices.Contains(methods, http.MethodGet)) {
			notAllowed(w, r, methods)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func notAllowed(w http.ResponseWriter, r *http.Request, methods []string) {
	list := strings.Join(methods, ", ")
	w.Header().Set("Allow", list)
	faulthttp.Write(w, r, errNoMethod.With("methods", list))
}
