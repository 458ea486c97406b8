package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
)

// TopicSettings says how topics are made. The zero value takes the broker's own partitions, replicas and retention.
type TopicSettings struct {
	Partitions int
	Replicas   int
	MinInSync  int
	Retention  time.Duration
	// DeadLetters is how long dead letters are kept; 30 days unless given.
	DeadLetters time.Duration
}

// EnsureTopics makes every topic of the catalogue, and the dead-letter topics of groups, given by the topics
// each reads. Topics that exist are left as they are. It returns when every one of them has a leader, so that a reader or
// a writer may start at once.
func EnsureTopics(ctx context.Context, cfg Config, groups map[string][]string) error {
	if err := cfg.check(); err != nil {
		return err
	}
	cfg = cfg.withDefaults()
	wanted := cfg.topicConfigs(groups)
	if len(wanted) == 0 {
		return nil
	}
	client, closeClient := newClient(cfg)
	defer closeClient()
	return again(ctx, func() error {
		if err := createTopics(ctx, client, wanted); err != nil {
			// The client says only that no broker is there; one who is told why is helped, by a refused password above all.
			if _, cause := allPartitions(ctx, cfg); cause != nil {
				err = cause
			}
			return fmt.Errorf("create topics: %w", err)
		}
		if err := haveLeaders(ctx, cfg, wanted); err != nil {
			return fmt.Errorf("wait for topics: %w", err)
		}
		return nil
	})
}

func (c Config) topicConfigs(groups map[string][]string) []kafka.TopicConfig {
	var wanted []kafka.TopicConfig
	for _, topic := range CatalogueTopics() {
		wanted = append(wanted, c.topicConfig(Topic(c.Company, topic), c.Topics.Partitions, c.Topics.Retention))
	}
	for group, topics := range groups {
		for _, topic := range topics {
			kept := orElse(c.Topics.DeadLetters, 30*24*time.Hour)
			letters := c.topicConfig(DeadLetterTopic(c.Company, group, topic), 1, kept)
			letters.ConfigEntries = append(letters.ConfigEntries, kafka.ConfigEntry{
				ConfigName: "max.message.bytes", ConfigValue: strconv.Itoa(maxLetter + 1<<20), // with framing
			})
			wanted = append(wanted, letters)
		}
	}
	return wanted
}

func (c Config) topicConfig(name string, partitions int, retention time.Duration) kafka.TopicConfig {
	topic := kafka.TopicConfig{
		Topic: name, NumPartitions: orElse(partitions, -1), ReplicationFactor: orElse(c.Topics.Replicas, -1),
	}
	set := func(name, value string) {
		topic.ConfigEntries = append(topic.ConfigEntries, kafka.ConfigEntry{ConfigName: name, ConfigValue: value})
	}
	if retention != 0 {
		set("retention.ms", strconv.FormatInt(retention.Milliseconds(), 10))
	}
	if c.Topics.MinInSync != 0 {
		set("min.insync.replicas", strconv.Itoa(c.Topics.MinInSync))
	}
	return topic
}

func createTopics(ctx context.Context, client *kafka.Client, wanted []kafka.TopicConfig) error {
	resp, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: wanted})
	if err != nil {
		return err
	}
	for topic, err := range resp.Errors {
		if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			return fmt.Errorf("%s: %w", topic, err)
		}
	}
	return nil
}

// haveLeaders asks the broker, not a cache, for a new topic is not known everywhere at once.
func haveLeaders(ctx context.Context, cfg Config, wanted []kafka.TopicConfig) error {
	led, err := ledTopics(ctx, cfg)
	if err != nil {
		return err
	}
	for _, topic := range wanted {
		if !led[topic.Topic] {
			return fmt.Errorf("%s: %w", topic.Topic, kafka.LeaderNotAvailable)
		}
	}
	return nil
}

// ledTopics is the broker's topics whose every partition has a leader.
func ledTopics(ctx context.Context, cfg Config) (map[string]bool, error) {
	partitions, err := allPartitions(ctx, cfg)
	if err != nil {
		return nil, err
	}
	led := map[string]bool{}
	for _, p := range partitions {
		healthy := p.Error == nil && p.Leader.Host != ""
		if known, seen := led[p.Topic]; seen {
			healthy = healthy && known
		}
		led[p.Topic] = healthy
	}
	return led, nil
}

// allPartitions reads the broker's metadata past every cache.
func allPartitions(ctx context.Context, cfg Config) ([]kafka.Partition, error) {
	var lines lines
	defer lines.hangUp()
	conn, err := dialAny(ctx, &lines, cfg)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(askTimeout)); err != nil {
		return nil, err
	}
	return conn.ReadPartitions()
}

// again repeats what a young or busy broker refuses (unknown topic, no leader yet) until it works or ctx ends.
func again(ctx context.Context, do func() error) error {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		err := do()
		if err == nil || !passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// passing errors come from a cluster that is still finding out about its own topics.
func passing(err error) bool {
	return slices.ContainsFunc([]kafka.Error{
		kafka.UnknownTopicOrPartition, kafka.NotLeaderForPartition, kafka.LeaderNotAvailable, kafka.NotController, kafka.RequestTimedOut,
	}, func(code kafka.Error) bool { return errors.Is(err, code) })
}
