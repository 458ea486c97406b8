package hr

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/store"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	"github.com/linlihub/linli/services/hr/staff"
)

// Duty answers the rpcs of hr.v1.Duty. Starting twice is starting once.
type Duty struct {
	hrv1.UnimplementedDutyServer

	desk *Desk
}

// Start begins the caller's duty.
func (d *Duty) Start(ctx context.Context, req *hrv1.StartDutyRequest) (*hrv1.DutyState, error) {
	return d.change(ctx, func(e *staff.Employee) proto.Message {
		now := d.desk.clock.Now()
		if !e.Start(now) {
			return nil
		}
		point := req.GetPoint()
		if point == nil {
			point = toProtoPoint(e.Base)
		}
		return &hrv1.DutyStarted{
			StaffId: e.ID, DistrictIds: e.Districts, Point: point, Until: stamp(e.Duty.Until), At: stamp(now),
			LapsesAt: stamp(e.Duty.LapsesAt()),
		}
	})
}

// End ends the caller's duty.
func (d *Duty) End(ctx context.Context, _ *hrv1.EndDutyRequest) (*hrv1.DutyState, error) {
	return d.change(ctx, func(e *staff.Employee) proto.Message {
		now := d.desk.clock.Now()
		if !e.End(now) {
			return nil
		}
		return &hrv1.DutyEnded{StaffId: e.ID, DistrictIds: e.Districts, At: stamp(now)}
	})
}

// GetMine answers whether the caller is on duty.
func (d *Duty) GetMine(ctx context.Context, _ *hrv1.GetMyDutyRequest) (*hrv1.DutyState, error) {
	e, err := read(ctx, d.desk.db, func(ctx context.Context, tx *store.Tx) (staff.Employee, error) {
		return d.desk.rows.Get(ctx, tx, authz.From(ctx).Staff)
	})
	return toProtoDuty(e.Duty, d.desk.clock.Now()), err
}

// change lets fn change the caller's own row; a message it answers is told to others.
func (d *Duty) change(ctx context.Context, fn func(*staff.Employee) proto.Message) (*hrv1.DutyState, error) {
	var state *hrv1.DutyState
	err := d.desk.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := d.desk.rows.Get(ctx, tx, authz.From(ctx).Staff)
		if err != nil {
			return err
		}
		m := fn(&e)
		state = toProtoDuty(e.Duty, d.desk.clock.Now())
		if m == nil {
			return nil
		}
		if err := d.desk.rows.Put(ctx, tx, e); err != nil {
			return err
		}
		return d.desk.tell(ctx, tx, e.ID, m)
	})
	return state, err
}
