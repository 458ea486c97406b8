package client

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faulthttp"
)

// faultOf makes an answer that is not a success the fault it tells of. An answer that is not ours, of a proxy perhaps,
// keeps only the kind that its status means.
func faultOf(op string, response *http.Response, body []byte) error {
	kind := kindOf(response.StatusCode)
	var problem faulthttp.Problem
	if err := json.Unmarshal(body, &problem); err != nil || problem.Code == "" {
		return kind.Wrap(fmt.Errorf("%s: answered %s without a problem", op, response.Status)).RetryAfter(retryAfter(response))
	}
	report := fault.Report{
		Kind: kind, Code: problem.Code, ZH: problem.Detail, EN: problem.Detail, Meta: problem.Values,
		RetryAfter: retryAfter(response),
	}
	for _, e := range problem.Errors {
		report.Violations = append(report.Violations, fault.Violation{Field: e.Field, ZH: e.Detail, EN: e.Detail})
	}
	return report.Err(fmt.Errorf("%s: %s, trace %s", op, response.Status, problem.TraceID))
}

var kinds = func() map[int]fault.Kind {
	byStatus := map[int]fault.Kind{}
	for _, kind := range fault.Kinds() {
		byStatus[faulthttp.Status(kind)] = kind
	}
	return byStatus
}()

// kindOf is the kind a status means. Statuses of proxies that are none of ours count as their class.
func kindOf(status int) fault.Kind {
	if kind, ok := kinds[status]; ok {
		return kind
	}
	switch {
	case status == http.StatusBadGateway:
		return fault.Unavailable
	case status >= 400 && status < 500:
		return fault.Invalid
	}
	return fault.Internal
}

func retryAfter(response *http.Response) time.Duration {
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return notAsked
	}
	return time.Duration(seconds) * time.Second
}

// notAsked is the wait when nobody asked for one: to say none at all would mean the default of a fault, a second.
const notAsked = time.Nanosecond

// unreachable is an exchange that got no whole answer. The caller's own end is told as it is.
func unreachable(ctx context.Context, op string, cause error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", op, ctx.Err())
	}
	return fault.Unavailable.Wrap(fmt.Errorf("%s: %w", op, cause)).RetryAfter(notAsked)
}

// jitter is a duration between half and the whole of d: callers turned away together do not come back together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
