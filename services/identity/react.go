package identity

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	"github.com/linlihub/linli/services/identity/account"
)

const consumer = "identity"

func (d *Desk) reactions() *bus.Router {
	r := bus.NewRouter()
	bus.Handle(r, d.onPersonRegistered)
	bus.Handle(r, d.onStaffChanged)
	bus.Handle(r, d.onStaffAccountRequested)
	return r
}

// once runs fn in a transaction unless the message's effect is there already. Those that name one of the same things take turns.
func (d *Desk) once(ctx context.Context, m bus.Message, fn func(context.Context, *store.Tx) error, things ...string) error {
	return d.db.InTurn(ctx, func(ctx context.Context, tx *store.Tx) error {
		fresh, err := outbox.Once(ctx, tx, consumer, m.ID)
		if err != nil || !fresh {
			return err
		}
		return fn(ctx, tx)
	}, things...)
}

func (d *Desk) onPersonRegistered(ctx context.Context, m bus.Message, e *residentsv1.PersonRegistered) error {
	return d.once(ctx, m, func(ctx context.Context, tx *store.Tx) error {
		a := account.Account{ID: account.OfPerson(e.GetPersonId()), PersonID: e.GetPersonId(), Roles: []authz.Role{authz.Resident}}
		if err := d.rows.LinkPerson(ctx, tx, a, e.GetPhoneHash()); err != nil {
			return err
		}
		return d.linked(ctx, tx, a, e.GetAt())
	}, "phone "+e.GetPhoneHash())
}

func (d *Desk) onStaffChanged(ctx context.Context, m bus.Message, e *hrv1.StaffChanged) error {
	return d.once(ctx, m, func(ctx context.Context, tx *store.Tx) error {
		a := account.Account{ID: account.OfStaff(e.GetStaffId()), StaffID: e.GetStaffId(), Name: e.GetName(), Districts: e.GetDistrictIds()}
		for _, r := range e.GetRoles() {
			a.Roles = append(a.Roles, authz.Role(r))
		}
		return d.rows.LinkStaff(ctx, tx, a)
	})
}

func (d *Desk) onStaffAccountRequested(ctx context.Context, m bus.Message, e *hrv1.StaffAccountRequested) error {
	return d.once(ctx, m, func(ctx context.Context, tx *store.Tx) error {
		a := account.Account{ID: account.OfStaff(e.GetStaffId()), StaffID: e.GetStaffId()}
		hash, err := d.rows.ClaimDeposit(ctx, tx, e.GetDeposit())
		if err != nil {
			return err
		}
		if err := d.rows.SetPassword(ctx, tx, a.ID, a.StaffID, e.GetUsername(), hash); err != nil {
			return err
		}
		return d.linked(ctx, tx, a, e.GetAt())
	})
}

func (d *Desk) linked(ctx context.Context, tx *store.Tx, a account.Account, at *timestamppb.Timestamp) error {
	return outbox.Add(ctx, tx, outbox.Event{Key: a.ID, Subject: a.ID, Time: at.AsTime(), Message: &identityv1.AccountLinked{
		AccountId: a.ID, PersonId: a.PersonID, StaffId: a.StaffID, At: at,
	}})
}
