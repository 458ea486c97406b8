package harness

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
)

// Canaries: what the community of every platform holds and nothing may tell on: no log, span, record of Kafka or refusal.
const (
	// Name is that of every resident, FullName that of every employee; Password is with which employees sign in.
	Name     = "欧阳蔷薇荷"
	FullName = "司马琅琊石"
	Password = "Nachtigall-7391-Kranich"
	// DoorCode and IDNumber are told by residents in the words of a ticket.
	DoorCode = "门禁8642#7391"
	IDNumber = "11010519491231002X"
)

// phones are those of Phone and of the staff.
var phones = regexp.MustCompile(`(?:^|[^0-9A-Za-z.\-])(199000[01]\d{4})(?:[^0-9A-Za-z\-]|$)`)

// canaries are the values that one platform must keep to itself.
type canaries struct {
	mu      sync.Mutex
	tokens  map[string]bool
	refused int
}

// in names the canaries that a text tells.
func (c *canaries) in(text string, codes []string) (found []string) {
	for _, secret := range []string{Name, FullName, Password, DoorCode, IDNumber} {
		if strings.Contains(text, secret) {
			found = append(found, secret)
		}
	}
	if phone := phoneIn(text); phone != "" {
		found = append(found, phone)
	}
	for _, code := range codes { // six digits alone may be anything
		if strings.Contains(text, `"`+code+`"`) || strings.Contains(text, "="+code+" ") || strings.Contains(text, "\x06"+code) {
			found = append(found, "the code "+code)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for token := range c.tokens {
		if strings.Contains(text, token) {
			found = append(found, "the token "+token)
		}
	}
	return found
}

// phoneIn is the first phone that a text tells. Texts have many megabytes: the expression sees only where one may be.
func phoneIn(text string) string {
	const begins, length = "199000", 11
	for i := 0; ; i++ {
		next := strings.Index(text[i:], begins)
		if next < 0 {
			return ""
		}
		i += next
		if phone := phones.FindStringSubmatch(text[max(0, i-1):min(len(text), i+length+1)]); phone != nil {
			return phone[1]
		}
	}
}

// keep remembers a token, by its end: of a JWT that is the signature.
func (c *canaries) keep(token string) {
	if token == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens[token[max(0, len(token)-40):]] = true
}

// tap sees what callers of a platform are answered: it learns their tokens, and holds every refusal against the canaries.
type tap struct {
	platform *Platform
	next     http.RoundTripper
}

// RoundTrip passes the exchange on unchanged.
func (t tap) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.next.RoundTrip(r)
	if err != nil || answer.StatusCode < http.StatusBadRequest && !strings.HasPrefix(r.URL.Path, "/v1/sessions") {
		return answer, err
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return answer, err
	}
	if answer.StatusCode < http.StatusBadRequest {
		var session struct {
			Access  string `json:"access_token"`
			Refresh string `json:"refresh_token"`
		}
		err = json.Unmarshal(body, &session)
		t.platform.canaries.keep(session.Access)
		t.platform.canaries.keep(session.Refresh)
		return answer, err
	}
	t.platform.canaries.mu.Lock()
	t.platform.canaries.refused++
	t.platform.canaries.mu.Unlock()
	if found := t.platform.canaries.in(string(body), nil); found != nil {
		t.platform.t.Errorf("the refusal of %s %s tells %q: %s", r.Method, r.URL.Path, found, body)
	}
	return answer, nil
}

// tapped is the transport of all callers.
func (p *Platform) tapped(next http.RoundTripper) http.RoundTripper { return tap{p, next} }

// sent are the one-time codes that were sent.
func (p *Platform) sent() (codes []string) {
	p.t.Helper()
	told, err := os.ReadFile(p.told)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, line := range regexp.MustCompile(`code=(\d+) `).FindAllStringSubmatch(string(told), -1) {
		codes = append(codes, line[1])
	}
	return codes
}
