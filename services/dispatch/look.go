package dispatch

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/live"
	"github.com/linlihub/linli/libs/store"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/plan"
	rows "github.com/linlihub/linli/services/dispatch/store"
)

// Boards answers the rpcs of dispatch.v1.Boards.
type Boards struct {
	dispatchv1.UnimplementedBoardsServer

	desk *Desk
}

// Get answers the board of a district in the caller's scope.
func (b *Boards) Get(ctx context.Context, req *dispatchv1.GetBoardRequest) (*dispatchv1.Board, error) {
	if !authz.From(ctx).Reaches(req.GetDistrictId()) {
		return nil, fault.NotFound
	}
	return read(ctx, b.desk.db, func(ctx context.Context, tx *store.Tx) (*dispatchv1.Board, error) {
		loaded, err := b.desk.rows.Load(ctx, tx, req.GetDistrictId())
		if err != nil {
			return nil, err
		}
		helpers, err := b.desk.rows.Help(ctx, tx)
		shown := toProtoBoard(loaded)
		shown.HelperIds = helpers[req.GetDistrictId()]
		return shown, err
	})
}

// ListDecisions explains every decision about a ticket of the caller's districts.
func (b *Boards) ListDecisions(ctx context.Context, req *dispatchv1.ListDecisionsRequest) (*dispatchv1.ListDecisionsResponse, error) {
	return read(ctx, b.desk.db, func(ctx context.Context, tx *store.Tx) (*dispatchv1.ListDecisionsResponse, error) {
		district, err := b.desk.rows.DistrictOfJob(ctx, tx, req.GetTicketId())
		if err == nil && !authz.From(ctx).Reaches(district) {
			err = board.ErrJobUnknown
		}
		if err != nil {
			return nil, err
		}
		found, err := b.desk.rows.VisitsFor(ctx, tx, req.GetTicketId())
		if err != nil {
			return nil, err
		}
		technicians, err := b.desk.rows.Technicians(ctx, tx, district)
		return toProtoDecisions(found, technicians), err
	})
}

// positionKept is how long a position is remembered, in real time: it may be lost, and must be.
const positionKept = 10 * time.Minute

// errPosition is what everybody hears who may not see where a technician is, and whoever asks at the wrong time.
var errPosition = fault.Define(fault.NotFound, "dispatch.position_not_found", "当前没有可显示的位置", "there is no position to show")

// Positions answers the rpcs of dispatch.v1.Positions.
type Positions struct {
	dispatchv1.UnimplementedPositionsServer

	desk    *Desk
	company string
	redis   *redis.Client
	channel *live.Channel
	log     *slog.Logger
}

type position struct {
	Lat, Lon float64
	At       time.Time
}

// Report moves the caller on the boards, and shows the one resident who waits where the caller is. The device's clock is not
// trusted: a position counts as of now.
func (p *Positions) Report(ctx context.Context, req *dispatchv1.ReportPositionRequest) (*emptypb.Empty, error) {
	staff, now := authz.From(ctx).Staff, p.desk.clock.Now()
	at := plan.Place{Lat: req.GetPoint().GetLat(), Lon: req.GetPoint().GetLon()}
	districts, err := read(ctx, p.desk.db, func(ctx context.Context, tx *store.Tx) ([]string, error) {
		return p.desk.rows.DistrictsOf(ctx, tx, staff) // also where they only help
	})
	if err != nil {
		return nil, err
	}
	for _, district := range districts {
		if err := p.move(ctx, district, staff, at, now); err != nil {
			return nil, err
		}
	}
	found, err := read(ctx, p.desk.db, func(ctx context.Context, tx *store.Tx) ([]rows.Found, error) {
		return p.desk.rows.VisitsOf(ctx, tx, staff)
	})
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.Visit.Staff == staff && f.Visit.PositionVisible() {
			p.show(ctx, f, req.GetPoint(), now)
		}
	}
	return &emptypb.Empty{}, nil
}

// move notes the position on the board in memory; only when a window of arrival moves or an advice was followed there is
// something to save.
func (p *Positions) move(ctx context.Context, district, staff string, at plan.Place, now time.Time) error {
	moved := false
	known := p.desk.boards.peek(district, func(b *board.Board) {
		if b.Changed() {
			moved = true
			return
		}
		followed := b.MovePosition(staff, at, now)
		if moved = followed || len(b.Changes()) > 0; !moved {
			b.Settle() // the place itself stays in memory
		}
	})
	if known && !moved {
		return nil
	}
	_, err := change(ctx, p.desk.boards, district, func(_ context.Context, _ *store.Tx, b *board.Board) (*emptypb.Empty, error) {
		b.MovePosition(staff, at, now)
		return &emptypb.Empty{}, nil
	})
	return err
}

func (p *Positions) show(ctx context.Context, f rows.Found, point *commonv1.Point, now time.Time) {
	data, err := json.Marshal(position{point.GetLat(), point.GetLon(), now})
	if err == nil {
		err = p.redis.Set(ctx, p.key(f.Visit.ID), data, positionKept).Err()
	}
	if err == nil {
		err = p.channel.Send(ctx, &notifyv1.Signal{
			Feed: "ticket:" + f.Job.Ticket(), Position: point, OnlyPersonId: f.Job.ResidentID, At: timestamppb.New(now),
			EtaFrom: stamp(f.Visit.Window.From), EtaTo: stamp(f.Visit.Window.To),
		})
	}
	if err != nil { // a position may be lost: the next one comes soon
		p.log.DebugContext(ctx, "position not shown", "error", err)
	}
}

// Get answers where the technician of a ticket is: to its resident, from depart to arrive (PIPL 个人信息保护法 28).
func (p *Positions) Get(ctx context.Context, req *dispatchv1.GetPositionRequest) (*dispatchv1.Position, error) {
	found, err := read(ctx, p.desk.db, func(ctx context.Context, tx *store.Tx) ([]rows.Found, error) {
		return p.desk.rows.VisitsFor(ctx, tx, req.GetTicketId())
	})
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.Visit.PositionVisible() && authz.From(ctx).IsPerson(f.Job.ResidentID) {
			return p.last(ctx, f)
		}
	}
	return nil, errPosition
}

func (p *Positions) last(ctx context.Context, f rows.Found) (*dispatchv1.Position, error) {
	data, err := p.redis.Get(ctx, p.key(f.Visit.ID)).Bytes()
	if err != nil {
		return nil, errPosition.Wrap(err)
	}
	var at position
	if err := json.Unmarshal(data, &at); err != nil {
		return nil, errPosition.Wrap(err)
	}
	return &dispatchv1.Position{
		Point: &commonv1.Point{Lat: at.Lat, Lon: at.Lon}, At: timestamppb.New(at.At),
		EtaFrom: stamp(f.Visit.Window.From), EtaTo: stamp(f.Visit.Window.To),
	}, nil
}

func (p *Positions) key(visit string) string { return p.company + ":dispatch:position:" + visit }
