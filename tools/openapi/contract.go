package openapi

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Contract is every service of the platform with its operations, in alphabetical order.
type Contract struct {
	Services []Service
}

// Service is one gRPC service.
type Service struct {
	Name       string // tickets.v1.Tickets
	Comment    string
	Operations []Op
}

// Op is one rpc with what its options declare.
type Op struct {
	Name       string // tickets.v1.Tickets/Open
	Tag        string // tickets.v1.Tickets
	Comment    string
	Method     string // HTTP method in lower case; empty for an rpc without a route of its own
	Path       string
	WholeBody  bool
	Options    *opv1.Operation
	Descriptor protoreflect.MethodDescriptor
}

// Route is "POST /v1/tickets", or empty.
func (o Op) Route() string {
	if o.Method == "" {
		return ""
	}
	return strings.ToUpper(o.Method) + " " + o.Path
}

// Load reads a compiled image with source info (buf build -o). Comments exist only there: generated Go drops them.
func Load(path string) (*Contract, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read image: %w", err)
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(raw, &set); err != nil {
		return nil, fmt.Errorf("decode image %s: %w", path, err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return nil, fmt.Errorf("link image %s: %w", path, err)
	}
	return contractOf(files)
}

func contractOf(files *protoregistry.Files) (*Contract, error) {
	var contract Contract
	var broken error
	files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "linli.") {
			return true // the health service of gRPC itself, say
		}
		for i := range file.Services().Len() {
			service, err := serviceOf(file.Services().Get(i))
			broken = errors.Join(broken, err)
			contract.Services = append(contract.Services, service)
		}
		return true
	})
	slices.SortFunc(contract.Services, func(a, b Service) int { return cmp.Compare(a.Name, b.Name) })
	return &contract, broken
}

func serviceOf(sd protoreflect.ServiceDescriptor) (Service, error) {
	service := Service{Name: shortName(sd.FullName()), Comment: comment(sd)}
	for i := range sd.Methods().Len() {
		op, err := opOf(service.Name, sd.Methods().Get(i))
		if err != nil {
			return service, err
		}
		service.Operations = append(service.Operations, op)
	}
	return service, nil
}

func opOf(service string, md protoreflect.MethodDescriptor) (Op, error) {
	op := Op{Name: service + "/" + string(md.Name()), Tag: service, Comment: comment(md), Descriptor: md}
	op.Options, _ = proto.GetExtension(md.Options(), opv1.E_Operation).(*opv1.Operation)
	if op.Options.GetPermission() == "" || op.Options.GetIdempotency() == opv1.Idempotency_IDEMPOTENCY_UNSPECIFIED {
		return op, fmt.Errorf("%s: linli.op.v1.operation needs a permission and an idempotency", op.Name)
	}
	rule, _ := proto.GetExtension(md.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule == nil {
		return op, nil
	}
	switch pattern := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		op.Method, op.Path = "get", pattern.Get
	case *annotations.HttpRule_Post:
		op.Method, op.Path = "post", pattern.Post
	case *annotations.HttpRule_Put:
		op.Method, op.Path = "put", pattern.Put
	case *annotations.HttpRule_Patch:
		op.Method, op.Path = "patch", pattern.Patch
	case *annotations.HttpRule_Delete:
		op.Method, op.Path = "delete", pattern.Delete
	}
	op.WholeBody = rule.GetBody() == "*"
	if op.Method == "" || len(rule.GetAdditionalBindings()) > 0 || (rule.GetBody() != "" && !op.WholeBody) {
		return op, fmt.Errorf(`%s: house style is one route per rpc, with no body or body "*"`, op.Name)
	}
	return op, nil
}

// find answers the rpc of that name.
func (c *Contract) find(name string) (Op, error) {
	for _, service := range c.Services {
		for _, op := range service.Operations {
			if op.Name == name {
				return op, nil
			}
		}
	}
	return Op{}, fmt.Errorf("no rpc %s", name)
}

// shortName drops the platform's own name, which every message has: linli.tickets.v1.Ticket → tickets.v1.Ticket.
func shortName(name protoreflect.FullName) string { return strings.TrimPrefix(string(name), "linli.") }

// comment is the text above a declaration as one paragraph.
func comment(d protoreflect.Descriptor) string {
	location := d.ParentFile().SourceLocations().ByDescriptor(d)
	return strings.Join(strings.Fields(location.LeadingComments), " ")
}
