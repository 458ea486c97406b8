package dispatch

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/outbox"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/load"
	"github.com/linlihub/linli/services/dispatch/plan"
	rows "github.com/linlihub/linli/services/dispatch/store"
	"github.com/linlihub/linli/services/dispatch/whatif"
)

func fromProtoOpened(ctx context.Context, e *ticketsv1.TicketOpened) board.JobRow {
	j := fromProtoJob(ctx, e.GetHead(), e.GetPlace(), e.GetSkill(), e.GetStandardMinutes())
	j.Answer, j.Due = instant(e.GetResponseDue()), instant(e.GetArrivalDue())
	j.Hands, j.SecondCertified = int(e.GetHands()), e.GetSecondCertified()
	return j
}

func fromProtoReopened(ctx context.Context, e *ticketsv1.TicketReopened) board.JobRow {
	j := fromProtoJob(ctx, e.GetHead(), e.GetPlace(), e.GetSkill(), e.GetStandardMinutes())
	j.Answer, j.Due = instant(e.GetResponseDue()), instant(e.GetArrivalDue())
	j.Hands, j.SecondCertified = int(e.GetHands()), e.GetSecondCertified()
	j.Excluded, j.Supervisor = e.GetExcludedStaffIds(), e.GetSupervisor()
	return j
}

func fromProtoJob(ctx context.Context, h *ticketsv1.Head, p *commonv1.Place, skill string, minutes int32) board.JobRow {
	return board.JobRow{
		Job: plan.Job{
			ID: h.GetTicketId(), District: h.GetDistrictId(), Category: h.GetCategory(), Skill: skill, Priority: plan.Priority(h.GetPriority()),
			Place:  plan.Place{Lat: p.GetPoint().GetLat(), Lon: p.GetPoint().GetLon(), Community: p.GetCommunityId()},
			Opened: instant(h.GetAt()), Standard: time.Duration(minutes) * time.Minute,
		},
		Number: h.GetNumber(), ResidentID: h.GetResidentId(), Cycle: int(h.GetCycle()),
		Address: p.GetAddress(), HomeID: p.GetHomeId(), BuildingID: p.GetBuildingId(),
		Trace: outbox.Trace(ctx),
	}
}

func fromProtoStaff(e *hrv1.StaffChanged) board.TechnicianRow {
	t := board.TechnicianRow{
		Technician: plan.Technician{
			ID: e.GetStaffId(), Skills: e.GetSkills(), Districts: e.GetDistrictIds(), DailyCap: int(e.GetDailyCap()), At: fromProtoPoint(e.GetBase()),
		},
		Name: e.GetName(),
	}
	for _, c := range e.GetCertificates() {
		t.Certificates = append(t.Certificates, fromProtoCertificate(c))
	}
	return t
}

func fromProtoCertificate(c *hrv1.Certificate) plan.Certificate {
	return plan.Certificate{Skill: c.GetSkill(), Name: c.GetName(), From: instant(c.GetValidFrom()), Until: instant(c.GetValidUntil())}
}

func fromProtoPoint(p *commonv1.Point) plan.Place {
	return plan.Place{Lat: p.GetLat(), Lon: p.GetLon()}
}

var visitStates = map[board.State]dispatchv1.VisitState{
	board.Offered: dispatchv1.VisitState_VISIT_STATE_OFFERED, board.Accepted: dispatchv1.VisitState_VISIT_STATE_ACCEPTED,
	board.UnderWay: dispatchv1.VisitState_VISIT_STATE_UNDER_WAY, board.OnSite: dispatchv1.VisitState_VISIT_STATE_ON_SITE,
	board.Paused: dispatchv1.VisitState_VISIT_STATE_PAUSED, board.Finished: dispatchv1.VisitState_VISIT_STATE_FINISHED,
	board.Withdrawn: dispatchv1.VisitState_VISIT_STATE_WITHDRAWN, board.Lapsed: dispatchv1.VisitState_VISIT_STATE_LAPSED,
}

var offerOutcomes = map[board.Outcome]dispatchv1.OfferOutcome{
	board.OfferOpen: dispatchv1.OfferOutcome_OFFER_OUTCOME_OPEN, board.OfferAccepted: dispatchv1.OfferOutcome_OFFER_OUTCOME_ACCEPTED,
	board.OfferDeclined: dispatchv1.OfferOutcome_OFFER_OUTCOME_DECLINED, board.OfferExpired: dispatchv1.OfferOutcome_OFFER_OUTCOME_EXPIRED,
	board.OfferTaken: dispatchv1.OfferOutcome_OFFER_OUTCOME_TAKEN, board.OfferWithdrawn: dispatchv1.OfferOutcome_OFFER_OUTCOME_WITHDRAWN,
}

