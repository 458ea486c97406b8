package bus

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
)

// session is one membership in the group, with a fixed set of topics: generation after generation, as members come and go.
type session struct {
	consumer   *Consumer
	topics     []string // as the broker calls them
	ready      func()
	progressed atomic.Bool // any message got on
	member     string      // who we were in the last generation, until that is over
}

// closeLimit is how long leaving the group or closing a reader may take.
const closeLimit = 5 * time.Second

func (s *session) run(ctx context.Context) error {
	c := s.consumer
	c.dismissFormer(ctx)
	var phone lines
	group, err := c.newGroup(&phone, s.topics)
	if err != nil {
		return err
	}
	defer func() {
		phone.leave()
		if !within(closeLimit, func() { _ = group.Close() }) {
			c.log.WarnContext(ctx, "the group did not let us go in time")
		}
		phone.hangUp()
	}()
	var farewells sync.WaitGroup
	defer farewells.Wait()
	ctx, over := context.WithCancel(ctx)
	defer over()
	for {
		next, err := group.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, kafka.ErrGroupClosed):
			return err
		case err != nil:
			// It tries again by itself, after a while. A rebalance leaves us who we are, everything else makes us join anew.
			c.log.WarnContext(ctx, "join the group", "error", err)
			if member := s.member; member != "" && !errors.Is(err, kafka.RebalanceInProgress) {
				s.member = ""
				farewells.Go(func() { c.layToRest(ctx, member) })
			}
			continue
		}
		s.member = next.MemberID
		if err := s.generation(ctx, next); err != nil || ctx.Err() != nil {
			return err
		}
		if topics, err := c.existing(ctx); err == nil && !slices.Equal(topics, s.topics) {
			return errTopics
		}
	}
}

// generation works until the group is dealt anew. Inside Start, for the client joins again as soon as that returns: after
// any other end it has to wait until the group is closed, or it would join only to leave.
func (s *session) generation(ctx context.Context, next *kafka.Generation) error {
	ended := make(chan error, 1)
	g := newGeneration(ctx, s, next)
	next.Start(func(over context.Context) {
		err := g.run(ctx, over.Done())
		ended <- err
		if err != nil || ctx.Err() != nil {
			<-over.Done()
		}
	})
	s.ready()
	return <-ended
}
