// Package faultgrpc carries faults over gRPC: a server turns what it returns with ToGRPC, a client turns what it got with
// FromGRPC, and errors.Is works on both sides.
package faultgrpc

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/linlihub/linli/libs/fault"
)

// Domain marks our ErrorInfo among those of other systems.
const Domain = "linli"

// kindKey holds the kind in the ErrorInfo's metadata, for gRPC knows fewer kinds than we do. Names given to With have no
// hyphen, so the two never collide.
const kindKey = "fault-kind"

var toCode = [...]codes.Code{
	fault.Internal:        codes.Internal,
	fault.Invalid:         codes.InvalidArgument,
	fault.Unauthenticated: codes.Unauthenticated,
	fault.Denied:          codes.PermissionDenied,
	fault.NotFound:        codes.NotFound,
	fault.NotAllowed:      codes.Unimplemented,
	fault.Conflict:        codes.FailedPrecondition,
	fault.Stale:           codes.Aborted,
	fault.TooLarge:        codes.OutOfRange,
	fault.Unprocessable:   codes.InvalidArgument,
	fault.Required:        codes.FailedPrecondition,
	fault.Exhausted:       codes.ResourceExhausted,
	fault.Unavailable:     codes.Unavailable,
	fault.Timeout:         codes.DeadlineExceeded,
}

// Code maps a kind to its gRPC code.
func Code(k fault.Kind) codes.Code { return toCode[k] }

// KindOf maps the code of an error that is not ours (a library's, a proxy's) to the nearest kind.
func KindOf(c codes.Code) fault.Kind {
	switch c {
	case codes.InvalidArgument, codes.OutOfRange:
		return fault.Invalid
	case codes.Unauthenticated:
		return fault.Unauthenticated
	case codes.PermissionDenied:
		return fault.Denied
	case codes.NotFound:
		return fault.NotFound
	case codes.AlreadyExists, codes.FailedPrecondition, codes.Aborted:
		return fault.Conflict
	case codes.ResourceExhausted:
		return fault.Exhausted
	case codes.Unavailable, codes.Canceled:
		return fault.Unavailable
	case codes.DeadlineExceeded:
		return fault.Timeout
	case codes.OK, codes.Unknown, codes.Unimplemented, codes.Internal, codes.DataLoss:
		return fault.Internal
	}
	return fault.Internal
}

// ToGRPC turns any error into a status error that shows only what fault.ReportOf shows; nil stays nil. A context's own
// end keeps its own code, so that a cancelled call does not look like an outage.
func ToGRPC(err error) error {
	if err == nil {
		return nil
	}
	if fault.KindOf(err) == fault.Internal && !errors.Is(err, fault.Internal) {
		err = fromStatus(err) // nobody classified it; perhaps it is a status
	}
	report := fault.ReportOf(err)
	code := Code(report.Kind)
	if errors.Is(err, context.Canceled) {
		code = codes.Canceled
	}
	st := status.New(code, report.EN)
	detailed, detailErr := st.WithDetails(details(report)...)
	if detailErr != nil {
		return st.Err()
	}
	return detailed.Err()
}

// FromGRPC turns a status error into a fault whose cause is the status error; nil and errors that are no status stay.
// A reason this process does not know keeps the peer's code and words.
func FromGRPC(err error) error {
	if err == nil {
		return nil
	}
	return fromStatus(err)
}

func fromStatus(err error) error {
	st, ok := status.FromError(err)
	if !ok || st == nil {
		return err
	}
	if report, ours := reportOf(st); ours {
		return report.Err(err)
	}
	if st.Code() == codes.Canceled {
		return fault.ReportOf(context.Canceled).Err(err)
	}
	return KindOf(st.Code()).Wrap(err)
}