func toProtoVisit(district string, v board.VisitRow, j board.JobRow) *dispatchv1.Visit {
	return &dispatchv1.Visit{
		Id: v.ID, TicketId: j.Ticket(), TicketNumber: j.Number, DistrictId: district, State: visitStates[v.State], StaffId: v.Staff,
		Category: j.Category, Priority: int32(j.Priority), Place: toProtoPlace(district, j), //nolint:gosec // 1–4
		OfferedAt: stamp(v.Offered), OfferExpiresAt: stamp(v.Expires), AcceptedAt: stamp(v.AcceptedAt), DepartedAt: stamp(v.DepartedAt),
		ArrivedAt: stamp(v.ArrivedAt), FinishedAt: finished(v), EtaFrom: stamp(v.Window.From), EtaTo: stamp(v.Window.To), Pool: v.Pool,
		Cycle: int32(v.Cycle), StandardMinutes: int32(j.Standard.Minutes()), Supervisor: j.Supervisor, //nolint:gosec // small
		Hands: int32(max(1, j.Hands)), Second: j.Second, FirstName: j.FirstName, //nolint:gosec // 1 or 2
	}
}

func toProtoAdvice(t board.TechnicianRow) *dispatchv1.Advice {
	return &dispatchv1.Advice{
		Point: &commonv1.Point{Lat: t.Post.Lat, Lon: t.Post.Lon}, CommunityId: t.Post.Community, At: stamp(t.Posted),
	}
}

func finished(v board.VisitRow) *timestamppb.Timestamp {
	if v.State != board.Finished {
		return nil
	}
	return stamp(v.EndedAt)
}

func toProtoPlace(district string, j board.JobRow) *commonv1.Place {
	return &commonv1.Place{
		HomeId: j.HomeID, DistrictId: district, CommunityId: j.Place.Community, BuildingId: j.BuildingID, Address: j.Address,
		Point: &commonv1.Point{Lat: j.Place.Lat, Lon: j.Place.Lon},
	}
}

func toProtoBoard(b *board.Board) *dispatchv1.Board {
	shown := &dispatchv1.Board{DistrictId: b.District}
	held := map[string][]string{}
	for _, v := range b.Visits() {
		if v.Staff != "" {
			held[v.Staff] = append(held[v.Staff], v.ID)
		}
		if j := b.Job(v.JobID); j != nil {
			shown.Visits = append(shown.Visits, toProtoVisit(b.District, v, *j))
		}
	}
	for _, j := range b.Jobs() {
		if j.VisitID == "" {
			shown.Waiting = append(shown.Waiting, &dispatchv1.Board_Job{
				TicketId: j.Ticket(), TicketNumber: j.Number, Category: j.Category, Priority: int32(j.Priority), Skill: j.Skill, //nolint:gosec // 1–4
				OpenedAt: stamp(j.Opened), ResponseDue: stamp(j.Answer), NoCandidate: j.Stranded, LapsedOffers: int32(j.Lapsed), //nolint:gosec // small
				Place: toProtoPlace(b.District, j), SetAside: toProtoFlaw(j.Aside),
				Second: j.Second,
			})
		}
	}
	for _, t := range b.Technicians() {
		if !slices.Contains(t.Districts, b.District) && len(held[t.ID]) == 0 {
			continue // they helped once, or have moved
		}
		shown.Technicians = append(shown.Technicians, &dispatchv1.Board_Technician{
			StaffId: t.ID, Name: t.Name, OnDuty: t.OnDuty, Skills: t.Skills, VisitIds: held[t.ID],
			DoneToday: int32(t.DoneToday), DailyCap: int32(t.DailyCap), //nolint:gosec // small
			SetAside: toProtoFlaw(t.Aside), LentBy: t.LentBy, LentTo: t.LentTo,
		})
	}
	c := b.Experience().Coverage()
	shown.Accuracy = &dispatchv1.Board_Accuracy{Arrivals: int32(c.Arrivals), ByFrom: c.Half, ByTo: c.Ninety, MedianErrorSeconds: c.Error}
	return shown
}

