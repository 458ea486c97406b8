package embedded

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

const brokerDir = "LINLI_TEST_BROKER_DIR"

// TestMain lets this binary also be the broker that TestKill kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(brokerDir); dir != "" {
		os.Exit(serveUntilKilled(dir))
	}
	os.Exit(m.Run())
}

func serveUntilKilled(dir string) int {
	k, err := StartKafka(context.Background(), KafkaConfig{Dir: dir}, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(k.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent, should it forget us
	return 0
}

type broker struct {
	addr string
	kill func()
}

func startProcess(t *testing.T, dir string) broker {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), brokerDir+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = in.Close()
	})
	t.Cleanup(kill)
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the broker did not start: %v", err)
	}
	return broker{strings.TrimSpace(addr), kill}
}

// What was acknowledged, records and committed offsets, is there after kill -9, whenever it comes.
func TestKill(t *testing.T) {
	const kills, partitions = 6, 2
	dir := t.TempDir()
	acked := make([][]int64, partitions) // by partition: what the broker said it has, in its order
	commits := make([]int64, partitions)
	for kill := range kills {
		b := startProcess(t, dir)
		c := client(t, b.addr)
		if kill == 0 {
			createTopic(t, c, "t", partitions)
		}
		for p := range partitions {
			verify(t, c, p, acked[p], commits[p])
		}
		ctx, stop := context.WithCancel(t.Context())
		enough := make(chan struct{}, partitions)
		var writers sync.WaitGroup
		for p := range partitions {
			writers.Go(func() { write(ctx, c, p, 150, &acked[p], &commits[p], enough) })
		}
		for range partitions {
			<-enough
		}
		b.kill() // in the middle of everybody's writing
		stop()
		writers.Wait()
	}
	c := client(t, startProcess(t, dir).addr)
	for p := range partitions {
		verify(t, c, p, acked[p], commits[p])
		t.Logf("partition %d: %d records and offset %d outlived %d kills", p, len(acked[p]), commits[p], kills)
	}
}

// write goes on until the broker is gone; it tells when it has written enough to make the kill interesting.
func write(ctx context.Context, c *kafka.Client, p, enoughAt int, acked *[]int64, committed *int64, enough chan<- struct{}) {
	for n := 1; ; n++ {
		id := int64(len(*acked))
		value := binary.BigEndian.AppendUint64(nil, uint64(id))
		at, err := produce(ctx, c, "t", p, value)
		if err != nil {
			return
		}
		*acked = append(*acked, at)
		if n%5 == 0 {
			if err := commit(ctx, c, "g", "t", p, at+1); err != nil {
				return
			}
			*committed = at + 1
		}
		if n == enoughAt {
			enough <- struct{}{}
		}
	}
}

func verify(t *testing.T, c *kafka.Client, p int, acked []int64, commit int64) {
	t.Helper()
	if len(acked) == 0 {
		return
	}
	// A commit that was under way when the broker died may have been kept.
	if got := committed(t, c, "g", "t", p); got < commit {
		t.Errorf("partition %d: committed %d, but %d was acknowledged", p, got, commit)
	}
	kept := readAll(t, c, p)
	for id, at := range acked {
		if kept[at] != int64(id) {
			t.Fatalf("partition %d: record %d is not at offset %d", p, id, at)
		}
	}
}

func readAll(t *testing.T, c *kafka.Client, p int) map[int64]int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	kept := map[int64]int64{}
	_, last := bounds(t, c, "t", p)
	for next := int64(0); next < last; {
		resp, err := c.Fetch(ctx, &kafka.FetchRequest{Topic: "t", Partition: p, Offset: next, MinBytes: 1, MaxBytes: 1 << 20, MaxWait: time.Second})
		if err == nil {
			err = resp.Error
		}
		if err != nil {
			t.Fatal(err)
		}
		for {
			r, err := resp.Records.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			value, err := kafka.ReadAll(r.Value)
			if err != nil {
				t.Fatal(err)
			}
			kept[r.Offset] = int64(binary.BigEndian.Uint64(value))
			next = r.Offset + 1
		}
	}
	return kept
}
