package tickets

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/op"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/tickets/policy"
	rows "github.com/linlihub/linli/services/tickets/store"
	"github.com/linlihub/linli/services/tickets/ticket"
)

var (
	kinds = map[ticketsv1.Kind]ticket.Kind{
		ticketsv1.Kind_KIND_REPAIR: ticket.Repair, ticketsv1.Kind_KIND_COMPLAINT: ticket.Complaint, ticketsv1.Kind_KIND_ENQUIRY: ticket.Enquiry,
	}
	states = map[ticketsv1.State]ticket.State{
		ticketsv1.State_STATE_OPENED: ticket.StateOpened, ticketsv1.State_STATE_ASSIGNED: ticket.StateAssigned,
		ticketsv1.State_STATE_ACCEPTED: ticket.StateAccepted, ticketsv1.State_STATE_UNDER_WAY: ticket.StateUnderWay,
		ticketsv1.State_STATE_ON_SITE: ticket.StateOnSite, ticketsv1.State_STATE_PAUSED: ticket.StatePaused,
		ticketsv1.State_STATE_FINISHED: ticket.StateFinished, ticketsv1.State_STATE_CLOSED: ticket.StateClosed,
		ticketsv1.State_STATE_CANCELLED: ticket.StateCancelled,
	}
	pauseReasons = map[ticketsv1.PauseReason]ticket.PauseReason{
		ticketsv1.PauseReason_PAUSE_REASON_WAITING_RESIDENT:    ticket.WaitingResident,
		ticketsv1.PauseReason_PAUSE_REASON_ACCESS_REFUSED:      ticket.AccessRefused,
		ticketsv1.PauseReason_PAUSE_REASON_PART_ORDERED:        ticket.PartOrdered,
		ticketsv1.PauseReason_PAUSE_REASON_JOINT_OWNER_CONSENT: ticket.JointOwnerConsent,
	}
	colours = map[ticket.Colour]ticketsv1.ClockColour{
		ticket.Green: ticketsv1.ClockColour_CLOCK_COLOUR_GREEN, ticket.Amber: ticketsv1.ClockColour_CLOCK_COLOUR_AMBER,
		ticket.Orange: ticketsv1.ClockColour_CLOCK_COLOUR_ORANGE, ticket.Red: ticketsv1.ClockColour_CLOCK_COLOUR_RED,
	}
	priorities = map[policy.Priority]ticketsv1.Priority{
		policy.P1: ticketsv1.Priority_PRIORITY_P1, policy.P2: ticketsv1.Priority_PRIORITY_P2,
		policy.P3: ticketsv1.Priority_PRIORITY_P3, policy.P4: ticketsv1.Priority_PRIORITY_P4,
	}

	protoKinds        = inverse(kinds)
	protoStates       = inverse(states)
	protoPauseReasons = inverse(pauseReasons)
)

func inverse[K, V comparable](m map[K]V) map[V]K {
	turned := make(map[V]K, len(m))
	for k, v := range m {
		turned[v] = k
	}
	return turned
}

func fromProtoOpen(ctx context.Context, req *ticketsv1.OpenRequest, home *residentsv1.Home) ticket.Request {
	r := ticket.Request{
		By: actor(ctx), For: req.GetOnBehalfOf(), Kind: kinds[req.GetKind()], Category: ticket.Category(req.GetCategory()),
		Place: fromProtoPlace(home.GetPlace()), Words: req.GetWords(), Photos: req.GetPhotoIds(), Emergency: req.GetEmergency(),
		Source: req.GetSource(),
	}
	return r
}

func fromProtoPlace(p *commonv1.Place) ticket.Place {
	place := ticket.Place{
		HomeID: p.GetHomeId(), DistrictID: p.GetDistrictId(), CommunityID: p.GetCommunityId(), BuildingID: p.GetBuildingId(),
		Address: p.GetAddress(),
	}
	if p.GetPoint() != nil {
		place.Point = &ticket.Point{Lat: p.GetPoint().GetLat(), Lon: p.GetPoint().GetLon()}
	}
	return place
}

