package assign

import "math"

// bidRounds is how often a row that lost its column may bid again before it is left to augment. Two is Jonker and
// Volgenant's choice; the bound on bids keeps rounding from raising prices by nothing for ever.
const bidRounds = 2

// bid is the auction (augmenting row reduction): each free row takes the column that is cheapest for it and pushes its
// price down until the second best is as good; whoever held it bids again. What remains free is left in s.free.
func (s *Solver) bid(cost []float64, rows, cols int) bool {
	for range bidRounds {
		free, left := s.free, 0
		for next, bids := 0, 0; next < len(free); bids++ {
			row := free[next]
			best, second, least, less := s.twoBest(cost[row*cols : row*cols+cols])
			if best == none {
				return false
			}
			gap := less - least
			if gap == 0 && s.rowOf[best] != none {
				best = second
			}
			loser := s.rowOf[best]
			if math.IsInf(gap, 1) && loser != none || bids > 4*rows {
				free[left], next, left = row, next+1, left+1
				continue
			}
			if !math.IsInf(gap, 1) {
				s.price[best] -= gap
			}
			s.rowOf[best], s.colOf[row] = row, best
			switch {
			case loser == none:
				next++
			case gap > 0:
				s.colOf[loser], free[next] = none, loser
			default:
				s.colOf[loser] = none
				free[left], next, left = loser, next+1, left+1
			}
		}
		s.free = free[:left]
	}
	return true
}

// twoBest finds the two cheapest columns of a row after prices; of equal ones the first. best is none when all are
// forbidden; a second that does not exist costs +Inf.
func (s *Solver) twoBest(row []float64) (best, second int, least, less float64) {
	price := s.price[:len(row)]
	best, second, least, less = none, none, math.Inf(1), math.Inf(1)
	for j, c := range row {
		if h := c - price[j]; h < less {
			if h < least {
				best, second, least, less = j, best, h, least
			} else {
				second, less = j, h
			}
		}
	}
	return best, second, least, less
}

// augment grows the tree of shortest alternating paths from a free row until it meets a free column (Dijkstra), adjusts
// the prices of the columns inside, and turns the path round. False means that every path is forbidden.
func (s *Solver) augment(cost []float64, from, cols int) bool {
	price, dist, via, order := s.price, s.dist, s.via, s.order
	for j, c := range cost[from*cols : from*cols+cols] {
		dist[j], via[j] = c-price[j], from
	}
	// order[:done] are reached and scanned, order[done:near] are at the least distance and wait for it.
	done, near, least := 0, 0, 0.0
	for {
		if done == near {
			near, least = s.nearest(done)
			if math.IsInf(least, 1) {
				return false
			}
			for _, j := range order[done:near] {
				if s.rowOf[j] == none {
					s.settle(done, least)
					s.turn(from, j)
					return true
				}
			}
		}
		col := order[done]
		done++
		row := s.rowOf[col]
		costs := cost[row*cols : row*cols+cols]
		base := costs[col] - price[col] - least
		for k := near; k < cols; k++ {
			j := order[k]
			d := costs[j] - price[j] - base
			if d >= dist[j] {
				continue
			}
			via[j] = row
			if d > least {
				dist[j] = d
				continue
			}
			dist[j] = least // not below: that would be rounding
			if s.rowOf[j] == none {
				s.settle(done, least)
				s.turn(from, j)
				return true
			}
			order[k], order[near] = order[near], j
			near++
		}
	}
}

// nearest moves the columns of least distance to the front of those not reached.
func (s *Solver) nearest(done int) (near int, least float64) {
	order, dist := s.order, s.dist
	near, least = done, math.Inf(1)
	for k := done; k < len(order); k++ {
		j := order[k]
		d := dist[j]
		if d > least || math.IsInf(d, 1) {
			continue
		}
		if d < least {
			near, least = done, d
		}
		order[k], order[near] = order[near], j
		near++
	}
	return near, least
}

// settle lowers the prices of the scanned columns, so that the pairs of the tree stay tight.
func (s *Solver) settle(done int, least float64) {
	for _, j := range s.order[:done] {
		s.price[j] += s.dist[j] - least
	}
}

// turn gives each row of the path its next column, from the free column back to the free row.
func (s *Solver) turn(from, col int) {
	for {
		row := s.via[col]
		s.rowOf[col] = row
		col, s.colOf[row] = s.colOf[row], col
		if row == from {
			return
		}
	}
}
