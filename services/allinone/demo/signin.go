package demo

import (
	"context"
	"time"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/fault"
)

// SignIn opens the client's session. An account follows its person or employee by an event, so right after an import it
// may be a moment away; wrong credentials are counted against guessing, so it is asked for at growing distances.
func SignIn(ctx context.Context, c *client.Client) error {
	const longest = 15 * time.Second // a busy machine makes accounts of thousands of people in half a minute
	wall := clock.Real()
	for pause := 100 * time.Millisecond; ; pause *= 2 {
		_, err := c.SignIn(ctx)
		if err == nil || fault.KindOf(err) != fault.Unauthenticated || pause > longest {
			return err
		}
		if err := clock.Wait(ctx, wall, wall.Now().Add(pause)); err != nil {
			return err
		}
	}
}
