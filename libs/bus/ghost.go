package bus

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go"
)

// farewellPause is the time between two tries to tell the broker that a membership is over.
const farewellPause = time.Second / 4

// layToRest tells the broker that a membership is over whose client lost touch. The client forgets who it was and joins
// anew; but the broker, back from a crash, remembers, and has everybody wait for the ghost until its session times out. It
// is tried until the broker has heard, or ctx ends.
func (c *Consumer) layToRest(ctx context.Context, member string) {
	client, closeClient := newClient(c.cfg)
	defer closeClient()
	request := &kafka.LeaveGroupRequest{
		GroupID: Group(c.cfg.Company, c.group), Members: []kafka.LeaveGroupRequestMember{{ID: member}},
	}
	for ctx.Err() == nil {
		response, err := client.LeaveGroup(ctx, request)
		if err == nil && response.Error == nil { // of a member it does not know it says so elsewhere, and that is as well
			c.log.DebugContext(ctx, "a membership that lost touch is over", "member", member)
			return
		}
		pause(ctx, farewellPause)
	}
}
