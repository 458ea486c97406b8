import { describe, expect, it } from 'vitest'
import type { Visit } from '$lib/api/types'
import { away, metres } from '$lib/geo'
import { sketch } from './route'

const half = { width: 150, height: 80 }
const home = { lat: 30.25, lon: 120.16 }
const at = (point: { lat: number; lon: number } | null, state: Visit['state'] = 'VISIT_STATE_ACCEPTED') => ({ place: { point }, state }) as Visit

describe('sketch', () => {
  it('keeps directions, the order and what fits', () => {
    const far = away(home, 2000, 90)
    const { marks, path, across } = sketch([at(home, 'VISIT_STATE_FINISHED'), at(away(home, 500, 0)), at(far)], half)
    expect(marks.map((mark) => mark.numbers)).toEqual([[1], [2], [3]])
    expect(marks.map((mark) => mark.done)).toEqual([true, false, false])
    expect(path[1]!.y).toBeLessThan(path[0]!.y) // to the north is up
    expect(path[2]!.x).toBeGreaterThan(path[0]!.x) // to the east is right
    for (const { x, y } of path) {
      expect(Math.abs(x)).toBeLessThanOrEqual(half.width + 0.001)
      expect(Math.abs(y)).toBeLessThanOrEqual(half.height + 0.001)
    }
    expect(across).toBeCloseTo(metres(away(home, 500, 0), far), 3)
  })

  it('lets stops of one place share a mark, which is done when all are', () => {
    const { marks } = sketch([at(home, 'VISIT_STATE_FINISHED'), at(away(home, 3000, 45)), at(home)], half)
    expect(marks.map((mark) => [mark.numbers, mark.done])).toEqual([
      [[1, 3], false],
      [[2], false],
    ])
  })

  it('leaves out places that nobody knows', () => {
    expect(sketch([at(null), at({ lat: 0, lon: 0 })], half)).toEqual({ marks: [], path: [], across: 0 })
    expect(sketch([at(null), at(home)], half).marks.map((mark) => mark.numbers)).toEqual([[2]])
  })
})
