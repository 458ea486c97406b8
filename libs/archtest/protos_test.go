package archtest

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/linlihub/linli/libs/bus"
	_ "github.com/linlihub/linli/proto/gen/linli/common/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// contract answers the linked proto files of the platform.
func contract(t *testing.T) (files []protoreflect.FileDescriptor) {
	t.Helper()
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(file.Path(), "linli/") {
			files = append(files, file)
		}
		return true
	})
	return files
}

// Every proto is linked into this test; a new one fails here until it is imported above.
func TestEveryProtoIsChecked(t *testing.T) {
	written, err := filepath.Glob(root + "/proto/linli/*/v*/*.proto")
	if err != nil || len(written) == 0 {
		t.Fatal("no protos found", err)
	}
	var linked []string
	for _, file := range contract(t) {
		linked = append(linked, file.Path())
	}
	for _, name := range written {
		relative := strings.TrimPrefix(filepath.ToSlash(name), root+"/proto/")
		if !slices.Contains(linked, relative) {
			t.Errorf("%s is not linked: import its package in %s", relative, "libs/archtest/protos_test.go")
		}
	}
}

// An event says where it is published and which of its fields keeps it in order; without that, anybody could put it anywhere.
func TestEveryEventDeclaresItself(t *testing.T) {
	for _, e := range bus.Catalogue() {
		kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(e.Type))
		if err != nil {
			t.Fatal(err)
		}
		if err := bus.CheckKey(kind.New().Interface(), ""); err != nil {
			t.Error(err)
		}
	}
}

// An operation says who may call it and what a lost answer means; a route without that would be open to everybody.
func TestEveryOperationDeclaresItself(t *testing.T) {
	routes := make(map[string]protoreflect.FullName)
	for _, file := range contract(t) {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				checkOperation(t, methods.Get(j), routes)
			}
		}
	}
}

func checkOperation(t *testing.T, method protoreflect.MethodDescriptor, routes map[string]protoreflect.FullName) {
	t.Helper()
	name := method.FullName()
	operation, _ := proto.GetExtension(method.Options(), opv1.E_Operation).(*opv1.Operation)
	permission := operation.GetPermission()
	service, verb, qualified := strings.Cut(permission, ":")
	switch {
	case permission == "public", permission == "self", permission == "internal":
	case !qualified || verb == "" || service != strings.Split(string(name), ".")[1]:
		t.Errorf("%s: permission %q is not <its service>:<verb>", name, permission)
	}
	if operation.GetIdempotency() == opv1.Idempotency_IDEMPOTENCY_UNSPECIFIED {
		t.Errorf("%s: no idempotency", name)
	}
	rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule == nil {
		return
	}
	safe := operation.GetIdempotency() == opv1.Idempotency_IDEMPOTENCY_SAFE
	if safe != (rule.GetGet() != "") {
		t.Errorf("%s: only what changes nothing is a GET", name)
	}
	route := rule.GetGet() + " " + rule.GetPost()
	if other, twice := routes[route]; twice {
		t.Errorf("%s and %s share the route %s", name, other, route)
	}
	routes[route] = name
}

// irregular are past participles that do not end in -ed.
var irregular = []string{"Withdrawn", "Taken", "Held", "Found", "Begun", "Spent", "Sent", "Paid", "Made", "Forecast"}

// notPast are events named before the rule: a name on the wire is kept.
var notPast = map[protoreflect.FullName]string{
	"linli.dispatch.v1.NoCandidate": "DOMAIN calls the alarm NO_CANDIDATE",
}

// What a service publishes is a fact: a message in the past tense, on a topic of its own service.
func TestEveryEventHasATopic(t *testing.T) {
	for _, file := range contract(t) {
		for i := range file.Messages().Len() {
			message := file.Messages().Get(i)
			event, _ := proto.GetExtension(message.Options(), opv1.E_Event).(*opv1.Event)
			inEvents := path.Base(file.Path()) == "events.proto"
			switch {
			case inEvents && !partOfAnother(message, file):
				checkEvent(t, message, event.GetTopic())
			case event != nil:
				t.Errorf("%s is an event; its place is events.proto, and nothing is made of it", message.FullName())
			}
		}
	}
}

func checkEvent(t *testing.T, message protoreflect.MessageDescriptor, topic string) {
	t.Helper()
	name := string(message.Name())
	parts := strings.Split(topic, ".")
	if len(parts) != 3 || parts[0] != strings.Split(string(message.FullName()), ".")[1] || !strings.HasPrefix(parts[2], "v") {
		t.Errorf("%s: topic %q is not <its service>.<aggregate>.v<n>", message.FullName(), topic)
	}
	past := strings.HasSuffix(name, "ed") || slices.ContainsFunc(irregular, func(word string) bool { return strings.HasSuffix(name, word) })
	if _, kept := notPast[message.FullName()]; !past && !kept {
		t.Errorf("%s is not in the past tense", message.FullName())
	}
	if _, err := os.Stat(fmt.Sprintf("%s/proto/golden/%s.1.bin", root, message.FullName())); err != nil {
		t.Errorf("%s has no golden sample: import its package in proto/golden, then go test ./proto/golden -update", message.FullName())
	}
}

// partOfAnother reports whether the message is only a field of others in its file, as Head is.
func partOfAnother(message protoreflect.MessageDescriptor, file protoreflect.FileDescriptor) bool {
	for i := range file.Messages().Len() {
		fields := file.Messages().Get(i).Fields()
		for j := range fields.Len() {
			if part := fields.Get(j).Message(); part != nil && part.FullName() == message.FullName() {
				return true
			}
		}
	}
	return false
}

// Every file of generated Go belongs to a proto that exists.
func TestNothingGeneratedIsLeftOver(t *testing.T) {
	generated, err := filepath.Glob(root + "/proto/gen/linli/*/v*/*.pb.go")
	if err != nil || len(generated) == 0 {
		t.Fatal("nothing generated found", err)
	}
	for _, name := range generated {
		source := strings.Replace(strings.TrimSuffix(strings.TrimSuffix(name, "_grpc.pb.go"), ".pb.go"), "/proto/gen/", "/proto/", 1) + ".proto"
		if _, err := os.Stat(source); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
