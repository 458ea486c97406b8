package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

func start(t *testing.T, cfg KafkaConfig) *Kafka {
	t.Helper()
	k, err := StartKafka(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

func client(t *testing.T, addr string) *kafka.Client {
	t.Helper()
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	transport := &kafka.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &kafka.Client{Addr: tcp, Timeout: 10 * time.Second, Transport: transport}
}

func createTopic(t *testing.T, c *kafka.Client, topic string, partitions int, configs ...kafka.ConfigEntry) {
	t.Helper()
	resp, err := c.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{
		{Topic: topic, NumPartitions: partitions, ReplicationFactor: -1, ConfigEntries: configs},
	}})
	if err == nil {
		err = resp.Errors[topic]
	}
	if err != nil {
		t.Fatalf("create %s: %v", topic, err)
	}
}

func produce(ctx context.Context, c *kafka.Client, topic string, partition int, values ...[]byte) (int64, error) {
	var records []kafka.Record
	for _, v := range values {
		records = append(records, kafka.Record{Value: kafka.NewBytes(v)})
	}
	resp, err := c.Produce(ctx, &kafka.ProduceRequest{
		Topic: topic, Partition: partition, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(records...),
	})
	if err != nil {
		return 0, err
	}
	return resp.BaseOffset, resp.Error
}

func commit(ctx context.Context, c *kafka.Client, group, topic string, partition int, offset int64) error {
	resp, err := c.OffsetCommit(ctx, &kafka.OffsetCommitRequest{
		GroupID: group, GenerationID: -1,
		Topics: map[string][]kafka.OffsetCommit{topic: {{Partition: partition, Offset: offset}}},
	})
	if err != nil {
		return err
	}
	return resp.Topics[topic][0].Error
}

func committed(t *testing.T, c *kafka.Client, group, topic string, partition int) int64 {
	t.Helper()
	resp, err := c.OffsetFetch(t.Context(), &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: {partition}}})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Topics[topic][0].CommittedOffset
}

