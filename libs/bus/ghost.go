package bus

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go"
)

// dismissFormer ends the membership of the process that we were, when that was killed and could not say so: its partitions
// and everybody else would wait for it until its session times out. It is worth a try only: after a while it does.
func (c *Consumer) dismissFormer(ctx context.Context) {
	if c.cfg.Instance == "" {
		return
	}
	client, closeClient := newClient(c.cfg)
	defer closeClient()
	group := Group(c.cfg.Company, c.group)
	described, err := client.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})
	if err != nil || len(described.Groups) == 0 {
		c.log.DebugContext(ctx, "cannot see who is in the group", "error", err)
		return
	}
	var former []kafka.LeaveGroupRequestMember
	for _, m := range described.Groups[0].Members {
		if m.ClientID == c.cfg.Instance {
			former = append(former, kafka.LeaveGroupRequestMember{ID: m.MemberID})
		}
	}
	if len(former) == 0 {
		return
	}
	_, err = client.LeaveGroup(ctx, &kafka.LeaveGroupRequest{GroupID: group, Members: former})
	c.log.InfoContext(ctx, "dismissed who we were before", "members", len(former), "error", err)
}

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