func toProtoFlaw(f *plan.Flaw) *commonv1.Text {
	if f == nil {
		return nil
	}
	return &commonv1.Text{Zh: f.ZH, En: f.EN}
}

func toProtoHelp(district string, helpers map[string][]string, version int64) *dispatchv1.Help {
	help := &dispatchv1.Help{DistrictId: district, HelperIds: helpers[district], Version: version, Etag: op.ETag(version)}
	for helped, by := range helpers {
		if slices.Contains(by, district) {
			help.HelpedIds = append(help.HelpedIds, helped)
		}
	}
	slices.Sort(help.HelpedIds)
	return help
}

func toProtoLoads(district string, sheet load.Sheet, technicians []board.TechnicianRow) *dispatchv1.Loads {
	shown := &dispatchv1.Loads{
		DistrictId: district, FarKilometres: sheet.Far / 1000,
		MedianToday: toProtoFigures(sheet.MedianToday), MedianWeek: toProtoFigures(sheet.MedianWeek),
	}
	for _, l := range sheet.Loads {
		of := technicians[slices.IndexFunc(technicians, func(t board.TechnicianRow) bool { return t.ID == l.Staff })]
		shown.Loads = append(shown.Loads, &dispatchv1.Loads_Load{
			StaffId: l.Staff, Name: of.Name, OnDuty: of.OnDuty, Today: toProtoFigures(l.Today), Week: toProtoFigures(l.Week),
		})
	}
	return shown
}

func toProtoFigures(f load.Figures) *dispatchv1.Loads_Figures {
	return &dispatchv1.Loads_Figures{Jobs: f.Jobs, Hours: f.Hours, Kilometres: f.Kilometres, FarTrips: f.FarTrips}
}

func toProtoImagined(i whatif.Imagined, names map[string]string) *dispatchv1.Imagined {
	shown := &dispatchv1.Imagined{Tickets: i.Tickets, OnTimeShare: i.OnTime}
	for _, h := range i.Hours {
		shown.Hours = append(shown.Hours, &dispatchv1.Imagined_Hour{
			Begin: stamp(h.Begin), Tickets: h.Tickets, OnTimeShare: h.OnTime, WaitMeanSeconds: h.WaitMean, WaitP90Seconds: h.WaitP90,
		})
	}
	for _, l := range i.Loads {
		shown.Loads = append(shown.Loads, &dispatchv1.Imagined_Load{
			StaffId: l.Staff, Name: names[l.Staff], BusyShare: l.Busy, Visits: l.Visits, Overloaded: l.Busy > whatif.Overloaded,
		})
	}
	return shown
}

func toProtoDecisions(found []rows.Found, technicians []board.TechnicianRow) *dispatchv1.ListDecisionsResponse {
	names := map[string]string{}
	for _, t := range technicians {
		names[t.ID] = t.Name
	}
	answer := &dispatchv1.ListDecisionsResponse{}
	for _, f := range found {
		v, d := f.Visit, f.Visit.Decision
		decision := &dispatchv1.Decision{
			VisitId: v.ID, StaffId: d.Staff, StaffName: names[d.Staff], At: stamp(v.Offered), Total: d.Total,
			RunnerUpStaffId: d.RunnerUp, RunnerUpName: names[d.RunnerUp], RunnerUpTotal: d.RunnerUpTotal,
			Eligible: int32(d.Eligible), By: v.By, Reason: v.Reason, Second: f.Job.Second, //nolint:gosec // small
		}
		for _, p := range d.Score.Parts() {
			decision.Parts = append(decision.Parts, &dispatchv1.Decision_Part{Name: p.Name, Text: &commonv1.Text{Zh: p.ZH, En: p.EN}, Value: p.Value})
		}
		for _, o := range v.Asked {
			decision.Offers = append(decision.Offers, &dispatchv1.Offer{
				StaffId: o.Staff, StaffName: names[o.Staff], OfferedAt: stamp(o.Offered), ExpiresAt: stamp(v.Expires),
				AnsweredAt: stamp(o.Answered), Outcome: offerOutcomes[o.Outcome], Reason: o.Reason,
			})
		}
		answer.Decisions = append(answer.Decisions, decision)
	}
	return answer
}

func instant(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

// stamp writes the zero time as an absent timestamp.
func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