func toProtoPlace(p ticket.Place) *commonv1.Place {
	place := &commonv1.Place{
		HomeId: p.HomeID, DistrictId: p.DistrictID, CommunityId: p.CommunityID, BuildingId: p.BuildingID, Address: p.Address,
	}
	if p.Point != nil {
		place.Point = &commonv1.Point{Lat: p.Point.Lat, Lon: p.Point.Lon}
	}
	return place
}

func fromProtoPauseReason(r ticketsv1.PauseReason) ticket.PauseReason { return pauseReasons[r] }

func fromProtoStates(all []ticketsv1.State) []string {
	var names []string
	for _, s := range all {
		names = append(names, string(states[s]))
	}
	return names
}

func fromProtoWindow(from, to *timestamppb.Timestamp) ticket.Window {
	if from == nil || to == nil {
		return ticket.Window{}
	}
	return ticket.Window{From: from.AsTime(), To: to.AsTime()}
}

func fromProtoResult(e *dispatchv1.VisitFinished) ticket.Result {
	r := ticket.Result{Words: e.GetWords()}
	if e.GetMaterials() != "" {
		r.Materials = []ticket.Material{{Name: e.GetMaterials(), Quantity: 1}}
	}
	return r
}

// fromProtoReasons spells why nobody may be sent, in a stable order: "no_skill=14 not_on_duty=3".
func fromProtoReasons(reasons map[string]int32) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		parts = append(parts, reason+"="+strconv.Itoa(int(reasons[reason])))
	}
	return strings.Join(parts, " ")
}

func toProtoReasons(text string) map[string]int32 {
	reasons := map[string]int32{}
	for _, part := range strings.Fields(text) {
		name, count, _ := strings.Cut(part, "=")
		n, _ := strconv.ParseInt(count, 10, 32)
		reasons[name] = int32(n)
	}
	return reasons
}

func toProtoText(zh, en string) *commonv1.Text { return &commonv1.Text{Zh: zh, En: en} }

func toProtoCategories() *ticketsv1.ListCategoriesResponse {
	answer := &ticketsv1.ListCategoriesResponse{}
	for _, info := range ticket.Categories() {
		answer.Categories = append(answer.Categories, &ticketsv1.Category{
			Code: string(info.Code), Name: toProtoText(info.ZH, info.EN), Icon: info.Icon,
			Kind: protoKinds[info.Kind], Priority: priorities[info.Priority],
		})
	}
	return answer
}

// toProtoTicket pictures a snapshot; clocks may be nil.
func toProtoTicket(s ticket.Snapshot, clocks *ticket.Clocks) *ticketsv1.Ticket {
	info, _ := s.Category.Info()
	line := s.Timeline
	present := line.Cycles[len(line.Cycles)-1]
	t := &ticketsv1.Ticket{
		Id: s.ID, Number: rows.Number(s), Kind: protoKinds[s.Kind], Category: string(s.Category), CategoryName: toProtoText(info.ZH, info.EN),
		Priority: priorities[s.Priority], State: protoStates[s.State()], Words: s.Words, Place: toProtoPlace(s.Place), PhotoIds: s.Photos,
		OpenedBy: s.Opener.ID, ResidentId: s.For, OpenedAt: stamp(line.Cycles[0].Posted), FinishedAt: stamp(present.Finished),
		Cycle: int32(s.Cycle()), PolicyVersion: s.Policy.String(), NoCandidate: !s.NoCandidate.IsZero(), //nolint:gosec // small
		Urges: int32(s.Urges), Version: s.Version, Etag: op.ETag(s.Version), FinishWords: s.Result.Words, //nolint:gosec // small
		UpdatedAt: stamp(s.Updated), ClosedAt: stamp(s.ClosedAt), Source: s.Source,
	}
	if len(s.Result.Materials) > 0 {
		t.Materials = s.Result.Materials[0].Name
	}
	if len(s.Escalated) > 0 {
		t.Escalation = int32(slices.Max(s.Escalated)) //nolint:gosec // a percentage
	}
	t.Hands = int32(max(1, s.Crew.Hands)) //nolint:gosec // 1 or 2
	if v := cmp.Or(s.OpenVisit(), lastWorked(s)); v != nil {
		t.Visitor, t.Second = toProtoVisitor(*v), toProtoSecond(*v)
	}
	if s.State() == ticket.StatePaused {
		t.PauseReason = protoPauseReasons[line.Pauses[len(line.Pauses)-1].Reason]
	}
	for _, r := range s.Ratings {
		t.Ratings = append(t.Ratings, toProtoRating(r))
	}
	if clocks != nil {
		t.Clocks = toProtoClocks(*clocks)
	}
	return t
}