func bounds(t *testing.T, c *kafka.Client, topic string, partition int) (first, last int64) {
	t.Helper()
	resp, err := c.ListOffsets(t.Context(), &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{topic: {kafka.FirstOffsetOf(partition), kafka.LastOffsetOf(partition)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Topics[topic][0].FirstOffset, resp.Topics[topic][0].LastOffset
}

func folderSize(t *testing.T, dir string) (size int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}

func TestTopicsAreNotCreatedByAccident(t *testing.T) {
	k := start(t, KafkaConfig{})
	c := client(t, k.Addr())
	if _, err := produce(t.Context(), c, "nobody.made.this", 0, []byte("x")); err == nil {
		t.Error("a record was taken for a topic that nobody created")
	}
}

func TestPartitionsByDefault(t *testing.T) {
	k := start(t, KafkaConfig{Partitions: 3})
	createTopic(t, client(t, k.Addr()), "t", -1)
	if got := len(k.Cluster().PartitionInfos("t")); got != 3 {
		t.Errorf("%d partitions, want the 3 of the configuration", got)
	}
}

func TestOrderlyRestartKeepsRecordsAndOffsets(t *testing.T) {
	cfg := KafkaConfig{Dir: t.TempDir()}
	k := start(t, cfg)
	c := client(t, k.Addr())
	createTopic(t, c, "t", 1)
	for i := range 100 {
		if _, err := produce(t.Context(), c, "t", 0, fmt.Appendf(nil, "record %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := commit(t.Context(), c, "g", "t", 0, 42); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}

	c = client(t, start(t, cfg).Addr())
	if first, last := bounds(t, c, "t", 0); first != 0 || last != 100 {
		t.Errorf("records %d to %d, want 0 to 100", first, last)
	}
	if got := committed(t, c, "g", "t", 0); got != 42 {
		t.Errorf("committed %d, want 42", got)
	}
}

// The offset of the next record must never fall back, or groups that committed would skip what comes.
func TestEverythingOldIsDroppedButNotThePlace(t *testing.T) {
	cfg := KafkaConfig{Dir: t.TempDir(), Retention: time.Nanosecond, SweepEvery: time.Hour}
	k := start(t, cfg)
	c := client(t, k.Addr())
	createTopic(t, c, "t", 1)
	for range 10 {
		if _, err := produce(t.Context(), c, "t", 0, []byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.sweep(t.Context(), time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if first, last := bounds(t, c, "t", 0); first != 9 || last != 10 {
		t.Errorf("records %d to %d remain, want only the newest, 9 to 10", first, last)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}

	c = client(t, start(t, cfg).Addr())
	if at, err := produce(t.Context(), c, "t", 0, []byte("new")); err != nil || at != 10 {
		t.Errorf("after the restart the next record is at %d (%v), want 10", at, err)
	}
}

func TestTopicsOwnRetentionWins(t *testing.T) {
	k := start(t, KafkaConfig{SweepEvery: time.Hour})
	c := client(t, k.Addr())
	createTopic(t, c, "short", 1, kafka.ConfigEntry{ConfigName: "retention.ms", ConfigValue: "1000"})
	createTopic(t, c, "default", 1)
	createTopic(t, c, "ever", 1, kafka.ConfigEntry{ConfigName: "retention.ms", ConfigValue: "-1"})
	topics := []string{"short", "default", "ever"}
	for _, topic := range topics {
		for range 3 {
			if _, err := produce(t.Context(), c, topic, 0, []byte("x")); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, step := range []struct {
		after time.Duration
		first []int64
	}{{time.Minute, []int64{2, 0, 0}}, {8 * 24 * time.Hour, []int64{2, 2, 0}}} {
		if err := k.sweep(t.Context(), time.Now().Add(step.after)); err != nil {
			t.Fatal(err)
		}
		for i, topic := range topics {
			if first, _ := bounds(t, c, topic, 0); first != step.first[i] {
				t.Errorf("%s after %v begins at %d, want %d", topic, step.after, first, step.first[i])
			}
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		name string
		log  partitionLog
		max  int64
		want int64
	}{
		{"empty", partitionLog{young: -1}, 10, -1},
		{"all young", partitionLog{first: 5, next: 10, bytes: 5, young: 5}, 10, 5},
		{"some old", partitionLog{first: 5, next: 10, bytes: 5, young: 8}, 10, 8},
		{"all old", partitionLog{first: 5, next: 10, bytes: 5, young: -1}, 10, 9},
		{"too much, read", partitionLog{first: 0, next: 100, bytes: 200, young: 0, read: 100}, 100, 50},
		{"too much, read in part", partitionLog{first: 0, next: 100, bytes: 200, young: 0, read: 20}, 100, 20},
		{"too much, unread", partitionLog{first: 0, next: 100, bytes: 200, young: 0}, 100, 0},
		{"too much, no limit", partitionLog{first: 0, next: 100, bytes: 200, young: 0, read: 100}, -1, 0},
	} {
		if got := tt.log.cut(tt.max); got != tt.want {
			t.Errorf("%s: cut at %d, want %d", tt.name, got, tt.want)
		}
	}
}

// Memory and folder stay flat however much passes through, once it has been read.
func TestFolderAndMemoryStayFlat(t *testing.T) {
	const rounds, perRound, batch = 40, 4000, 100
	cfg := KafkaConfig{Dir: t.TempDir(), MaxBytes: 256 << 10, SegmentBytes: 64 << 10, SweepEvery: time.Hour}
	k := start(t, cfg)
	c := client(t, k.Addr())
	createTopic(t, c, "t", 1)
	value := make([]byte, 300)
	var folder, heap [rounds]int64
	for round := range rounds {
		for range perRound / batch {
			values := make([][]byte, batch)
			for i := range values {
				values[i] = value
			}
			if _, err := produce(t.Context(), c, "t", 0, values...); err != nil {
				t.Fatal(err)
			}
		}
		_, last := bounds(t, c, "t", 0)
		if err := commit(t.Context(), c, "g", "t", 0, last); err != nil {
			t.Fatal(err)
		}
		if err := k.sweep(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		folder[round], heap[round] = folderSize(t, cfg.Dir), heapInUse()
	}
	t.Logf("%d records of %d bytes: folder %d KiB after 4 rounds, %d KiB at the end; heap %d KiB and %d KiB",
		rounds*perRound, len(value), folder[3]>>10, folder[rounds-1]>>10, heap[3]>>10, heap[rounds-1]>>10)
	if limit := cfg.MaxBytes + 3*cfg.SegmentBytes; folder[rounds-1] > limit {
		t.Errorf("the folder has %d bytes, more than %d", folder[rounds-1], limit)
	}
	if grown := heap[rounds-1] - heap[3]; grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestSweepsByItself(t *testing.T) {
	k := start(t, KafkaConfig{Retention: time.Millisecond, SweepEvery: 10 * time.Millisecond})
	c := client(t, k.Addr())
	createTopic(t, c, "t", 1)
	for range 5 {
		if _, err := produce(t.Context(), c, "t", 0, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	for first := int64(0); first != 4; first, _ = bounds(t, c, "t", 0) {
		if t.Context().Err() != nil {
			t.Fatal("nothing was dropped")
		}
		runtime.Gosched()
	}
}
