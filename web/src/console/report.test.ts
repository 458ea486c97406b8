import { expect, it } from 'vitest'
import type { PromiseLine } from '$lib/api/types'
import { groups, share, week } from './report'

it('a week begins on Monday in China', () => {
  expect(week(Date.parse('2026-03-01T15:59:00Z'))).toEqual({ from: '2026-02-23', until: '2026-03-01' }) // Sunday, a minute before midnight there
  expect(week(Date.parse('2026-03-01T16:00:00Z'))).toEqual({ from: '2026-03-02', until: '2026-03-08' })
  expect(week(Date.parse('2026-03-01T16:00:00Z'), 1)).toEqual({ from: '2026-02-23', until: '2026-03-01' })
})

it('what is not due yet has no share', () => {
  expect(share({ due: 4, kept: 3 })).toBe(0.75)
  expect(share({ due: 0, kept: 0 })).toBeUndefined()
  expect(share()).toBeUndefined()
})

it('lines stand under their sum', () => {
  const line = (district_id: string, category: string) => ({ district_id, category }) as PromiseLine
  const lines = [line('', ''), line('', 'lift'), line('d1', ''), line('d1', 'lift')]
  expect(groups(lines)).toEqual([
    { sum: lines[0], parts: [lines[1]] },
    { sum: lines[2], parts: [lines[3]] },
  ])
})
