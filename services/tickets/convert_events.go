package tickets

import (
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/outbox"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	rows "github.com/linlihub/linli/services/tickets/store"
	"github.com/linlihub/linli/services/tickets/ticket"
)

// toProtoEvents tells other services what changed: one message per event that concerns them, in order. Replies, photos and
// late reports stay in the ticket's own story.
func toProtoEvents(t *ticket.Ticket, now time.Time) []outbox.Event {
	snapshot := t.Snapshot()
	var events []outbox.Event
	for i, e := range t.Changes() {
		m := toProtoEvent(e, head(snapshot, e, t.Loaded()+int64(i)+1), t, now)
		if m == nil {
			continue
		}
		events = append(events, outbox.Event{Key: snapshot.Place.DistrictID, Subject: snapshot.ID, Message: m, Time: e.When().At})
	}
	return events
}

func head(s ticket.Snapshot, e ticket.Event, version int64) *ticketsv1.Head {
	h := &ticketsv1.Head{
		TicketId: s.ID, Number: rows.Number(s), DistrictId: s.Place.DistrictID, ResidentId: s.For, Category: string(s.Category),
		Priority: priorities[s.Priority], State: protoStates[s.State()], Cycle: int32(s.Cycle()), //nolint:gosec // small
		Version: version, At: stamp(e.When().At),
	}
	if by := e.When().By; by.Kind == ticket.ByResident || by.Kind == ticket.ByStaff {
		h.ActorId = by.ID
	}
	if n := len(s.Visits); n > 0 {
		h.VisitId, h.StaffId = s.Visits[n-1].ID, s.Visits[n-1].StaffID
	}
	return h
}

func toProtoEvent(e ticket.Event, h *ticketsv1.Head, t *ticket.Ticket, now time.Time) proto.Message {
	s := t.Snapshot()
	var visit ticket.Visit
	if n := len(s.Visits); n > 0 {
		visit = s.Visits[n-1]
	}
	name, from, to := visit.StaffName, stamp(visit.Eta.From), stamp(visit.Eta.To)
	switch e := e.(type) {
	case ticket.Opened:
		return toProtoOpened(s, h, t, now)
	case ticket.Assigned:
		return &ticketsv1.TicketAssigned{Head: h, StaffName: name, EtaFrom: from, EtaTo: to}
	case ticket.Unassigned:
		h.VisitId, h.StaffId = e.VisitID, e.StaffID
		return &ticketsv1.TicketUnassigned{Head: h, Reason: string(e.Why)}
	case ticket.Accepted:
		return &ticketsv1.TicketAccepted{Head: h, StaffName: name, EtaFrom: from, EtaTo: to}
	case ticket.Departed:
		return &ticketsv1.TicketDeparted{Head: h, StaffName: name, EtaFrom: from, EtaTo: to}
	case ticket.EtaMoved:
		return &ticketsv1.TicketEtaMoved{Head: h, EtaFrom: from, EtaTo: to}
	case ticket.Arrived:
		return &ticketsv1.TicketArrived{Head: h, StaffName: name}
	case ticket.Paused:
		return &ticketsv1.TicketPaused{Head: h, Reason: protoPauseReasons[e.Reason]}
	case ticket.Resumed:
		return &ticketsv1.TicketResumed{Head: h, ByVisitor: visit.StaffID != "" && e.By == ticket.Staff(visit.StaffID)}
	case ticket.Finished:
		return &ticketsv1.TicketFinished{Head: h, StaffName: name}
	case ticket.Rated:
		return &ticketsv1.TicketRated{Head: h, Stars: int32(e.Stars)} //nolint:gosec // 1–5
	case ticket.RatingEdited:
		return &ticketsv1.TicketRated{Head: h, Stars: int32(e.Stars), Edited: true} //nolint:gosec // 1–5
	case ticket.Reopened:
		return toProtoReopened(e, s, h, t, now)
	case ticket.Urged:
		return &ticketsv1.TicketUrged{Head: h, Urges: int32(e.Count)} //nolint:gosec // small
	case ticket.Cancelled:
		return &ticketsv1.TicketCancelled{Head: h}
	case ticket.Closed:
		return &ticketsv1.TicketClosed{Head: h, Automatic: e.Why == ticket.ClosedAuto}
	case ticket.Escalated:
		return &ticketsv1.TicketEscalated{Head: h, Level: int32(e.Percent)} //nolint:gosec // a percentage
	case ticket.NoCandidateRaised:
		return &ticketsv1.TicketStranded{Head: h, Reasons: toProtoReasons(e.Reason)}
	case ticket.Followed:
		return &ticketsv1.TicketFollowed{Head: h, PersonId: e.PersonID}
	default:
		return toProtoSecondEvent(e, h)
	}
}

// toProtoSecondEvent tells of whoever comes along.
func toProtoSecondEvent(e ticket.Event, h *ticketsv1.Head) proto.Message {
	switch e := e.(type) {
	case ticket.SecondJoined:
		return &ticketsv1.TicketSecondJoined{Head: h, StaffName: e.StaffName, EtaFrom: stamp(e.Eta.From), EtaTo: stamp(e.Eta.To)}
	case ticket.SecondArrived:
		return &ticketsv1.TicketSecondArrived{Head: h, StaffName: e.StaffName}
	case ticket.SecondLeft:
		return &ticketsv1.TicketSecondReleased{Head: h, StaffName: e.StaffName}
	case ticket.SecondMissed:
		return &ticketsv1.TicketSecondMissed{Head: h}
	default:
		return nil
	}
}

func toProtoOpened(s ticket.Snapshot, h *ticketsv1.Head, t *ticket.Ticket, now time.Time) *ticketsv1.TicketOpened {
	info, _ := s.Category.Info()
	clocks := t.Clocks(now).Current()
	return &ticketsv1.TicketOpened{
		Head: h, Kind: protoKinds[s.Kind], Place: toProtoPlace(s.Place), Skill: string(info.Skill),
		StandardMinutes: int32(info.StandardMinutes), ResponseDue: stamp(clocks.Response.Due), ArrivalDue: stamp(clocks.Arrival.Due), //nolint:gosec // small
		Hands: int32(max(1, s.Crew.Hands)), SecondCertified: s.Crew.Certified, //nolint:gosec // 1 or 2
	}
}

func toProtoReopened(e ticket.Reopened, s ticket.Snapshot, h *ticketsv1.Head, t *ticket.Ticket, now time.Time) *ticketsv1.TicketReopened {
	info, _ := s.Category.Info()
	clocks := t.Clocks(now).Current()
	return &ticketsv1.TicketReopened{
		Head: h, Place: toProtoPlace(s.Place), Skill: string(info.Skill), StandardMinutes: int32(info.StandardMinutes), //nolint:gosec // small
		ResponseDue: stamp(clocks.Response.Due), ArrivalDue: stamp(clocks.Arrival.Due),
		ExcludedStaffIds: e.Excluded, Supervisor: e.Supervisor,
		Hands: int32(max(1, s.Crew.Hands)), SecondCertified: s.Crew.Certified, //nolint:gosec // 1 or 2
	}
}
