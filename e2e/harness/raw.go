package harness

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/linlihub/linli/libs/fault/faulthttp"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
)

// Token signs in anew as a resident (p…) or an employee, for requests that no proper client would send.
func (p *Platform) Token(id string) string {
	p.t.Helper()
	sessions, request := identityv1.NewSessionsClient(p.Nobody()), &identityv1.CreateSessionRequest{Username: id, Password: Password}
	if strings.HasPrefix(id, "p") {
		if err := p.codes.Expect(Phone(id)); err != nil {
			p.t.Fatal(err)
		}
		if _, err := sessions.RequestOtp(p.Context(), &identityv1.RequestOtpRequest{Phone: Phone(id)}); err != nil {
			p.t.Fatal(err)
		}
		code, err := p.codes.Await(p.Context(), Phone(id))
		if err != nil {
			p.t.Fatal(err)
		}
		request = &identityv1.CreateSessionRequest{Phone: Phone(id), Code: code}
	}
	session, err := sessions.Create(p.Context(), request)
	if err != nil {
		p.t.Fatal(err)
	}
	return session.GetAccessToken()
}

// Answer is what came back, as it is on the wire.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Problem is the answer of a request that was refused; the zero one if it is none.
func (a Answer) Problem() (problem faulthttp.Problem) {
	if a.Header.Get("Content-Type") == faulthttp.ContentType {
		_ = json.Unmarshal(a.Body, &problem) // then it is the zero one
	}
	return problem
}

// Send makes one request as it is told to: headers are pairs of name and value. An answer there always is.
func (p *Platform) Send(method, path, token string, body []byte, headers ...string) Answer {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.Context(), method, p.URL+path, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if request.Header.Set(headers[i], headers[i+1]); headers[i] == "Transfer-Encoding" {
			request.ContentLength = -1 // how long it is shows when it ends
		}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: answer}
}
