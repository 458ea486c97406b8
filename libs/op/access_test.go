package op_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/op"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

func TestAnOperationIsWhatItsProtoDeclares(t *testing.T) {
	for method, want := range map[string]op.Operation{
		ticketsv1.Tickets_Open_FullMethodName: {
			Name: "tickets.v1.Tickets/Open", Permission: "tickets:open", Idempotency: opv1.Idempotency_IDEMPOTENCY_KEYED,
			Urgent: true, Deadline: 5e9,
		},
		ticketsv1.Tickets_Pause_FullMethodName: {
			Name: "tickets.v1.Tickets/Pause", Permission: "tickets:pause", Idempotency: opv1.Idempotency_IDEMPOTENCY_KEYED,
			IfMatch: true, Deadline: 5e9,
		},
		residentsv1.Registry_RevealContact_FullMethodName: {
			Name: "residents.v1.Registry/RevealContact", Permission: "residents:reveal",
			Idempotency: opv1.Idempotency_IDEMPOTENCY_NATURAL, Reveals: true, Deadline: 5e9,
		},
		residentsv1.Registry_Import_FullMethodName: {
			Name: "residents.v1.Registry/Import", Permission: "residents:import",
			Idempotency: opv1.Idempotency_IDEMPOTENCY_NATURAL, Deadline: 20e9,
		},
	} {
		for range 2 { // the second comes from memory
			if got, err := op.Of(method); err != nil || got != want {
				t.Errorf("%s: %+v, %v", method, got, err)
			}
		}
	}
}

// TestTheUndeclaredIsNeverServed: neither a service with an undeclared rpc, nor, if one slipped in, a call of it.
func TestTheUndeclaredIsNeverServed(t *testing.T) {
	if err := op.Check(&health.Health_ServiceDesc); err == nil || !strings.Contains(err.Error(), "declares no permission") {
		t.Errorf("a service without declarations: %v", err)
	}
	for _, method := range []string{"/linli.tickets.v1.Tickets/Invented", "/x/y", "", "/"} {
		if o, err := op.Of(method); err == nil {
			t.Errorf("%q is %+v", method, o)
		}
	}
	p := newPlatform(t)
	_, err := op.Server(p.cfg)(t.Context(), &health.HealthCheckRequest{},
		&grpc.UnaryServerInfo{FullMethod: health.Health_Check_FullMethodName},
		func(context.Context, any) (any, error) { t.Error("it ran"); return nil, nil })
	if status.Code(err) != codes.Internal || strings.Contains(err.Error(), "permission") {
		t.Errorf("got %v", err)
	}
}

func TestWhoMayCall(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		ran := 0
		p.desk.get = func(context.Context, *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) {
			ran++
			return &ticketsv1.Ticket{}, nil
		}
		p.desk.categories = func(context.Context, *ticketsv1.ListCategoriesRequest) (*ticketsv1.ListCategoriesResponse, error) {
			ran++
			return &ticketsv1.ListCategoriesResponse{}, nil
		}
		p.office.list = func(context.Context) error { ran++; return nil }
		rpcs := map[string]func(context.Context) error{
			"permission": func(ctx context.Context) error {
				_, err := p.tickets().Get(ctx, &ticketsv1.GetRequest{Id: "t"})
				return err
			},
			"self": func(ctx context.Context) error {
				_, err := p.tickets().ListCategories(ctx, &ticketsv1.ListCategoriesRequest{})
				return err
			},
			"public": func(ctx context.Context) error {
				_, err := identityv1.NewKeysClient(p.conn("identity")).List(ctx, &identityv1.ListKeysRequest{})
				return err
			},
		}
		bearing := func(value string) context.Context {
			return metadata.AppendToOutgoingContext(t.Context(), "authorization", value)
		}
		good := p.token(t, resident)
		for _, c := range []struct {
			who        string
			ctx        context.Context
			permission string
			self       string
		}{
			{"nobody", t.Context(), "unauthenticated", "unauthenticated"},
			{"a made-up token", bearing("Bearer x.y.z"), "authz.token_invalid", "authz.token_invalid"},
			{"another scheme", bearing("Basic " + good), "unauthenticated", "unauthenticated"},
			{"a token that cannot be sent", bearing("Bearer 令牌"), "authz.token_invalid", "authz.token_invalid"},
			{"the scheme in small letters", bearing("bearer " + good), "ok", "ok"},
			{"a role with the permission", p.as(t, resident), "ok", "ok"},
			{"a role without it", p.as(t, operator), "denied", "ok"},
			{"a role nobody knows", p.as(t, authz.Principal{Account: "a", Roles: []authz.Role{"king"}}), "denied", "ok"},
			{"no role at all", p.as(t, authz.Principal{Account: "a"}), "denied", "ok"},
		} {
			public := "ok"
			if c.who == "a token that cannot be sent" {
				public = "authz.token_invalid"
			}
			for rpc, want := range map[string]string{"permission": c.permission, "self": c.self, "public": public} {
				before := ran
				err := rpcs[rpc](c.ctx)
				if got := fault.CodeOf(err); got != want {
					t.Errorf("%s calls what needs %s: %v, want %s", c.who, rpc, err, want)
				}
				if reached := ran > before; reached != (want == "ok") {
					t.Errorf("%s calls what needs %s: the handler ran: %v", c.who, rpc, reached)
				}
			}
		}
	})
}

