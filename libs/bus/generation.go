package bus

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// generation is the time between two deals of the group's partitions: what we were dealt, and the one committer of it. The
// broker refuses a commit of a generation that is over, so a late one can never take the group back.
type generation struct {
	consumer   *Consumer
	session    *session
	kafka      *kafka.Generation
	partitions []*partition

	fetching, working, handling               context.Context // end one after the other when the generation does
	stopFetching, stopWorking, cancelHandlers context.CancelFunc

	committed map[*partition]int64
}

func newGeneration(ctx context.Context, s *session, next *kafka.Generation) *generation {
	g := &generation{consumer: s.consumer, session: s, kafka: next, committed: map[*partition]int64{}}
	lasting := context.WithoutCancel(ctx) // a stop must not cut off the handlers
	g.handling, g.cancelHandlers = context.WithCancel(lasting)
	g.working, g.stopWorking = context.WithCancel(lasting)
	g.fetching, g.stopFetching = context.WithCancel(lasting)
	for topic, assignments := range next.Assignments {
		for _, a := range assignments {
			g.partitions = append(g.partitions, newPartition(g, topic, a.ID, a.Offset))
		}
	}
	return g
}

// rebalanceLimit is how long the other members of the group wait for our handlers.
const rebalanceLimit = 5 * time.Second

// run returns nil when the generation is over or ctx has ended, and otherwise why the session must be made anew.
func (g *generation) run(ctx context.Context, over <-chan struct{}) error {
	var fetchers sync.WaitGroup
	for _, p := range g.partitions {
		fetchers.Go(func() { p.fetch(g.fetching) })
	}
	end := func(limit time.Duration) { g.end(limit, &fetchers) }
	commits, watches, topics := time.NewTicker(g.consumer.cfg.CommitEvery), time.NewTicker(g.consumer.watch), time.NewTicker(time.Second)
	defer commits.Stop()
	defer watches.Stop()
	defer topics.Stop()
	for {
		select {
		case <-ctx.Done():
			end(g.consumer.cfg.Drain)
			return nil
		case <-over:
			end(rebalanceLimit)
			return nil
		case <-commits.C:
			g.commit()
		case now := <-watches.C:
			if g.stalled(ctx, now) {
				end(rebalanceLimit)
				return errStalled
			}
		case <-topics.C:
			if g.moreTopics(ctx) {
				end(rebalanceLimit)
				return errTopics
			}
		}
	}
}

func (g *generation) moreTopics(ctx context.Context) bool {
	if len(g.session.topics) == len(g.consumer.router.Topics()) {
		return false
	}
	topics, err := g.consumer.existing(ctx)
	return err == nil && len(topics) > len(g.session.topics)
}

// end stops in order: fetch no more, begin no more, wait for what runs, commit what was reached.
func (g *generation) end(limit time.Duration, fetchers *sync.WaitGroup) {
	g.stopFetching()
	for _, p := range g.partitions {
		p.lanes.stop()
	}
	g.stopWorking()
	g.consumer.log.Info("consumer fetches no more; finishing what runs", "partitions", len(g.partitions), "limit", limit)
	patience, cancel := context.WithTimeout(g.handling, limit)
	defer cancel()
	for _, p := range g.partitions {
		if !p.lanes.wait(patience) {
			p.log.Warn("handlers did not finish in time; their events will come again")
		}
	}
	g.cancelHandlers()
	g.commit()
	fetchers.Wait()
	for _, p := range g.partitions {
		g.consumer.metrics.lag.DeleteLabelValues(p.labels()...)
	}
}

// commit tells the broker how far we have come. One that fails is repeated by the next: it only decides what comes again.
func (g *generation) commit() {
	offsets := map[string]map[int]int64{}
	reached := map[*partition]int64{}
	for _, p := range g.partitions {
		offset, finished := p.place()
		if !finished || offset == g.committed[p] {
			continue
		}
		if offsets[p.fullTopic] == nil {
			offsets[p.fullTopic] = map[int]int64{}
		}
		offsets[p.fullTopic][p.id], reached[p] = offset, offset
	}
	if len(offsets) == 0 {
		return
	}
	if err := g.kafka.CommitOffsets(offsets); err != nil {
		g.consumer.log.Warn("commit offsets", "error", err)
		return
	}
	for p, offset := range reached {
		g.committed[p] = offset
	}
}

// stalled measures how far behind we are, and tells whether a partition with messages has not moved for too long.
func (g *generation) stalled(ctx context.Context, now time.Time) bool {
	if len(g.partitions) == 0 {
		return false
	}
	ends, err := g.bounds(ctx)
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		g.consumer.log.WarnContext(ctx, "measure lag", "error", err)
		return false
	}
	stalled := false
	for _, p := range g.partitions {
		bounds, known := ends[spot{p.fullTopic, p.id}]
		if !known {
			continue
		}
		place, _ := p.place()
		behind := bounds.LastOffset - max(place, bounds.FirstOffset)
		g.consumer.metrics.lag.WithLabelValues(p.labels()...).Set(float64(behind))
		if silent := now.Sub(p.lastMoved()); behind > 0 && silent > g.consumer.cfg.Stalled {
			p.log.ErrorContext(ctx, "messages wait and none gets on", "behind", behind, "silent", silent)
			stalled = true
		}
	}
	return stalled
}

type spot struct {
	topic     string
	partition int
}

func (g *generation) bounds(ctx context.Context) (map[spot]kafka.PartitionOffsets, error) {
	var at []spot
	for _, p := range g.partitions {
		at = append(at, spot{p.fullTopic, p.id})
	}
	return logBounds(ctx, g.consumer.cfg, at)
}

// logBounds asks where the logs of partitions begin and end.
func logBounds(ctx context.Context, cfg Config, at []spot) (map[spot]kafka.PartitionOffsets, error) {
	client, closeClient := newClient(cfg)
	defer closeClient()
	ask := map[string][]kafka.OffsetRequest{}
	for _, s := range at {
		ask[s.topic] = append(ask[s.topic], kafka.FirstOffsetOf(s.partition), kafka.LastOffsetOf(s.partition))
	}
	resp, err := client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: ask})
	if err != nil {
		return nil, err
	}
	bounds := map[spot]kafka.PartitionOffsets{}
	for topic, partitions := range resp.Topics {
		for _, p := range partitions {
			if p.Error != nil {
				return nil, p.Error
			}
			bounds[spot{topic, p.Partition}] = p
		}
	}
	return bounds, nil
}

func (p *partition) labels() []string {
	return []string{p.consumer.group, p.topic, strconv.Itoa(p.id)}
}
