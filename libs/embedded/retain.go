package embedded

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// keepSweeping drops old records until the broker closes.
func (k *Kafka) keepSweeping(ctx context.Context) {
	defer close(k.swept)
	tick := time.NewTicker(k.cfg.SweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if err := k.sweep(ctx, now); err != nil && ctx.Err() == nil {
				k.log.Warn("drop old records", "error", err)
			}
		}
	}
}

// sweep drops, in every partition, what is too old and what is too much.
func (k *Kafka) sweep(ctx context.Context, now time.Time) error {
	topics, err := k.topics(ctx)
	if err != nil {
		return err
	}
	read, err := k.readByAll(ctx)
	if err != nil {
		return err
	}
	young, err := k.firstSince(ctx, topics, func(topic string) time.Time { return now.Add(-k.retention(topic)) })
	if err != nil {
		return err
	}
	for topic := range topics {
		for _, p := range k.cluster.PartitionInfos(topic) {
			at := spot{topic, p.Partition}
			log := partitionLog{first: p.LogStartOffset, next: p.HighWatermark, bytes: p.NumBytes, young: young[at], read: read[at]}
			if k.retention(topic) < 0 {
				log.young = p.LogStartOffset
			}
			if cut := log.cut(k.cfg.MaxBytes); cut > p.LogStartOffset {
				if err := k.cluster.DeleteRecords(topic, p.Partition, cut); err != nil {
					return fmt.Errorf("delete records of %s/%d: %w", topic, p.Partition, err)
				}
			}
		}
	}
	return nil
}

type spot struct {
	topic     string
	partition int32
}

// partitionLog is what decides how much of a partition may go.
type partitionLog struct {
	first, next int64 // offsets: the oldest record, and the one after the newest
	bytes       int64
	young       int64 // the first record within the retention; -1 when there is none
	read        int64 // everything before has been read by every group that ever read here; 0 when none did
}

// cut is the offset before which records may be deleted. The newest record always stays: see the package comment.
func (l partitionLog) cut(maxBytes int64) int64 {
	cut := l.young
	if cut < 0 {
		cut = l.next
	}
	if count := l.next - l.first; maxBytes >= 0 && l.bytes > maxBytes && count > 0 {
		surplus := count * (l.bytes - maxBytes) / l.bytes
		cut = max(cut, min(l.first+surplus, l.read))
	}
	return min(cut, l.next-1)
}

// retention is the topic's own, where its creator gave one.
func (k *Kafka) retention(topic string) time.Duration {
	if info := k.cluster.TopicInfo(topic); info != nil && info.Configs["retention.ms"] != nil {
		if ms, err := strconv.ParseInt(*info.Configs["retention.ms"], 10, 64); err == nil {
			return time.Duration(ms) * time.Millisecond
		}
	}
	return k.cfg.Retention
}

func (k *Kafka) topics(ctx context.Context) (map[string]int, error) {
	req := kmsg.NewPtrMetadataRequest()
	resp, err := req.RequestWith(ctx, k.client)
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	topics := map[string]int{}
	for _, t := range resp.Topics {
		if t.Topic != nil {
			topics[*t.Topic] = len(t.Partitions)
		}
	}
	return topics, nil
}

// readByAll is the lowest offset committed for a partition by any group that ever committed there.
func (k *Kafka) readByAll(ctx context.Context) (map[spot]int64, error) {
	resp, err := kmsg.NewPtrListGroupsRequest().RequestWith(ctx, k.client)
	if err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	read := map[spot]int64{}
	for _, g := range resp.Groups {
		info := k.cluster.GroupInfo(g.Group)
		if info == nil {
			continue
		}
		for topic, partitions := range info.Commits {
			for partition, commit := range partitions {
				at := spot{topic, partition}
				if lowest, known := read[at]; !known || commit.Offset < lowest {
					read[at] = commit.Offset
				}
			}
		}
	}
	return read, nil
}

// firstSince finds the first record of every partition that is not older than since says; -1 where all are older.
func (k *Kafka) firstSince(ctx context.Context, topics map[string]int, since func(topic string) time.Time) (map[spot]int64, error) {
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID = -1
	for topic, partitions := range topics {
		rt := kmsg.NewListOffsetsRequestTopic()
		rt.Topic = topic
		for p := range partitions {
			rp := kmsg.NewListOffsetsRequestTopicPartition()
			rp.Partition = int32(p)
			rp.Timestamp = max(0, since(topic).UnixMilli())
			rt.Partitions = append(rt.Partitions, rp)
		}
		req.Topics = append(req.Topics, rt)
	}
	resp, err := req.RequestWith(ctx, k.client)
	if err != nil {
		return nil, fmt.Errorf("find old records: %w", err)
	}
	first := map[spot]int64{}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return nil, fmt.Errorf("find old records of %s/%d: %w", t.Topic, p.Partition, err)
			}
			first[spot{t.Topic, p.Partition}] = p.Offset
		}
	}
	return first, nil
}
