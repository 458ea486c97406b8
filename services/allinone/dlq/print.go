package dlq

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/linlihub/linli/libs/bus"
)

// shown is a letter in JSON. Payload is there when a letter is shown alone and can be read, Raw when it cannot.
type shown struct {
	Name        string          `json:"name"`
	Group       string          `json:"group"`
	Topic       string          `json:"topic"`
	At          time.Time       `json:"at"`
	Class       string          `json:"class"`
	Error       string          `json:"error"`
	Attempts    int             `json:"attempts"`
	Redriven    bool            `json:"redriven"`
	Partition   int             `json:"source_partition"`
	Offset      int64           `json:"source_offset"`
	ID          string          `json:"id"`
	Type        string          `json:"type"`
	Key         string          `json:"key"`
	Subject     string          `json:"subject,omitempty"`
	Traceparent string          `json:"traceparent,omitempty"`
	Payload     json.RawMessage `json:"payload,omitempty"`
	Raw         []byte          `json:"raw,omitempty"`
}

// name tells a letter from all others.
func name(l bus.DeadLetter) string { return fmt.Sprintf("%s/%s/%d", l.Group, l.Topic, l.Offset) }

func show(l bus.DeadLetter) shown {
	return shown{
		Name: name(l), Group: l.Group, Topic: l.Topic, At: l.At, Class: l.Class, Error: l.Error, Attempts: l.Attempts,
		Redriven: l.Redriven, Partition: l.SourcePartition, Offset: l.SourceOffset,
		ID: l.Message.ID, Type: l.Message.Type, Key: l.Message.Key, Subject: l.Message.Subject, Traceparent: l.Message.Traceparent,
	}
}

func printLetters(out io.Writer, form string, letters []bus.DeadLetter) error {
	if form == "json" {
		all := make([]shown, 0, len(letters))
		for _, l := range letters {
			all = append(all, show(l))
		}
		return printJSON(out, all)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "LETTER\tAT\tCLASS\tTRIES\tAGAIN\tTYPE\tKEY\tERROR")
	for _, l := range letters {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%t\t%s\t%s\t%.80q\n",
			name(l), l.At.Local().Format(time.DateTime), l.Class, l.Attempts, l.Redriven, l.Message.Type, l.Message.Key, l.Error)
	}
	return table.Flush()
}

func printLetter(out io.Writer, form string, l bus.DeadLetter) error {
	s := show(l)
	if payload, err := decode(l.Message); err == nil {
		s.Payload = payload
	} else {
		s.Raw = l.Message.Data
	}
	if form == "json" {
		return printJSON(out, s)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range [][2]any{
		{"letter", s.Name},
		{"at", s.At.Local().Format(time.DateTime)},
		{"class", s.Class},
		{"error", s.Error},
		{"tries", s.Attempts},
		{"sent again", s.Redriven},
		{"came from", fmt.Sprintf("%s/%d/%d", s.Topic, s.Partition, s.Offset)},
		{"id", s.ID},
		{"type", s.Type},
		{"key", s.Key},
		{"subject", s.Subject},
		{"traceparent", s.Traceparent},
	} {
		fmt.Fprintf(table, "%v\t%v\n", row[0], row[1])
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if s.Payload == nil {
		_, err := fmt.Fprintf(out, "\n%d bytes that cannot be read: %q\n", len(s.Raw), s.Raw)
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s\n", s.Payload)
	return err
}

func printJSON(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// decode reads the payload of an event that this program knows.
func decode(m bus.Message) (json.RawMessage, error) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(m.Type))
	if err != nil {
		return nil, err
	}
	event := kind.New().Interface()
	if err := proto.Unmarshal(m.Data, event); err != nil {
		return nil, err
	}
	return protojson.MarshalOptions{Multiline: true}.Marshal(event)
}
