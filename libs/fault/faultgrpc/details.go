package faultgrpc

import (
	"maps"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/linlihub/linli/libs/fault"
)

func details(r fault.Report) []protoadapt.MessageV1 {
	meta := map[string]string{kindKey: r.Kind.String()}
	maps.Copy(meta, r.Meta)
	all := []protoadapt.MessageV1{
		&errdetails.ErrorInfo{Reason: r.Code, Domain: Domain, Metadata: meta},
		localized(fault.ZH, r.ZH),
		localized(fault.EN, r.EN),
	}
	if len(r.Violations) > 0 {
		all = append(all, badRequest(r.Violations))
	}
	if r.RetryAfter > 0 {
		all = append(all, &errdetails.RetryInfo{RetryDelay: durationpb.New(r.RetryAfter)})
	}
	return all
}

func localized(lang fault.Lang, text string) *errdetails.LocalizedMessage {
	return &errdetails.LocalizedMessage{Locale: string(lang), Message: text}
}

// badRequest puts the English text where every gRPC client looks for it, and the Chinese beside it.
func badRequest(violations []fault.Violation) *errdetails.BadRequest {
	bad := &errdetails.BadRequest{}
	for _, v := range violations {
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field: v.Field, Description: v.EN, LocalizedMessage: localized(fault.ZH, v.ZH),
		})
	}
	return bad
}

// reportOf reads our details; ours is false for a status of another system.
func reportOf(st *status.Status) (report fault.Report, ours bool) {
	report = fault.Report{Kind: KindOf(st.Code()), ZH: st.Message(), EN: st.Message()}
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			if d.GetDomain() == Domain && d.GetReason() != "" {
				readInfo(&report, d)
				ours = true
			}
		case *errdetails.LocalizedMessage:
			readText(&report, d)
		case *errdetails.BadRequest:
			report.Violations = readViolations(d)
		case *errdetails.RetryInfo:
			report.RetryAfter = max(0, d.GetRetryDelay().AsDuration())
		}
	}
	return report, ours
}

func readInfo(report *fault.Report, info *errdetails.ErrorInfo) {
	report.Code = info.GetReason()
	report.Meta = maps.Clone(info.GetMetadata())
	if kind, known := fault.KindNamed(report.Meta[kindKey]); known {
		report.Kind = kind
	}
	if delete(report.Meta, kindKey); len(report.Meta) == 0 {
		report.Meta = nil
	}
}

func readText(report *fault.Report, text *errdetails.LocalizedMessage) {
	switch fault.Lang(text.GetLocale()) {
	case fault.ZH:
		report.ZH = text.GetMessage()
	case fault.EN:
		report.EN = text.GetMessage()
	}
}

func readViolations(bad *errdetails.BadRequest) []fault.Violation {
	var all []fault.Violation
	for _, v := range bad.GetFieldViolations() {
		zh := v.GetLocalizedMessage().GetMessage()
		if zh == "" {
			zh = v.GetDescription()
		}
		all = append(all, fault.Violation{Field: v.GetField(), ZH: zh, EN: v.GetDescription()})
	}
	return all
}
