// Package assign solves the rectangular assignment problem: give each row a column of its own, or, when there are more
// rows than columns, each column a row, at the least total cost. It is the kernel of dispatch and knows nothing of it.
//
// The method is Jonker and Volgenant's (Computing 38, 1987): a cheap auction gives most rows their column, then shortest
// augmenting paths give the rest; with the rectangular form of Crouse (IEEE TAES 52, 2016), whose point is that a column
// never touched keeps the price zero. Exact but for rounding, O(rows² · cols) at worst.
package assign

import (
	"fmt"
	"math"
)

// none marks a row without a column and a column without a row.
const none = -1

// Solver solves one problem after another. It keeps its workspace, so that after the first problem of a size nothing is
// allocated. The zero value is ready; a Solver is not for two goroutines at once.
type Solver struct {
	price   []float64 // per column, never above zero: the dual v of the textbooks
	dist    []float64 // per column: length of the shortest path to it
	via     []int     // per column: the row before it on that path
	order   []int     // columns: first the reached, then the nearest, then the others
	rowOf   []int     // per column
	colOf   []int     // per row
	free    []int     // rows still without a column
	flipped []float64 // the transposed costs when rows > cols
}

// Solve reads cost row by row (cost[i*cols+j]) and writes the column of each row to out, or -1 for a row that gets none,
// which happens only when rows > cols. A cost of +Inf forbids the pair. It answers the total and true; or false with out
// all -1 when no assignment of min(rows, cols) pairs avoids the forbidden ones, or when a cost is NaN or -Inf.
// The answer depends on the costs and their order alone. It panics when cost or out is too short: that is a programming
// error, not a hard problem.
func (s *Solver) Solve(cost []float64, rows, cols int, out []int) (total float64, ok bool) {
	if rows < 0 || cols < 0 || len(cost) < rows*cols || len(out) < rows {
		panic(fmt.Sprintf("assign: %d costs and %d places for %d rows × %d columns", len(cost), len(out), rows, cols))
	}
	cost, out = cost[:rows*cols], out[:rows]
	for i := range out {
		out[i] = none
	}
	if !usable(cost) {
		return 0, false
	}
	if rows <= cols {
		if !s.solve(cost, rows, cols) {
			return 0, false
		}
		copy(out, s.colOf)
	} else {
		if !s.solve(s.flip(cost, rows, cols), cols, rows) {
			return 0, false
		}
		copy(out, s.rowOf)
	}
	for i, j := range out {
		if j != none {
			total += cost[i*cols+j]
		}
	}
	return total, true
}

// usable refuses what no comparison of costs survives.
func usable(cost []float64) bool {
	for _, c := range cost {
		if !(c > math.Inf(-1)) { // NaN compares false
			return false
		}
	}
	return true
}

// solve wants rows ≤ cols and leaves the answer in colOf and rowOf.
func (s *Solver) solve(cost []float64, rows, cols int) bool {
	s.reset(rows, cols)
	if !s.bid(cost, rows, cols) {
		return false
	}
	for _, row := range s.free {
		if !s.augment(cost, row, cols) {
			return false
		}
	}
	return true
}

func (s *Solver) reset(rows, cols int) {
	s.price, s.dist = grow(s.price, cols), grow(s.dist, cols)
	s.via, s.order, s.rowOf = grow(s.via, cols), grow(s.order, cols), grow(s.rowOf, cols)
	s.colOf, s.free = grow(s.colOf, rows), grow(s.free, rows)
	for j := range cols {
		s.price[j], s.rowOf[j], s.order[j] = 0, none, j
	}
	for i := range rows {
		s.colOf[i], s.free[i] = none, i
	}
}

func (s *Solver) flip(cost []float64, rows, cols int) []float64 {
	s.flipped = grow(s.flipped, rows*cols)
	for i := range rows {
		for j, c := range cost[i*cols : i*cols+cols] {
			s.flipped[j*rows+i] = c
		}
	}
	return s.flipped
}

func grow[T any](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	return old[:n]
}