// TestNothingLeaksIntoTheCallee is about the trap of a call in process: only what would also travel in headers arrives.
func TestNothingLeaksIntoTheCallee(t *testing.T) {
	type stowaway struct{}
	each(t, func(t *testing.T, p *platform) {
		var seen authz.Principal
		p.desk.get = func(ctx context.Context, req *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) {
			seen = authz.From(ctx)
			if ctx.Value(stowaway{}) != nil || op.HasIfMatch(ctx) {
				t.Error("a value of the caller arrived")
			}
			if md, _ := metadata.FromOutgoingContext(ctx); len(md) > 0 {
				t.Errorf("outgoing metadata of the caller arrived: %v", md)
			}
			req.Id = "changed"
			return &ticketsv1.Ticket{Id: "t"}, nil
		}
		// A director works with the token of the resident for whom the call is made.
		ctx := authz.With(t.Context(), authz.Principal{Account: "boss", Roles: []authz.Role{authz.Director}}, p.token(t, resident))
		ctx = context.WithValue(ctx, stowaway{}, true)
		req := &ticketsv1.GetRequest{Id: "t"}
		if _, err := p.tickets().Get(ctx, req); err != nil {
			t.Fatal(err)
		}
		if seen.Account != resident.Account || seen.Person != resident.Person {
			t.Errorf("the callee took the caller for %+v", seen)
		}
		if req.GetId() != "t" {
			t.Error("the callee changed the caller's request")
		}
		// A principal without a token is nobody over there.
		_, err := p.tickets().Get(authz.With(t.Context(), resident, ""), req)
		if !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("a principal without a token: %v", err)
		}
	})
}

func TestPersonalDataIsMaskedUnlessRevealed(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		registry, ctx := residentsv1.NewRegistryClient(p.conn("residents")), p.as(t, steward)
		list, err := registry.ListOccupants(ctx, &residentsv1.ListOccupantsRequest{HomeId: "h1"})
		if err != nil {
			t.Fatal(err)
		}
		if person := list.GetOccupants()[0].GetPerson(); person.GetName() != "张**" || person.GetPhone() != "138****1234" {
			t.Errorf("a list shows %v", person)
		}
		contact, err := registry.RevealContact(ctx, &residentsv1.RevealContactRequest{PersonId: "p1", Reason: "上门前联系住户"})
		if err != nil || contact.GetName() != "张三丰" || contact.GetPhone() != "13812341234" {
			t.Errorf("revealing shows %v, %v", contact, err)
		}
		if log := p.log.String(); strings.Contains(log, "张三丰") || strings.Contains(log, "13812341234") {
			t.Errorf("the log holds personal data: %s", log)
		}
	})
}
