package dispatch

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
)

var (
	errHelperUnknown = fault.Define(fault.Invalid, "dispatch.helper_unknown", "{field}：没有片区 {district}", "{field}: there is no district {district}")
	errHelperTwice   = fault.Define(fault.Invalid, "dispatch.helper_twice", "{field}：片区 {district} 重复", "{field}: {district} is named twice")
	errHelpCircle    = fault.Define(fault.Invalid, "dispatch.help_circle", "{field}：支援关系成环（{way}）", "{field}: help would go in a circle, {way}")
)

// SetHelp says which districts may lend a technician to one. The caller's scope has to reach them all: their people are lent.
//
// Help has a direction. Where a district helps another, that one may not help back, directly or through others: two that are pressed
// would trade technicians instead of using them. And nobody is their own helper. Who saw an older map is told so, for one list replaces
// another.
func (b *Boards) SetHelp(ctx context.Context, req *dispatchv1.SetHelpRequest) (*dispatchv1.Help, error) {
	caller, district := authz.From(ctx), req.GetDistrictId()
	return outbox.Do(ctx, b.desk.db, func(ctx context.Context, tx *store.Tx) (*dispatchv1.Help, error) {
		known, err := b.desk.rows.Districts(ctx, tx)
		if err != nil {
			return nil, err
		}
		known = slices.DeleteFunc(known, func(d string) bool { return !caller.Reaches(d) })
		if !slices.Contains(known, district) {
			return nil, fault.NotFound
		}
		var changed *dispatchv1.Help
		err = b.desk.rows.ChangeHelp(ctx, tx, func(version int64, helpers map[string][]string) error {
			if err := op.CheckVersion(ctx, version); err != nil {
				return err
			}
			if err := checkHelpers(known, helpers, district, req.GetHelperIds()); err != nil {
				return err
			}
			helpers[district] = req.GetHelperIds()
			changed = toProtoHelp(district, helpers, version+1)
			return nil
		})
		return changed, err
	})
}

// checkHelpers answers what is wrong with new helpers of a district, or nil. Each fault names the element that is wrong.
func checkHelpers(known []string, helpers map[string][]string, district string, wanted []string) error {
	for i, helper := range wanted {
		field := fmt.Sprintf("helper_ids[%d]", i)
		if !slices.Contains(known, helper) {
			return errHelperUnknown.With("field", field).With("district", helper).Field(field, "没有该片区", "no such district")
		}
		if slices.Contains(wanted[:i], helper) {
			return errHelperTwice.With("field", field).With("district", helper).Field(field, "与前面的重复", "is there already")
		}
		if way := helps(helpers, district, helper); way != nil {
			return errHelpCircle.With("field", field).With("way", strings.Join(append(way, district), " → ")).
				Field(field, "使支援关系成环", "closes a circle of help")
		}
	}
	return nil
}

// helps answers the way on which help goes from a district to another, through others if need be; nil: on none.
func helps(helpers map[string][]string, from, to string) []string {
	if from == to {
		return []string{to}
	}
	for _, next := range helpers[to] {
		if way := helps(helpers, from, next); way != nil {
			return append(way, to)
		}
	}
	return nil
}
