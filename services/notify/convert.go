package notify

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/notify/feed"
)

type outboxMessage = proto.Message

// toEntries spells an event of a ticket for each feed that tells it.
func toEntries(e ticketEvent, l line) []*notifyv1.Entry {
	h := e.GetHead()
	entry := &notifyv1.Entry{
		Feed: feed.OfTicket(h.GetTicketId()), Type: string(e.ProtoReflect().Descriptor().Name()), At: h.GetAt(), TicketId: h.GetTicketId(),
		TicketNumber: h.GetNumber(), VisitId: h.GetVisitId(), State: h.GetState().String(), TicketVersion: h.GetVersion(),
		Alarm: l.alarm,
	}
	if n, ok := e.(interface{ GetStaffName() string }); ok {
		entry.StaffName = n.GetStaffName()
	}
	if w, ok := e.(interface {
		GetEtaFrom() *timestamppb.Timestamp
		GetEtaTo() *timestamppb.Timestamp
	}); ok {
		entry.EtaFrom, entry.EtaTo = w.GetEtaFrom(), w.GetEtaTo()
	}
	entry.Text = toProtoText(say(l.text, entry))
	entries := []*notifyv1.Entry{entry, inFeed(entry, feed.OfDistrict(h.GetDistrictId()), nil)}
	if l.person && h.GetResidentId() != "" {
		entries = append(entries, inFeed(entry, feed.OfPerson(h.GetResidentId()), nil))
	}
	if escalated, ok := e.(*ticketsv1.TicketEscalated); ok && escalated.GetLevel() >= 100 && h.GetResidentId() != "" {
		entries = append(entries, inFeed(entry, feed.OfPerson(h.GetResidentId()), &feed.Sorry))
	}
	if l.staff != nil && h.GetStaffId() != "" {
		entries = append(entries, inFeed(entry, feed.OfStaff(h.GetStaffId()), l.staff))
	}
	return entries
}

// inFeed is the same line in another feed, with other words if they are given.
func inFeed(e *notifyv1.Entry, name string, words *feed.Text) *notifyv1.Entry {
	other := proto.CloneOf(e)
	other.Feed = name
	if words != nil {
		other.Text = toProtoText(say(*words, e))
	}
	return other
}

func say(t feed.Text, e *notifyv1.Entry) feed.Text {
	eta := ""
	if e.GetEtaFrom() != nil && e.GetEtaTo() != nil {
		eta = feed.Window(e.GetEtaFrom().AsTime(), e.GetEtaTo().AsTime())
	}
	return feed.Say(t, e.GetStaffName(), eta)
}

func visitEntry(name, kind string, h *dispatchv1.Head, text feed.Text) *notifyv1.Entry {
	return &notifyv1.Entry{
		Feed: name, Type: kind, At: h.GetAt(), TicketId: h.GetTicketId(), VisitId: h.GetVisitId(), Text: toProtoText(text),
	}
}

// offer is what technicians are asked; gone is one that is none any more.
type (
	offer interface {
		GetHead() *dispatchv1.Head
		GetOfferedTo() []string
		GetExpiresAt() *timestamppb.Timestamp
		GetEtaFrom() *timestamppb.Timestamp
		GetEtaTo() *timestamppb.Timestamp
	}
	gone interface {
		GetHead() *dispatchv1.Head
		GetWasOfferedTo() []string
	}
)

// offerEntries tells everybody who is asked.
func offerEntries(kind string, e offer, text feed.Text) (entries []*notifyv1.Entry) {
	for _, staff := range e.GetOfferedTo() {
		entry := visitEntry(feed.OfStaff(staff), kind, e.GetHead(), text)
		entry.ExpiresAt, entry.EtaFrom, entry.EtaTo = e.GetExpiresAt(), e.GetEtaFrom(), e.GetEtaTo()
		entries = append(entries, entry)
	}
	return entries
}

// goneEntries tells everybody who was asked, and whoever had it in words of their own.
func goneEntries(kind string, e gone, asked, holder feed.Text) (entries []*notifyv1.Entry) {
	to, had := e.GetWasOfferedTo(), e.GetHead().GetStaffId()
	if had != "" && !slices.Contains(to, had) {
		to = append(slices.Clone(to), had)
	}
	for _, staff := range to {
		text := asked
		if staff == had {
			text = holder
		}
		entries = append(entries, visitEntry(feed.OfStaff(staff), kind, e.GetHead(), text))
	}
	return entries
}

func toProtoText(t feed.Text) *commonv1.Text { return &commonv1.Text{Zh: t.ZH, En: t.EN} }
