package dispatch

import (
	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/outbox"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/plan"
)

// toProtoEvents tells others what happened on the board, in order.
func toProtoEvents(b *board.Board) []outbox.Event {
	var events []outbox.Event
	for _, e := range b.Changes() {
		if m := toProtoEvent(b.District, e); m != nil {
			events = append(events, outbox.Event{Key: b.District, Subject: e.JobID, Message: m, Time: e.At})
		}
	}
	return events
}

func toProtoEvent(district string, e board.Event) proto.Message {
	h := &dispatchv1.Head{
		VisitId: e.VisitID, TicketId: e.JobID, DistrictId: district, StaffId: e.Staff, StaffName: e.Name,
		Cycle: int32(e.Cycle), At: stamp(e.At), //nolint:gosec // small
	}
	if e.Second {
		return toProtoSecondEvent(h, e)
	}
	from, to := stamp(e.Window.From), stamp(e.Window.To)
	switch e.Kind {
	case board.VisitOffered:
		return &dispatchv1.VisitOffered{Head: h, OfferedTo: e.To, ExpiresAt: stamp(e.Expires), EtaFrom: from, EtaTo: to, Manual: e.Manual}
	case board.OfferLapsed:
		return &dispatchv1.OfferLapsed{Head: h, Outcome: e.Outcome}
	case board.VisitLapsed:
		return &dispatchv1.VisitLapsed{Head: h}
	case board.VisitAccepted:
		return &dispatchv1.VisitAccepted{Head: h, EtaFrom: from, EtaTo: to}
	case board.VisitDeparted:
		return &dispatchv1.VisitDeparted{Head: h, EtaFrom: from, EtaTo: to}
	case board.EtaChanged:
		return &dispatchv1.EtaChanged{Head: h, EtaFrom: from, EtaTo: to}
	case board.VisitArrived:
		return &dispatchv1.VisitArrived{Head: h}
	case board.VisitFinished:
		return &dispatchv1.VisitFinished{Head: h, Words: e.Words, Materials: e.Materials}
	case board.VisitWithdrawn:
		return &dispatchv1.VisitWithdrawn{Head: h, Reason: e.Reason, WasOfferedTo: e.To}
	case board.NoCandidate:
		return &dispatchv1.NoCandidate{Head: h, Reasons: toProtoReasons(e.Reasons)}
	default:
		panic("dispatch: event " + string(e.Kind) + " has no message")
	}
}

// toProtoSecondEvent tells of whoever comes along. On the way there, and offers that lapsed, are nobody's business but the board's: nil.
func toProtoSecondEvent(h *dispatchv1.Head, e board.Event) proto.Message {
	from, to := stamp(e.Window.From), stamp(e.Window.To)
	switch e.Kind {
	case board.VisitOffered:
		return &dispatchv1.SecondOffered{Head: h, OfferedTo: e.To, ExpiresAt: stamp(e.Expires), EtaFrom: from, EtaTo: to}
	case board.VisitAccepted:
		return &dispatchv1.SecondAccepted{Head: h, FirstVisitId: e.FirstVisitID, EtaFrom: from, EtaTo: to}
	case board.VisitArrived:
		return &dispatchv1.SecondArrived{Head: h}
	case board.VisitFinished, board.VisitWithdrawn:
		return &dispatchv1.SecondReleased{Head: h, Reason: e.Reason, WasOfferedTo: e.To}
	case board.NoCandidate:
		return &dispatchv1.SecondMissed{Head: h, Reasons: toProtoReasons(e.Reasons)}
	case board.OfferLapsed, board.VisitLapsed, board.VisitDeparted, board.EtaChanged:
	}
	return nil
}

func toProtoReasons(all map[plan.Reason]int) map[string]int32 {
	reasons := map[string]int32{}
	for r, n := range all {
		reasons[string(r)] = int32(n) //nolint:gosec // a count of technicians
	}
	return reasons
}
