package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faultgrpc"
	"github.com/linlihub/linli/libs/fault/faulthttp"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// marshal is how every message is spelled in JSON: field names as in the proto, enums by name, empty fields present.
var marshal = protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}

// newAPI makes the mux that turns HTTP/JSON into rpcs as the protos declare.
func newAPI() *runtime.ServeMux {
	return runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, &runtime.JSONPb{MarshalOptions: marshal}),
		runtime.WithIncomingHeaderMatcher(inward),
		runtime.WithOutgoingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithForwardResponseOption(dress),
		runtime.SetQueryParameterParser(&queryParser{}),
		runtime.WithErrorHandler(fail),
		runtime.WithRoutingErrorHandler(misrouted),
		runtime.WithDisablePathLengthFallback(),
	)
}

// inward names the headers that reach a service; everything else stays at the edge.
func inward(header string) (string, bool) {
	switch textproto.CanonicalMIMEHeaderKey(header) {
	case "Idempotency-Key", "If-Match":
		return strings.ToLower(header), true
	default:
		return "", false // Authorization goes along by itself
	}
}

// dress adds the headers that follow from an answer: its etag, and where a new ticket is found.
func dress(ctx context.Context, w http.ResponseWriter, m proto.Message) error {
	w.Header().Set("Cache-Control", "no-store")
	if tagged, ok := m.(interface{ GetEtag() string }); ok && tagged.GetEtag() != "" {
		w.Header().Set("ETag", tagged.GetEtag())
	}
	if method, _ := runtime.RPCMethod(ctx); method == ticketsv1.Tickets_Open_FullMethodName {
		if t, ok := m.(*ticketsv1.Ticket); ok {
			w.Header().Set("Location", "/v1/tickets/"+t.GetId())
			w.WriteHeader(http.StatusCreated)
		}
	}
	return nil
}

// fail answers any error of an rpc, or of reading its request, as problem+json.
func fail(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	told := classify(err)
	if _, broken := url.ParseQuery(r.URL.RawQuery); broken != nil && errors.Is(told, errJSON) {
		told = errQueryForm.Wrap(broken)
	}
	faulthttp.Write(w, r, told)
}

// classify tells the faults of services, which come as such, from what grpc-gateway says of a request it cannot read.
func classify(err error) error {
	var tooLarge *http.MaxBytesError
	var known *fault.Error
	var class *fault.Class
	switch {
	case errors.As(err, &tooLarge):
		return errBodyLarge.With("kib", tooLarge.Limit>>10)
	case errors.As(err, &known), errors.As(err, &class):
		return err
	}
	if s, ok := status.FromError(err); ok && s.Code() == codes.InvalidArgument && len(s.Details()) == 0 {
		if strings.Contains(s.Message(), "request body too large") {
			return errBodyLarge.With("kib", maxBody>>10)
		}
		if wrong := misfit(s.Message()); wrong != nil {
			return wrong
		}
		return errJSON.Wrap(err)
	}
	return faultgrpc.FromGRPC(err)
}

func misrouted(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, code int) {
	err := error(errNoRoute)
	if code == http.StatusMethodNotAllowed {
		notAllowed(w, r, methodsOf(r.URL.Path))
		return
	}
	faulthttp.Write(w, r, err)
}

// outward is the context of an rpc that a hand-made route calls: the caller's token goes along.
func outward(r *http.Request) context.Context {
	return metadata.AppendToOutgoingContext(r.Context(), "authorization", r.Header.Get("Authorization"))
}
