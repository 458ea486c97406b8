package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

// Headers that a dead letter has besides those it came with.
const (
	deadPrefix    = "linli_dlq_"
	deadTopic     = deadPrefix + "topic"
	deadPartition = deadPrefix + "partition"
	deadOffset    = deadPrefix + "offset"
	deadClass     = deadPrefix + "class"
	deadError     = deadPrefix + "error"
	deadAttempts  = deadPrefix + "attempts"
	deadAt        = deadPrefix + "at"
	deadCut       = deadPrefix + "cut"      // the content was too large
	deadRedriven  = deadPrefix + "redriven" // on a marker: the offset of the letter that was sent again
)

// maxErrorText bounds what a dead letter tells of its error.
const maxErrorText = 500

// deadLetter is the record of a message that is given up.
func deadLetter(company, group, topic string, record kafka.Message, cause error, attempts int) kafka.Message {
	text := cause.Error()
	text = strings.ToValidUTF8(text[:min(len(text), maxErrorText)], "\uFFFD") // the cut may go through a character
	headers := withoutPrefix(record.Headers)                                  // whoever sent it does not say where it came from
	for _, h := range []struct{ key, value string }{
		{deadTopic, topic},
		{deadPartition, strconv.Itoa(record.Partition)},
		{deadOffset, strconv.FormatInt(record.Offset, 10)},
		{deadClass, string(classify(cause))},
		{deadError, text},
		{deadAttempts, strconv.Itoa(attempts)},
		{deadAt, time.Now().UTC().Format(time.RFC3339Nano)},
	} {
		headers = append(headers, kafka.Header{Key: h.key, Value: []byte(h.value)})
	}
	return kafka.Message{Topic: DeadLetterTopic(company, group, topic), Key: record.Key, Value: record.Value, Headers: headers}
}

// cut is a letter without its content, which lies where it came from for as long as it is kept there.
func cut(letter kafka.Message) kafka.Message {
	letter.Value = nil
	letter.Headers = append(letter.Headers, kafka.Header{Key: deadCut, Value: []byte("true")})
	return letter
}

func withoutPrefix(headers []kafka.Header) []kafka.Header {
	return slices.DeleteFunc(slices.Clone(headers), func(h kafka.Header) bool { return strings.HasPrefix(h.Key, deadPrefix) })
}

// DeadLetter is a message that a group gave up.
type DeadLetter struct {
	Group    string
	Topic    string // where it came from, without the company
	At       time.Time
	Class    string // undecodable, permanent, panic, overdue or hung
	Error    string
	Attempts int
	Redriven bool // it was sent again since
	Cut      bool // its content was too large to be kept with it; it cannot be sent again

	// Offset is where it lies among the group's dead letters of that topic: with group and topic, its name.
	Offset int64
	// SourcePartition and SourceOffset are where it lay in its topic.
	SourcePartition int
	SourceOffset    int64

	Message Message // as far as it could be read

	record kafka.Message
}

// ListDeadLetters reads all dead letters that are kept, oldest first within a topic. An empty group means every group.
func ListDeadLetters(ctx context.Context, cfg Config, group string) ([]DeadLetter, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	partitions, err := allPartitions(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	var letters []DeadLetter
	for _, p := range partitions {
		name := bare(cfg.Company, p.Topic)
		if name == p.Topic || !strings.HasSuffix(name, deadLetterSuffix) || !strings.HasPrefix(name, group) {
			continue
		}
		found, err := readDeadLetters(ctx, cfg, p.Topic, p.ID)
		if err != nil {
			return nil, fmt.Errorf("list dead letters of %s: %w", name, err)
		}
		for _, letter := range found {
			if group == "" || letter.Group == group {
				letters = append(letters, letter)
			}
		}
	}
	slices.SortStableFunc(letters, func(a, b DeadLetter) int {
		if byGroup := strings.Compare(a.Group, b.Group); byGroup != 0 {
			return byGroup
		}
		return strings.Compare(a.Topic, b.Topic)
	})
	return letters, nil
}

func readDeadLetters(ctx context.Context, cfg Config, fullTopic string, partition int) ([]DeadLetter, error) {
	var letters []DeadLetter
	redriven := map[string]bool{}
	err := scan(ctx, cfg, spot{fullTopic, partition}, func(record kafka.Message) {
		if offset := header(record, deadRedriven); offset != "" {
			redriven[offset] = true
			return
		}
		letters = append(letters, readDeadLetter(cfg.Company, record))
	})
	for i := range letters {
		letters[i].Redriven = redriven[strconv.FormatInt(letters[i].Offset, 10)]
	}
	return letters, err
}

// readDeadLetter trusts the headers, for we wrote them; what is missing stays empty.
func readDeadLetter(company string, record kafka.Message) DeadLetter {
	letter := DeadLetter{
		Topic: header(record, deadTopic), Class: header(record, deadClass), Error: header(record, deadError),
		Cut: header(record, deadCut) != "", Offset: record.Offset, record: record,
	}
	name := strings.TrimSuffix(bare(company, record.Topic), deadLetterSuffix)
	letter.Group = strings.TrimSuffix(strings.TrimSuffix(name, letter.Topic), ".")
	letter.At, _ = time.Parse(time.RFC3339Nano, header(record, deadAt))
	letter.Attempts, _ = strconv.Atoi(header(record, deadAttempts))
	letter.SourcePartition, _ = strconv.Atoi(header(record, deadPartition))
	letter.SourceOffset, _ = strconv.ParseInt(header(record, deadOffset), 10, 64)
	letter.Message, _ = decode(record, letter.Topic)
	return letter
}

// Redrive sends dead letters, as ListDeadLetters gave them, to their topics again, for their group alone, and marks them.
// One that was redriven before is sent again.
func (w *Writer) Redrive(ctx context.Context, letters ...DeadLetter) error {
	for _, letter := range letters {
		if letter.Topic == "" || letter.Group == "" {
			return errors.New("redrive: the letter does not say where it came from")
		}
		if letter.Cut {
			return fmt.Errorf("redrive %s/%d: its content was too large to be kept; look at partition %d, offset %d of %s",
				letter.record.Topic, letter.Offset, letter.SourcePartition, letter.SourceOffset, letter.Topic)
		}
		record := kafka.Message{Topic: Topic(w.cfg.Company, letter.Topic), Key: letter.record.Key, Value: letter.record.Value}
		for _, h := range withoutPrefix(letter.record.Headers) {
			if h.Key != headerFor {
				record.Headers = append(record.Headers, h)
			}
		}
		record.Headers = append(record.Headers, kafka.Header{Key: headerFor, Value: []byte(letter.Group)})
		mark := kafka.Message{
			Topic:   DeadLetterTopic(w.cfg.Company, letter.Group, letter.Topic),
			Key:     letter.record.Key,
			Headers: []kafka.Header{{Key: deadRedriven, Value: []byte(strconv.FormatInt(letter.Offset, 10))}},
		}
		if err := w.write(ctx, record); err != nil {
			return fmt.Errorf("redrive %s/%d: %w", letter.record.Topic, letter.Offset, err)
		}
		if err := w.write(ctx, mark); err != nil {
			return fmt.Errorf("mark %s/%d as redriven: %w", letter.record.Topic, letter.Offset, err)
		}
	}
	return nil
}