// lastWorked is the visit that did the work of a finished ticket.
func lastWorked(s ticket.Snapshot) *ticket.Visit {
	if n := len(s.Visits); n > 0 && s.Visits[n-1].Worked && !s.Stage.Live() {
		return &s.Visits[n-1]
	}
	return nil
}

func toProtoVisitor(v ticket.Visit) *ticketsv1.Visitor {
	return &ticketsv1.Visitor{
		VisitId: v.ID, StaffId: v.StaffID, Name: v.StaffName, EtaFrom: stamp(v.Eta.From), EtaTo: stamp(v.Eta.To),
	}
}

// toProtoSecond is nil for work for one, and as long as nobody is missed.
func toProtoSecond(v ticket.Visit) *ticketsv1.Second {
	missing := v.Ended == "" && !v.Second.Missing.IsZero()
	if v.Second.VisitID == "" && !missing {
		return nil
	}
	return &ticketsv1.Second{
		VisitId: v.Second.VisitID, StaffId: v.Second.StaffID, Name: v.Second.StaffName,
		EtaFrom: stamp(v.Second.Eta.From), EtaTo: stamp(v.Second.Eta.To), OnSite: v.Second.Worked, Missing: missing,
	}
}

func toProtoRating(r ticket.Rating) *ticketsv1.Rating {
	return &ticketsv1.Rating{
		Cycle: int32(r.Cycle), Stars: int32(r.Stars), Words: r.Words, At: stamp(r.At), //nolint:gosec // small
		EditableUntil: stamp(r.At.Add(24 * time.Hour)),
	}
}

func toProtoClocks(c ticket.Clocks) *ticketsv1.Clocks {
	present := c.Current()
	return &ticketsv1.Clocks{
		Response: toProtoClock(present.Response), Arrival: toProtoClock(present.Arrival), Resolution: toProtoClock(c.Resolution),
		T1Seconds: seconds(present.Cycle.T1()), T2Seconds: seconds(present.Cycle.T2()), T3Seconds: seconds(present.Cycle.T3()),
	}
}

func toProtoClock(c ticket.Clock) *ticketsv1.Clock {
	return &ticketsv1.Clock{
		Due: stamp(c.Due), Stopped: stamp(c.Stopped), UsedSeconds: int64(c.Used.Seconds()), TargetSeconds: int64(c.Target.Seconds()),
		Colour: colours[c.Colour()], Met: c.Kept,
	}
}

// seconds is -1 for what has not happened.
func seconds(d time.Duration, happened bool) int64 {
	if !happened {
		return -1
	}
	return int64(d.Seconds())
}

// toProtoSimilar answers live tickets like mine. Of a neighbour's ticket only what and since when is told, not who or where.
func toProtoSimilar(ctx context.Context, mine ticket.Snapshot, others []ticket.Snapshot, now time.Time) []*ticketsv1.SimilarResponse_Suggestion {
	var all []*ticketsv1.SimilarResponse_Suggestion
	for _, like := range ticket.Similar(mine, others, now) {
		s := like.Snapshot
		if s.ID == mine.ID || authz.From(ctx).Anonymous() {
			continue
		}
		all = append(all, &ticketsv1.SimilarResponse_Suggestion{
			TicketId: s.ID, Category: string(s.Category), State: protoStates[s.State()], OpenedAt: stamp(s.Timeline.Cycles[0].Posted),
			SameHome: s.Place.HomeID == mine.Place.HomeID, Likeness: int32(like.Percent), //nolint:gosec // a percentage
		})
	}
	return all
}

// stamp writes the zero time as an absent timestamp.
func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
