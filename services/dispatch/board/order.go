package board

import "cmp"

// ByPlan compares visits of one technician by the order of the work: what is begun first, then by the offer.
func ByPlan(x, y VisitRow) int {
	return cmp.Or(cmp.Compare(planState[y.State], planState[x.State]), x.Offered.Compare(y.Offered))
}

// Bumped says that the visit was taken from its technician because an emergency takes precedence.
func (v *VisitRow) Bumped() bool { return v.State == Withdrawn && v.GaveWayTo != "" }
