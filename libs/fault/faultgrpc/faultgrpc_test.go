package faultgrpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faultgrpc"
)

var errClosed = fault.Define(fault.Conflict, "grpctest.closed", "已关闭（{state}）", "closed ({state})")

func TestEveryKindCrosses(t *testing.T) {
	for _, kind := range fault.Kinds() {
		sent := kind.With("limit", 3).Field("a.b", "甲", "a")
		wire := faultgrpc.ToGRPC(fmt.Errorf("open: %w", sent))
		if status.Code(wire) != faultgrpc.Code(kind) || status.Code(wire) == codes.OK || status.Code(wire) == codes.Unknown {
			t.Errorf("%v travels as %v", kind, status.Code(wire))
		}
		got := faultgrpc.FromGRPC(wire)
		if !errors.Is(got, kind) || !reflect.DeepEqual(fault.ReportOf(got), fault.ReportOf(sent)) {
			t.Errorf("%v arrives as %+v", kind, fault.ReportOf(got))
		}
	}
}

func TestEveryForeignCodeHasAKind(t *testing.T) {
	for code := codes.Code(1); code <= codes.Unauthenticated; code++ {
		err := faultgrpc.FromGRPC(status.Error(code, "words of a library"))
		if fault.KindOf(err) != faultgrpc.KindOf(code) {
			t.Errorf("%v becomes %v", code, fault.KindOf(err))
		}
		if strings.Contains(fault.TextOf(err, fault.EN), "library") || !strings.Contains(err.Error(), "library") {
			t.Errorf("%v: people read %q, the log %q", code, fault.TextOf(err, fault.EN), err)
		}
		if status.Code(err) != code {
			t.Errorf("%v can no longer be read as a status: %v", code, status.Code(err))
		}
	}
	for _, kind := range fault.Kinds() {
		if back := faultgrpc.KindOf(faultgrpc.Code(kind)); fault.Temporary(kind) != fault.Temporary(back) {
			t.Errorf("%v loses whether it is temporary when only the code survives (%v)", kind, back)
		}
	}
}

func TestWhatIsNotClassifiedShowsNothing(t *testing.T) {
	wire := faultgrpc.ToGRPC(fmt.Errorf("read /var/secret: %w", io.ErrUnexpectedEOF))
	if s := status.Convert(wire); s.Code() != codes.Internal || strings.Contains(fmt.Sprint(s.Proto()), "secret") {
		t.Errorf("%v", s.Proto())
	}
	wire = faultgrpc.ToGRPC(errClosed.With("state", "done").Wrap(errors.New("secret")))
	if s := status.Convert(wire); strings.Contains(fmt.Sprint(s.Proto()), "secret") {
		t.Errorf("the cause crosses: %v", s.Proto())
	}
}

func TestContextsAndStatuses(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		wire codes.Code
		kind fault.Kind
	}{
		"canceled":        {fmt.Errorf("x: %w", context.Canceled), codes.Canceled, fault.Unavailable},
		"deadline":        {context.DeadlineExceeded, codes.DeadlineExceeded, fault.Timeout},
		"bare status":     {fmt.Errorf("ask: %w", status.Error(codes.NotFound, "x")), codes.NotFound, fault.NotFound},
		"internal, meant": {fault.Internal.Wrap(status.Error(codes.NotFound, "x")), codes.Internal, fault.Internal},
		"retry delay":     {fault.Exhausted.With("n", 1).RetryAfter(time.Minute), codes.ResourceExhausted, fault.Exhausted},
	} {
		t.Run(name, func(t *testing.T) {
			wire := faultgrpc.ToGRPC(c.err)
			if status.Code(wire) != c.wire {
				t.Errorf("travels as %v", status.Code(wire))
			}
			if got := faultgrpc.FromGRPC(wire); fault.KindOf(got) != c.kind || fault.CodeOf(got) == "" {
				t.Errorf("arrives as %v", got)
			}
		})
	}
	if faultgrpc.ToGRPC(nil) != nil || faultgrpc.FromGRPC(nil) != nil {
		t.Error("nil became an error")
	}
	if got := faultgrpc.FromGRPC(io.EOF); !errors.Is(got, io.EOF) || fault.KindOf(got) != fault.Internal {
		t.Errorf("an error that is no status became %v", got)
	}
	if got := faultgrpc.FromGRPC(status.FromContextError(context.Canceled).Err()); fault.CodeOf(got) != "canceled" {
		t.Errorf("a library's cancel became %v", got)
	}
}

func TestANewerPeersWordsAreKept(t *testing.T) {
	st, err := status.New(codes.FailedPrecondition, "frozen").WithDetails(
		&errdetails.ErrorInfo{Reason: "votes.frozen", Domain: "linli", Metadata: map[string]string{"fault-kind": "a kind of tomorrow", "n": "2"}},
		&errdetails.LocalizedMessage{Locale: "zh-CN", Message: "名册已冻结"},
		&errdetails.LocalizedMessage{Locale: "fr", Message: "gelé"},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "roll", Description: "frozen"}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	got := fault.ReportOf(faultgrpc.FromGRPC(st.Err()))
	want := fault.Report{
		Kind: fault.Conflict, Code: "votes.frozen", ZH: "名册已冻结", EN: "frozen", Meta: map[string]string{"n": "2"},
		Violations: []fault.Violation{{Field: "roll", ZH: "frozen", EN: "frozen"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestOverARealConnection sends an error through a real gRPC server, for details travel in trailers.
func TestOverARealConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, closedHealth{})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)

	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, err = grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	got := faultgrpc.FromGRPC(err)
	if !errors.Is(got, errClosed) || fault.TextOf(got, fault.ZH) != "已关闭（完成）" {
		t.Errorf("got %v", got)
	}
}

type closedHealth struct {
	grpc_health_v1.UnimplementedHealthServer
}

func (closedHealth) Check(context.Context, *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	return nil, faultgrpc.ToGRPC(errClosed.With("state", "完成"))
}
