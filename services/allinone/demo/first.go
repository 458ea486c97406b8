package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/fault"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// progress is how far one of the first tickets is taken.
type progress int

const (
	opened progress = iota
	accepted
	underWay
	onSite
	finished
	rated
)

// first are the tickets that a new server shows. Homes are numbers in the register.
var first = []struct {
	home            int
	category, words string
	to              progress
	stars           int32
	praise          string
}{
	{0, "doors_windows", "入户门锁芯转不动，钥匙拔不出来", finished, 0, ""},
	{130, "plumbing", "厨房水槽下面滴水，柜子已经湿了", rated, 5, "师傅来得很快，修完还把地擦干净了"},
	{402, "electrical", "客厅插座没电，其他房间正常", rated, 4, "修好了，就是等了一会儿"},
	{1150, "hvac", "卧室暖气不热，客厅正常", rated, 5, ""},
	{777, "lift", "2 单元电梯关门时有异响", onSite, 0, ""},
	{1420, "plumbing", "卫生间地漏反味，下水很慢", underWay, 0, ""},
	{960, "noise", "楼上夜里一直有装修声", accepted, 0, ""},
	{1700, "masonry", "阳台墙面起皮，下雨后有水印", opened, 0, ""},
}

// openTickets opens them and plays their first minutes. That one of them finds nobody is no failure: it is what a console
// is there to show.
func (f *Filling) openTickets(ctx context.Context) error {
	parallel, ctx := errgroup.WithContext(ctx)
	parallel.SetLimit(4)
	for i := range first {
		parallel.Go(func() error {
			err := f.play(ctx, i)
			if errors.Is(err, errNobody) {
				f.Log.InfoContext(ctx, "a first ticket waits for somebody", slog.Int("ticket", i), slog.Any("err", err))
				return nil
			}
			return err
		})
	}
	return parallel.Wait()
}

func (f *Filling) play(ctx context.Context, i int) error {
	story := first[i]
	home := f.register.Homes[story.home]
	person := f.register.Reachable()[home.GetId()][0]
	resident, request, err := f.caller(ctx, home, person)
	if err != nil {
		return fmt.Errorf("sign in %s: %w", person.GetId(), err)
	}
	request.Category, request.Words = story.category, story.words
	tickets := ticketsv1.NewTicketsClient(resident)
	ticket, err := tickets.Open(ctx, request, client.Key(fmt.Sprintf("demo-first-%d", i)))
	if err != nil || story.to == opened {
		return err
	}
	if err := f.visit(ctx, tickets, ticket.GetId(), story.to); err != nil || story.to != rated || f.Codes == nil {
		return err
	}
	_, err = tickets.Rate(ctx, &ticketsv1.RateRequest{Id: ticket.GetId(), Stars: story.stars, Words: story.praise})
	return err
}

// caller is the resident, or, where nobody can read codes, the steward whom the resident phoned.
func (f *Filling) caller(ctx context.Context, home *residentsv1.Home, person *residentsv1.Person) (*client.Client, *ticketsv1.OpenRequest, error) {
	request := &ticketsv1.OpenRequest{HomeId: home.GetId(), Source: "app"}
	if f.Codes != nil {
		c := f.Server.As(client.OneTimeCode(person.GetPhone(), f.Codes))
		return c, request, SignIn(ctx, c)
	}
	request.Source, request.OnBehalfOf = "phone", person.GetId()
	return f.admin, request, nil
}

// errNobody is a ticket that nobody was sent to within firstPatience.
var errNobody = errors.New("nobody was assigned")

const firstPatience = 4 * time.Second

// visit lets the technician who was chosen go as far as the story says. The ticket shows a step a moment after the visit
// has taken it, so it is awaited before the resident acts on it.
func (f *Filling) visit(ctx context.Context, tickets ticketsv1.TicketsClient, id string, to progress) error {
	ticket, err := await(ctx, tickets, id, ticketsv1.State_STATE_ASSIGNED)
	if err != nil {
		return err
	}
	f.mu.Lock()
	technician := f.staff[ticket.GetVisitor().GetStaffId()]
	f.mu.Unlock()
	if technician == nil {
		return errNobody // a pool has no winner yet, or it is somebody whom we did not sign in
	}
	visits, visit := dispatchv1.NewVisitsClient(technician), ticket.GetVisitor().GetVisitId()
	for _, step := range []struct {
		at progress
		do func() error
	}{
		{accepted, doing(visits.Accept, ctx, &dispatchv1.AcceptRequest{Id: visit})},
		{underWay, doing(visits.Depart, ctx, &dispatchv1.DepartRequest{Id: visit})},
		{onSite, doing(visits.Arrive, ctx, &dispatchv1.ArriveRequest{Id: visit})},
		{finished, doing(visits.Finish, ctx, &dispatchv1.FinishRequest{Id: visit, Words: "已修复，现场测试正常", Materials: "常用配件"})},
	} {
		if step.at > to {
			return nil
		}
		err := step.do()
		if fault.KindOf(err) == fault.Conflict { // with a fast clock an offer may lapse before it is answered
			return fmt.Errorf("%w: %w", errNobody, err)
		}
		if err != nil {
			return err
		}
	}
	_, err = await(ctx, tickets, id, ticketsv1.State_STATE_FINISHED)
	return err
}

func doing[Q any](call func(context.Context, Q, ...grpc.CallOption) (*dispatchv1.Visit, error), ctx context.Context, request Q) func() error {
	return func() error {
		_, err := call(ctx, request)
		return err
	}
}

// await asks until the ticket has come as far as a state.
func await(ctx context.Context, tickets ticketsv1.TicketsClient, id string, state ticketsv1.State) (*ticketsv1.Ticket, error) {
	wall := clock.Real()
	until := wall.Now().Add(firstPatience)
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		ticket, err := tickets.Get(ctx, &ticketsv1.GetRequest{Id: id})
		if err != nil || ticket.GetState() >= state {
			return ticket, err
		}
		if wall.Now().After(until) {
			return nil, fmt.Errorf("%w: ticket %s is %s", errNobody, ticket.GetNumber(), ticket.GetState())
		}
		if err := clock.Wait(ctx, wall, wall.Now().Add(pause)); err != nil {
			return nil, err
		}
	}
}
