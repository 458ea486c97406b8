package peer

import (
	"context"
	"errors"

	"github.com/linlihub/linli/services/dispatch/tour"
)

// Solvers are those that look for tours.
func Solvers() []string { return []string{"ortools", "pyvrp", "vroom"} }

// Answer is what a solver found: one set of tours, or several to choose from.
type Answer struct {
	Tours [][][]int
	Took  float64 // seconds it looked for them
}

// Solve lets a solver look for tours for so many seconds.
func Solve(ctx context.Context, solver string, limit float64, problem *tour.Problem) (Answer, error) {
	var a Answer
	err := ask(ctx, "tours", map[string]any{"solver": solver, "limit": limit, "problem": problem}, &a)
	return a, err
}

// Proof is the optimum of a small problem.
type Proof struct {
	Weight float64
	Proven bool
	Tours  [][]int
}

// Exact solves a small problem as a mixed integer program.
func Exact(ctx context.Context, problem *tour.Problem) (Proof, error) {
	var a Proof
	err := ask(ctx, "exact", problem, &a)
	return a, err
}

func ask(ctx context.Context, script string, question, answer any) error {
	p, err := Start(ctx, script)
	if err != nil {
		return err
	}
	err = p.Tell(question)
	if err == nil {
		err = p.Hear(answer)
	}
	return errors.Join(err, p.Close())
}
