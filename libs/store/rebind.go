package store

import (
	"strconv"
	"strings"
	"sync"
)

// rebind numbers the placeholders of a statement: `a = ? AND b = '?'` becomes `a = $1 AND b = '?'`. A question mark inside
// quotes or comments is text and stays.
func rebind(query string) string {
	if !strings.Contains(query, "?") {
		return query
	}
	var out strings.Builder
	out.Grow(len(query) + 16)
	for n := 1; query != ""; {
		skip := opaque(query)
		if skip == 0 {
			skip = 1
			if query[0] == '?' {
				out.WriteByte('$')
				out.WriteString(strconv.Itoa(n))
				query, n = query[1:], n+1
				continue
			}
		}
		out.WriteString(query[:skip])
		query = query[skip:]
	}
	return out.String()
}

// opaque is the length of the quoted text or comment that query begins with, or 0. What is never closed reaches to the end.
func opaque(query string) int {
	switch {
	case query[0] == '\'' || query[0] == '"':
		// A doubled quote inside ends one literal and begins the next, which comes to the same.
		return within(query, 1, query[:1])
	case strings.HasPrefix(query, "--"):
		return within(query, 2, "\n")
	case strings.HasPrefix(query, "/*"):
		return nested(query)
	}
	return 0
}

// within is the length of query up to and including the first end after the opening.
func within(query string, opening int, end string) int {
	if i := strings.Index(query[opening:], end); i >= 0 {
		return opening + i + len(end)
	}
	return len(query)
}

// nested is the length of a block comment, in which PostgreSQL, the only engine that needs rebind, counts inner ones.
func nested(query string) int {
	depth := 0
	for i := 0; i+1 < len(query); i++ {
		switch query[i : i+2] {
		case "/*":
			depth, i = depth+1, i+1
		case "*/":
			depth, i = depth-1, i+1
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(query)
}

// rebinder remembers what it rebound: a service has some dozens of statements and uses them for ever.
type rebinder struct {
	mu   sync.RWMutex
	seen map[string]string
}

// remembered bounds a rebinder where statements are put together at run time.
const remembered = 1024

func (r *rebinder) rebind(query string) string {
	r.mu.RLock()
	bound, ok := r.seen[query]
	r.mu.RUnlock()
	if ok {
		return bound
	}
	bound = rebind(query)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil || len(r.seen) >= remembered {
		r.seen = make(map[string]string)
	}
	r.seen[query] = bound
	return bound
}
