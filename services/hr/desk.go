// Package hr keeps the staff: skills, certificates, shifts, and who is on duty.
package hr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	"github.com/linlihub/linli/services/hr/staff"
	rows "github.com/linlihub/linli/services/hr/store"
)

const shortestPassword = 8

// Desk answers the rpcs of hr.v1.Staff.
type Desk struct {
	hrv1.UnimplementedStaffServer

	db       *store.DB
	rows     rows.Store
	clock    clock.Clock
	accounts identityv1.AccountsClient
}

// Import writes all employees of a request in one transaction and asks for the accounts of those with a password.
func (d *Desk) Import(ctx context.Context, req *hrv1.ImportRequest) (*hrv1.ImportResponse, error) {
	deposits, err := d.depositAll(ctx, req.GetStaff()) // slow on purpose, so before the transaction
	if err != nil {
		return nil, err
	}
	err = d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for i, n := range req.GetStaff() {
			if err := d.importOne(ctx, tx, n, deposits[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return &hrv1.ImportResponse{Staff: int32(len(req.GetStaff()))}, err //nolint:gosec // at most 500, by the proto's rule
}

// depositAll leaves the passwords with identity, and answers the reference of each employee's, or "". What then fails leaves
// deposits that nobody claims; they are forgotten.
func (d *Desk) depositAll(ctx context.Context, all []*hrv1.NewEmployee) ([]string, error) {
	deposits, req, of := make([]string, len(all)), &identityv1.DepositRequest{}, []int{}
	for i, n := range all {
		if n.GetUsername() == "" {
			continue
		}
		if len(n.GetPassword()) < shortestPassword {
			return nil, staff.ErrPassword.With("staff", n.GetEmployee().GetId())
		}
		of = append(of, i)
		req.Secrets = append(req.Secrets, &identityv1.DepositRequest_Secret{Password: n.GetPassword()})
	}
	if len(of) == 0 {
		return deposits, nil
	}
	kept, err := d.accounts.Deposit(ctx, req)
	if err != nil {
		return nil, err
	}
	if len(kept.GetReferences()) != len(of) {
		return nil, fmt.Errorf("deposit %d passwords: %d references", len(of), len(kept.GetReferences()))
	}
	for i, reference := range kept.GetReferences() {
		deposits[of[i]] = reference
	}
	return deposits, nil
}

func (d *Desk) importOne(ctx context.Context, tx *store.Tx, n *hrv1.NewEmployee, deposit string) error {
	e := fromProtoEmployee(n.GetEmployee())
	for _, c := range e.Certificates {
		if err := c.Check(); err != nil {
			return err
		}
	}
	old, err := d.rows.Get(ctx, tx, e.ID)
	if err != nil && !errors.Is(err, staff.ErrUnknown) {
		return err
	}
	e.Duty = old.Duty // an import corrects the register, it sends nobody home
	if err := d.rows.Put(ctx, tx, e); err != nil {
		return err
	}
	if err := d.tell(ctx, tx, e.ID, toProtoStaffChanged(e, d.clock.Now())); err != nil {
		return err
	}
	if n.GetUsername() == "" {
		return nil
	}
	if _, err := d.rows.SetUsername(ctx, tx, e.ID, n.GetUsername()); err != nil {
		return err
	}
	return d.tell(ctx, tx, e.ID, &hrv1.StaffAccountRequested{
		StaffId: e.ID, Username: n.GetUsername(), Deposit: deposit, At: stamp(d.clock.Now()),
	})
}

// List answers the employees of the caller's districts.
func (d *Desk) List(ctx context.Context, req *hrv1.ListRequest) (*hrv1.ListResponse, error) {
	all, err := read(ctx, d.db, d.rows.All)
	answer, now := &hrv1.ListResponse{}, d.clock.Now()
	for _, e := range all {
		if visible(ctx, e) && matches(req, e, now) {
			answer.Staff = append(answer.Staff, toProtoEmployee(e, now))
		}
	}
	return answer, err
}

func matches(req *hrv1.ListRequest, e staff.Employee, now time.Time) bool {
	return (req.GetDistrictId() == "" || slices.Contains(e.Districts, req.GetDistrictId())) &&
		(req.GetSkill() == "" || slices.Contains(e.Skills, req.GetSkill())) &&
		(!req.GetOnDutyOnly() || e.Duty.On(now))
}

// visible is the scope of an employee's row: colleagues of one's own districts.
func visible(ctx context.Context, e staff.Employee) bool {
	p := authz.From(ctx)
	return p.Everywhere() || p.IsStaff(e.ID) || slices.ContainsFunc(e.Districts, p.Reaches)
}

// Get answers one employee of the caller's districts.
func (d *Desk) Get(ctx context.Context, req *hrv1.GetRequest) (*hrv1.Employee, error) {
	e, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (staff.Employee, error) {
		return d.rows.Get(ctx, tx, req.GetId())
	})
	if err == nil && !visible(ctx, e) {
		err = staff.ErrUnknown
	}
	if err != nil {
		return nil, err
	}
	return toProtoEmployee(e, d.clock.Now()), nil
}

// SetCertificate records a certificate; dispatch hears of it at once.
func (d *Desk) SetCertificate(ctx context.Context, req *hrv1.SetCertificateRequest) (*hrv1.Employee, error) {
	return outbox.Do(ctx, d.db, func(ctx context.Context, tx *store.Tx) (*hrv1.Employee, error) {
		e, err := d.rows.Get(ctx, tx, req.GetStaffId())
		if err == nil && !visible(ctx, e) {
			err = staff.ErrUnknown
		}
		if err != nil {
			return nil, err
		}
		if err := e.SetCertificate(fromProtoCertificate(req.GetCertificate())); err != nil {
			return nil, err
		}
		if err := d.rows.Put(ctx, tx, e); err != nil {
			return nil, err
		}
		return toProtoEmployee(e, d.clock.Now()), d.tell(ctx, tx, e.ID, &hrv1.CertificateChanged{
			StaffId: e.ID, Certificate: req.GetCertificate(), At: stamp(d.clock.Now()),
		})
	})
}

func (d *Desk) tell(ctx context.Context, tx *store.Tx, id string, m proto.Message) error {
	return outbox.Add(ctx, tx, outbox.Event{Key: id, Subject: id, Message: m, Time: d.clock.Now()})
}

// read runs fn on a snapshot of the database and answers what it answers.
func read[T any](ctx context.Context, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) (answer T, err error) {
	err = db.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = fn(ctx, tx)
		return err
	})
	return answer, err
}
