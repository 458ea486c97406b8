// Package embedded starts, inside the process, the servers that a cluster would provide: a Kafka broker and a Redis. The
// rest of the platform cannot tell the difference, for it speaks the same protocols to both over TCP.
//
// The broker is kfake with one data folder. What an acknowledgement means here: the record, or the committed offset, is
// written and synced, so it survives kill -9 and a power cut. Five traps of kfake are kept away in this package; each has
// a test:
//
//   - A partition whose last record is deleted starts again at offset 0 after a restart, below every committed offset,
//     and new records are then silently skipped. So kfake's own retention never runs; ours keeps the newest record.
//   - Only whole segments leave the disk, and a segment is 100 MiB unless it is told otherwise.
//   - Group members are remembered over an orderly restart and hold up the first join until they time out. We forget them.
//   - Committed offsets of an idle group expire after 7 days, which would replay everything. We keep them.
//   - It appends behind what a power cut left half written, and does not find it again.
//
// SyncWrites costs two syncs per produced batch and one per committed partition, all in the broker's single goroutine: few
// partitions, batched publishing and commits once a second keep it quick.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// KafkaConfig says where the broker keeps its log and how much of it. The zero value keeps 7 days in memory.
type KafkaConfig struct {
	Dir          string        // data folder, made when missing; empty means memory. One process at a time.
	Addr         string        // where to listen, 127.0.0.1:0 unless given; clients are told this address, so no wildcard
	Partitions   int           // of a topic that is created without saying; 1 unless given: nobody is there to share them with
	Retention    time.Duration // how long records are kept unless their topic says otherwise; 7 days unless given, negative is for ever
	MaxBytes     int64         // of one partition, once every group that reads it has read them; 16 MiB unless given, negative is no limit
	SegmentBytes int64         // of one file; 4 MiB unless given
	SweepEvery   time.Duration // how often old records are dropped; 1 minute unless given
}

func (c KafkaConfig) withDefaults() KafkaConfig {
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if c.Partitions == 0 {
		c.Partitions = 1
	}
	if c.Retention == 0 {
		c.Retention = 7 * 24 * time.Hour
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 16 << 20
	}
	if c.SegmentBytes == 0 {
		c.SegmentBytes = 4 << 20
	}
	if c.SweepEvery == 0 {
		c.SweepEvery = time.Minute
	}
	return c
}

// Kafka is a running broker.
type Kafka struct {
	cfg     KafkaConfig
	log     *slog.Logger
	cluster *kfake.Cluster
	client  *kgo.Client
	addr    string
	stop    context.CancelFunc
	swept   chan struct{} // closed when the sweeper has ended
	release func()        // of the folder
}

// StartKafka opens the data folder and listens. The broker runs until Close; ctx is only for the start.
func StartKafka(ctx context.Context, cfg KafkaConfig, log *slog.Logger) (*Kafka, error) {
	cfg = cfg.withDefaults()
	release, err := holdFolder(cfg.Dir)
	if err != nil {
		return nil, err
	}
	k, err := startKafka(ctx, cfg, log)
	if err != nil {
		release()
		return nil, err
	}
	k.release = release
	return k, nil
}

func startKafka(ctx context.Context, cfg KafkaConfig, log *slog.Logger) (*Kafka, error) {
	if err := errors.Join(forgetMembers(cfg.Dir), cutTorn(cfg.Dir)); err != nil {
		return nil, err
	}
	cluster, err := kfake.NewCluster(options(cfg, log)...)
	if err != nil {
		return nil, fmt.Errorf("start kafka in %q: %w", cfg.Dir, err)
	}
	addr := cluster.ListenAddrs()[0]
	client, err := kgo.NewClient(kgo.SeedBrokers(addr))
	if err != nil {
		cluster.Close()
		return nil, fmt.Errorf("connect to own kafka: %w", err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	k := &Kafka{cfg: cfg, log: log, cluster: cluster, client: client, addr: addr, stop: stop, swept: make(chan struct{})}
	go k.keepSweeping(ctx)
	return k, nil
}

// Addr is host:port for clients.
func (k *Kafka) Addr() string { return k.addr }

// Cluster is the broker itself, for tests that inject faults.
func (k *Kafka) Cluster() *kfake.Cluster { return k.cluster }

// Close writes what an orderly start reads and stops listening. Close the clients first.
func (k *Kafka) Close() error {
	k.stop()
	<-k.swept
	k.client.Close()
	k.cluster.Close()
	k.release()
	return nil
}

func options(cfg KafkaConfig, log *slog.Logger) []kfake.Opt {
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ClusterID("linli"),
		kfake.WithLogger(brokerLog{log}),
		kfake.DefaultNumPartitions(cfg.Partitions),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) { return net.Listen(network, cfg.Addr) }),
		kfake.BrokerConfigs(map[string]string{
			"log.segment.bytes":         strconv.FormatInt(cfg.SegmentBytes, 10),
			"log.cleaner.backoff.ms":    never,
			"offsets.retention.minutes": forEver,
		}),
	}
	if cfg.Dir != "" {
		opts = append(opts, kfake.DataDir(cfg.Dir), kfake.SyncWrites())
	}
	return opts
}

const (
	never   = "3153600000000" // 100 years in milliseconds: between two runs of kfake's own retention
	forEver = "52560000"      // 100 years in minutes
)

// forgetMembers drops the group members of the last run: they died with their process, yet kfake would wait for them.
func forgetMembers(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.Remove(filepath.Join(dir, "session_state.json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget members of the last run: %w", err)
	}
	return nil
}

// brokerLog passes on what the broker warns about; the rest tells of every request.
type brokerLog struct{ log *slog.Logger }

func (l brokerLog) Logf(level kfake.LogLevel, format string, args ...any) {
	switch level {
	case kfake.LogLevelError:
		l.log.Error("kafka", "message", fmt.Sprintf(format, args...))
	case kfake.LogLevelWarn:
		l.log.Warn("kafka", "message", fmt.Sprintf(format, args...))
	case kfake.LogLevelNone, kfake.LogLevelInfo, kfake.LogLevelDebug:
	}
}
