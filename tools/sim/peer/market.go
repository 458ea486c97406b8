package peer

import (
	"context"

	"github.com/linlihub/linli/services/dispatch/tour"

	"github.com/linlihub/linli/tools/sim/bound"
)

// Market lets HiGHS say what stops should cost.
type Market struct{ *Process }

// NewMarket opens a market for the stops and workers of a problem.
func NewMarket(ctx context.Context, problem *tour.Problem) (Market, error) {
	p, err := Start(ctx, "prices")
	if err != nil {
		return Market{}, err
	}
	weights := make([]float64, len(problem.Stops))
	for i := range weights {
		weights[i] = problem.Stops[i].Weight
	}
	return Market{p}, p.Tell(map[string]any{"weights": weights, "workers": len(problem.Workers)})
}

// Trade is for bound.Find.
func (m Market) Trade(more []bound.Tour) (prices []float64, value float64, err error) {
	lines := make([][3]any, len(more))
	for i, t := range more {
		lines[i] = [3]any{t.Worker, t.Weight, t.Stops}
	}
	if err := m.Tell(lines); err != nil {
		return nil, 0, err
	}
	var answer struct {
		Value  float64
		Prices []float64
	}
	err = m.Hear(&answer)
	return answer.Prices, answer.Value, err
}
