package replay

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/clock"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	"github.com/linlihub/linli/services/allinone/demo"
)

// board hears where somebody says to be.
type board struct {
	dispatchv1.PositionsClient
	heard []*commonv1.Point
}

func (b *board) Report(_ context.Context, req *dispatchv1.ReportPositionRequest, _ ...grpc.CallOption) (*emptypb.Empty, error) {
	b.heard = append(b.heard, req.GetPoint())
	return &emptypb.Empty{}, nil
}

var (
	home   = &commonv1.Point{Lat: 30.28, Lon: 120.1}
	yonder = &commonv1.Point{Lat: 30.31, Lon: 120.1} // eighteen minutes
)

func idle(follow float64) (*technician, *board) {
	r := &run{Settings: Settings{Habits: DefaultHabits}, clock: clock.Real(), wall: clock.Real(), tally: newTally(0)}
	r.Habits.Follow = follow
	b := &board{}
	return &technician{
		employee: demo.Community(1).Staff[0], run: r, position: b, mood: newChance(1, "mood"), log: slog.New(slog.DiscardHandler), at: home,
	}, b
}

func advised(at time.Time) *dispatchv1.ListMineResponse {
	return &dispatchv1.ListMineResponse{Advice: &dispatchv1.Advice{Point: yonder, At: timestamppb.New(at)}}
}

// Who follows an advice says so at the place, once, however often the advice is read.
func TestAnAdviceIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		liu, board := idle(1)
		s, told := &shift{}, time.Now()
		for range 60 {
			liu.heed(t.Context(), s, advised(told))
			time.Sleep(time.Minute)
		}
		liu.run.crew.Wait()
		if len(board.heard) != 1 || distance(board.heard[0], yonder) > 1 || liu.run.tally.followed != 1 {
			t.Errorf("was at %v, %d followed", board.heard, liu.run.tally.followed)
		}
	})
}

// Whoever is wanted is where the way was left, and told nobody.
func TestAnOfferEndsTheRide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		liu, board := idle(1)
		s := &shift{}
		liu.heed(t.Context(), s, advised(time.Now()))
		time.Sleep(5 * time.Minute)
		liu.heed(t.Context(), s, &dispatchv1.ListMineResponse{Visits: []*dispatchv1.Visit{{Id: "v"}}})
		if way := distance(home, yonder); distance(home, liu.at) < .1*way || distance(liu.at, yonder) < .1*way {
			t.Errorf("is at %v", liu.at)
		}
		liu.run.crew.Wait()
		if len(board.heard) > 0 || liu.run.tally.followed > 0 {
			t.Errorf("was at %v", board.heard)
		}
	})
}

func TestNobodyMustFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		liu, board := idle(0)
		liu.heed(t.Context(), &shift{}, advised(time.Now()))
		time.Sleep(time.Hour)
		if len(board.heard) > 0 || liu.at != home {
			t.Errorf("is at %v", liu.at)
		}
	})
}

// No event tells of an advice: who has nothing in hand looks as often as the page, and the wall bears.
func TestTheIdleLookMoreOften(t *testing.T) {
	busy := &shift{job: &job{}}
	for speed, want := range map[float64]time.Duration{1: 2 * look, 10: 3 * time.Second, 720: reportEveryWall} {
		liu, _ := idle(1)
		liu.run.clock = clock.Scaled(time.Now(), time.Now(), speed)
		if got := liu.lull(&shift{}); got != want || liu.lull(busy) != 2*look {
			t.Errorf("×%g: %v, want %v; busy %v", speed, got, want, liu.lull(busy))
		}
	}
}
