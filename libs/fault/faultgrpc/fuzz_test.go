package faultgrpc_test

import (
	"reflect"
	"testing"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faultgrpc"
)

// FuzzFromGRPC feeds what a broken or hostile peer may send: it must never panic, and what was understood must survive
// being passed on.
func FuzzFromGRPC(f *testing.F) {
	for _, kind := range fault.Kinds() {
		seed, err := proto.Marshal(status.Convert(faultgrpc.ToGRPC(kind.With("n", 1).Field("a", "甲", "a"))).Proto())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		st := &spb.Status{}
		if proto.Unmarshal(wire, st) != nil || st.GetCode() == 0 {
			return // no status: the gRPC library itself refuses it
		}
		once := faultgrpc.FromGRPC(status.ErrorProto(st))
		twice := faultgrpc.FromGRPC(faultgrpc.ToGRPC(once))
		if a, b := fault.ReportOf(once), fault.ReportOf(twice); !reflect.DeepEqual(a, b) {
			t.Errorf("changed on the way:\n%+v\n%+v", a, b)
		}
	})
}
