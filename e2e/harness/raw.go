package harness

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/linlihub/linli/libs/fault/faulthttp"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
)

// AdminToken is Token for the account with which a company is set up.
func (p *Platform) AdminToken() string {
	p.t.Helper()
	return p.signIn(&identityv1.CreateSessionRequest{Username: "admin", Password: p.admin})
}

// Token signs in anew as a resident (p…) or an employee, for requests that no proper client would send.
func (p *Platform) Token(id string) string {
	p.t.Helper()
	if strings.HasPrefix(id, "p") {
		p.Resident(id) // waits until the account is there
		return p.signIn(&identityv1.CreateSessionRequest{Phone: Phone(id), Code: p.code(id)})
	}
	p.Staff(id)
	return p.signIn(&identityv1.CreateSessionRequest{Username: id, Password: Password})
}

// code asks for a one-time code and waits for it.
func (p *Platform) code(resident string) string {
	p.t.Helper()
	if err := p.codes.Expect(Phone(resident)); err != nil {
		p.t.Fatal(err)
	}
	sessions := identityv1.NewSessionsClient(p.Nobody())
	if _, err := sessions.RequestOtp(p.Context(), &identityv1.RequestOtpRequest{Phone: Phone(resident)}); err != nil {
		p.t.Fatal(err)
	}
	code, err := p.codes.Await(p.Context(), Phone(resident))
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

func (p *Platform) signIn(request *identityv1.CreateSessionRequest) string {
	p.t.Helper()
	session, err := identityv1.NewSessionsClient(p.Nobody()).Create(p.Context(), request)
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

// Send makes one request as it is told to: headers are pairs of name and value. An answer there always is; of a stream, which
// does not end, it is the first line.
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
	response, err := (&http.Client{Transport: p.tapped(http.DefaultTransport)}).Do(request)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	answer, err := firstOf(response)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: answer}
}

func firstOf(response *http.Response) ([]byte, error) {
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		return bufio.NewReader(response.Body).ReadBytes('\n')
	}
	return io.ReadAll(response.Body)
}
