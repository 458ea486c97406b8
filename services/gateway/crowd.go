package gateway

import (
	"net/http"
	"strings"
	"time"

	"github.com/linlihub/linli/libs/fault/faulthttp"
	"github.com/linlihub/linli/libs/op"
)

// prompt is how soon a read is answered when nobody is overloaded.
const prompt = time.Second

// crowded refuses reads that would only wait, here already, where a refusal costs least: neither Redis nor a service is asked. What
// changes something goes on to its service, which knows an emergency; a stream takes no place, for it does nothing most of the time.
func crowded(reads *op.Limit) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet && r.Method != http.MethodHead || strings.HasSuffix(r.URL.Path, "/events") {
				next.ServeHTTP(w, r)
				return
			}
			if !reads.Enter(op.Reading) {
				faulthttp.Write(w, r, op.ErrOverloaded)
				return
			}
			start, seen := time.Now(), &statusSeen{ResponseWriter: w}
			defer func() {
				now := time.Now()
				reads.Leave(now, now.Sub(start), prompt, seen.status >= http.StatusBadRequest)
			}()
			next.ServeHTTP(seen, r)
		})
	}
}
