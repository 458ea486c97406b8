import { expect, it } from 'vitest'
import { saturday } from './whatif'

it('the next Saturday is one in China', () => {
  expect(saturday(Date.parse('2026-03-02T04:00:00Z'))).toBe('2026-03-07')
  expect(saturday(Date.parse('2026-03-06T15:59:00Z'))).toBe('2026-03-07') // Friday, a minute before midnight there
  expect(saturday(Date.parse('2026-03-07T15:59:00Z'))).toBe('2026-03-07')
  expect(saturday(Date.parse('2026-03-07T16:00:00Z'))).toBe('2026-03-14')
})
