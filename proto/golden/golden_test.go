package golden

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

var update = flag.Bool("update", false, "add samples of what no sample shows yet")

func TestMain(m *testing.M) {
	flag.Parse()
	if *update {
		if err := addMissing(); err != nil {
			fmt.Fprintln(os.Stderr, "golden:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// Every sample decodes to what it meant when it was written, with nothing left that today's reader does not know.
func TestSamplesDecodeForEver(t *testing.T) {
	names, err := filepath.Glob("*.bin")
	if err != nil || len(names) == 0 {
		t.Fatal("no samples", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, ".bin"), func(t *testing.T) {
			message, err := decode(name)
			if err != nil {
				t.Fatal(err)
			}
			if unknown := unknownIn(message.ProtoReflect()); unknown != "" {
				t.Errorf("%s: a field was removed or changed its type", unknown)
			}
			if diff := cmp.Diff(tree(t, meant(t, name)), tree(t, asJSON(t, message))); diff != "" {
				t.Errorf("(-meant +decoded):\n%s", diff)
			}
		})
	}
}

// Every field of every event is shown by a sample.
func TestEveryEventHasASample(t *testing.T) {
	for _, event := range events() {
		missing, err := unshown(event)
		if err != nil {
			t.Error(err)
		}
		if len(missing) > 0 {
			t.Errorf("no sample shows %s of %s: go test ./proto/golden -update", strings.Join(missing, ", "), event.FullName())
		}
	}
}

// events are the messages that are published.
func events() (all []protoreflect.MessageDescriptor) {
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			message := file.Messages().Get(i)
			if proto.HasExtension(message.Options(), opv1.E_Event) {
				all = append(all, message)
			}
		}
		return true
	})
	slices.SortFunc(all, func(a, b protoreflect.MessageDescriptor) int {
		return strings.Compare(string(a.FullName()), string(b.FullName()))
	})
	return all
}

// decode reads linli.tickets.v1.TicketOpened.1.bin as a linli.tickets.v1.TicketOpened.
func decode(name string) (proto.Message, error) {
	parts := strings.Split(filepath.Base(name), ".")
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(strings.Join(parts[:len(parts)-2], ".")))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	message := kind.New().Interface()
	if err := proto.Unmarshal(raw, message); err != nil {
		return nil, fmt.Errorf("decode %s: %w", name, err)
	}
	return message, nil
}

// unknownIn names the first message with bytes that no field of today takes, unless their number is reserved: that field was
// withdrawn on purpose.
func unknownIn(message protoreflect.Message) (name string) {
	for rest := message.GetUnknown(); len(rest) > 0; {
		number, _, n := protowire.ConsumeField(rest)
		if n < 0 || !message.Descriptor().ReservedRanges().Has(number) {
			return string(message.Descriptor().FullName())
		}
		rest = rest[n:]
	}
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		for _, part := range parts(field, value) {
			if name == "" {
				name = unknownIn(part)
			}
		}
		return name == ""
	})
	return name
}

// parts are the messages in a field's value.
func parts(field protoreflect.FieldDescriptor, value protoreflect.Value) (all []protoreflect.Message) {
	switch {
	case field.IsMap():
		if field.MapValue().Message() != nil {
			value.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				all = append(all, v.Message())
				return true
			})
		}
	case field.Message() == nil:
	case field.IsList():
		for i := range value.List().Len() {
			all = append(all, value.List().Get(i).Message())
		}
	default:
		all = append(all, value.Message())
	}
	return all
}

func meant(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(name, ".bin") + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func asJSON(t *testing.T, message proto.Message) []byte {
	t.Helper()
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func tree(t *testing.T, text []byte) (tree any) {
	t.Helper()
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}
