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
		one := place{before: before, path: regexp.MustCompile("^" + parameter.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "$")}
		for method := range operations {
			one.methods = append(one.methods, strings.ToUpper(method))
		}
		all = append(all, one)
	}
	return all
})

// methodsOf answers the methods that a path takes, sorted; none for a path that there is not.
func methodsOf(path string) (all []string) {
	for _, p := range places() {
		if strings.HasPrefix(path, p.before) && p.path.MatchString(path) {
			all = append(all, p.methods...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
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
