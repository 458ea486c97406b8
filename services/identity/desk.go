// Package identity says who may sign in: residents by phone and one-time code, staff by user name and password.
package identity

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/id"
	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	"github.com/linlihub/linli/services/identity/account"
	rows "github.com/linlihub/linli/services/identity/store"
)

// Desk answers the rpcs of identity.v1.Sessions. Its clock is the wall clock: codes and sessions are for people at their
// devices, whom a demo's fast clock must not sign out.
type Desk struct {
	identityv1.UnimplementedSessionsServer

	db       *store.DB
	rows     rows.Store
	box      *seal.Box
	keys     *keyring
	wall     clock.Clock
	sender   Sender
	throttle throttle
	company  string
	resend   time.Duration
	decoy    string
	people   people
	log      *slog.Logger
}

// people is the register of residents: it alone knows their names.
type people interface {
	GetSelf(ctx context.Context, req *residentsv1.GetSelfRequest, opts ...grpc.CallOption) (*residentsv1.Self, error)
}

// RequestOtp sends a code, also to a number nobody knows: the answer must not tell who lives here.
func (d *Desk) RequestOtp(ctx context.Context, req *identityv1.RequestOtpRequest) (*identityv1.RequestOtpResponse, error) {
	phone, now := d.box.Lookup(req.GetPhone()), d.wall.Now()
	code, digits, err := account.NewCode(phone, now)
	if err != nil {
		return nil, err
	}
	err = d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		last, err := d.rows.Code(ctx, tx, phone)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if wait := last.Sent.Add(d.resend).Sub(now); wait > 0 {
			return account.ErrTooSoon.With("seconds", int(wait.Seconds())+1).RetryAfter(wait)
		}
		return d.rows.PutCode(ctx, tx, code)
	})
	if err != nil {
		return nil, err
	}
	if err := d.sender.Send(ctx, req.GetPhone(), digits); err != nil {
		return nil, err
	}
	return &identityv1.RequestOtpResponse{
		ExpiresAt: timestamppb.New(code.Expires), ResendAfterSeconds: int32(d.resend.Seconds()),
	}, nil
}

// Create signs in.
func (d *Desk) Create(ctx context.Context, req *identityv1.CreateSessionRequest) (*identityv1.Session, error) {
	byPhone, byName := req.GetPhone() != "" && req.GetCode() != "", req.GetUsername() != "" && req.GetPassword() != ""
	if byPhone == byName {
		return nil, account.ErrChoose
	}
	find := d.byPassword
	if byPhone {
		find = d.byCode
	}
	a, err := find(ctx, req)
	if err != nil {
		return nil, err
	}
	return d.open(ctx, a)
}

func (d *Desk) byCode(ctx context.Context, req *identityv1.CreateSessionRequest) (a account.Account, err error) {
	phone, right := d.box.Lookup(req.GetPhone()), false
	err = d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		code, err := d.rows.Code(ctx, tx, phone)
		if errors.Is(err, store.ErrNotFound) {
			return account.ErrCredentials
		}
		if err != nil {
			return err
		}
		if right = code.Matches(req.GetCode(), d.wall.Now()); !right {
			return d.rows.CountTry(ctx, tx, phone) // committed: a wrong guess must count
		}
		if a, err = d.rows.ByPhone(ctx, tx, phone); err != nil {
			return unknown(err)
		}
		return d.rows.DropCode(ctx, tx, phone)
	})
	if err == nil && !right {
		err = account.ErrCredentials
	}
	return a, err
}

func (d *Desk) byPassword(ctx context.Context, req *identityv1.CreateSessionRequest) (a account.Account, err error) {
	if err := d.throttle.check(ctx, req.GetUsername()); err != nil {
		return a, err
	}
	err = d.db.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = d.rows.ByUsername(ctx, tx, req.GetUsername())
		return unknown(err)
	})
	hash := a.PasswordHash
	if hash == "" {
		hash = d.decoy // an unknown name takes as long as a known one
	}
	match := seal.CheckPassword(req.GetPassword(), hash)
	switch {
	case err != nil && !errors.Is(err, account.ErrCredentials):
		return a, err
	case err != nil || !match:
		d.throttle.count(ctx, req.GetUsername())
		return a, account.ErrCredentials
	}
	return a, nil
}

func unknown(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return account.ErrCredentials
	}
	return err
}

// open begins a session.
func (d *Desk) open(ctx context.Context, a account.Account) (*identityv1.Session, error) {
	token, hash := account.NewToken()
	session := account.Session{ID: id.New(), AccountID: a.ID, Hash: hash, Expires: d.wall.Now().Add(account.SessionLife)}
	err := d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return d.rows.PutSession(ctx, tx, session) })
	if err != nil {
		return nil, err
	}
	return d.issue(a, token)
}

func (d *Desk) issue(a account.Account, refresh string) (*identityv1.Session, error) {
	now := d.wall.Now()
	expires := now.Add(account.AccessLife)
	access, err := authz.Sign(d.keys.signing(now), d.company, a.Principal(), now, expires)
	if err != nil {
		return nil, err
	}
	return &identityv1.Session{AccessToken: access, RefreshToken: refresh, ExpiresAt: timestamppb.New(expires), Me: toProtoMe(a.Principal())}, nil
}

// Refresh moves a session on to its next token. A token that was spent before ends the session.
func (d *Desk) Refresh(ctx context.Context, req *identityv1.RefreshSessionRequest) (*identityv1.Session, error) {
	hash := account.TokenHash(req.GetRefreshToken())
	token, next := account.NewToken()
	var a account.Account
	stolen := false
	err := d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		session, err := d.rows.SessionByToken(ctx, tx, hash)
		if errors.Is(err, store.ErrNotFound) || err == nil && !d.wall.Now().Before(session.Expires) {
			return account.ErrSession
		}
		if err != nil {
			return err
		}
		if stolen = session.Hash != hash; stolen {
			return d.rows.DropSession(ctx, tx, session.ID)
		}
		if a, err = d.rows.ByID(ctx, tx, session.AccountID); err != nil {
			return unknown(err)
		}
		session.Spent, session.Hash = hash, next
		return d.rows.PutSession(ctx, tx, session)
	})
	if err == nil && stolen {
		err = account.ErrSession
	}
	if err != nil {
		return nil, err
	}
	return d.issue(a, token)
}

// End closes the session of a refresh token; one that is unknown is closed already.
func (d *Desk) End(ctx context.Context, req *identityv1.EndSessionRequest) (*emptypb.Empty, error) {
	err := d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		session, err := d.rows.SessionByToken(ctx, tx, account.TokenHash(req.GetRefreshToken()))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil || session.AccountID != authz.From(ctx).Account {
			return err
		}
		return d.rows.DropSession(ctx, tx, session.ID)
	})
	return &emptypb.Empty{}, err
}

// nameCap is how long a name is waited for: the rest of GetMe does not need the register.
const nameCap = time.Second

// GetMe tells the caller what the token says, and a resident the name in the register. Without it the answer is still true.
func (d *Desk) GetMe(ctx context.Context, _ *identityv1.GetMeRequest) (*identityv1.Me, error) {
	me := toProtoMe(authz.From(ctx))
	if me.GetPersonId() == "" {
		return me, nil
	}
	ctx, cancel := context.WithTimeout(ctx, nameCap)
	defer cancel()
	self, err := d.people.GetSelf(ctx, &residentsv1.GetSelfRequest{})
	if err != nil {
		d.log.WarnContext(ctx, "a resident's name is not known now", "error", err)
	}
	me.Name = self.GetName()
	return me, nil
}
