package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/linlihub/linli/libs/clock"
)

// Clock reads the server's clock and answers one that runs along with it here. It is off by half of the time that the
// question took, times the server's speed.
func (c *Client) Clock(ctx context.Context) (clock.Clock, error) {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url("/v1/clock", nil), nil)
	if err != nil {
		return nil, fmt.Errorf("read clock: %w", err)
	}
	c.dress(request.Header, "")
	asked := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		return nil, unreachable(ctx, "read clock", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return nil, unreachable(ctx, "read clock", err)
	}
	middle := asked.Add(time.Since(asked) / 2)
	if response.StatusCode != http.StatusOK {
		return nil, faultOf("read clock", response, body)
	}
	return parseClock(body, middle)
}

func parseClock(body []byte, read time.Time) (clock.Clock, error) {
	var answer struct {
		Now   time.Time `json:"now"`
		Speed float64   `json:"speed"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("read clock: %w", err)
	}
	if answer.Now.IsZero() || !(answer.Speed > 0 && answer.Speed <= clock.MaxSpeed) {
		return nil, fmt.Errorf("read clock: absurd answer %.200s", body)
	}
	return clock.Scaled(answer.Now, read, answer.Speed), nil
}
