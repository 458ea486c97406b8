import { describe, expect, it } from 'vitest'
import type { Clocks, TicketClock } from './api/types'
import { colourNow, runningClock } from './ticket'

const clock = (over: Partial<TicketClock> = {}): TicketClock => ({
  due: '2025-03-24T01:30:00Z',
  stopped: null,
  used_seconds: '0',
  target_seconds: '1800',
  colour: 'CLOCK_COLOUR_GREEN',
  met: false,
  ...over,
})

describe('colourNow', () => {
  const at = (time: string, over: Partial<TicketClock> = {}) => colourNow(clock(over), Date.parse(`2025-03-24T${time}Z`))

  it('turns at 50, 80 and 100 % of the target', () => {
    expect(['01:00:00', '01:14:59', '01:15:00', '01:24:00', '01:29:59', '01:30:00'].map((time) => at(time))).toEqual([
      'green',
      'green',
      'amber',
      'orange',
      'orange',
      'red',
    ])
  })

  it('never says less than the server did', () => {
    expect(at('01:00:00', { colour: 'CLOCK_COLOUR_ORANGE' })).toBe('orange')
  })

  it('stands still with the clock', () => {
    expect(at('09:00:00', { stopped: '2025-03-24T01:05:00Z' })).toBe('green')
    expect(at('09:00:00', { due: null, colour: 'CLOCK_COLOUR_AMBER' })).toBe('amber')
  })
})

describe('runningClock', () => {
  const clocks = (over: Partial<Clocks>): Clocks => ({
    response: clock(),
    arrival: clock(),
    resolution: clock(),
    t1_seconds: '-1',
    t2_seconds: '-1',
    t3_seconds: '-1',
    ...over,
  })
  const stopped = clock({ stopped: '2025-03-24T01:05:00Z' })

  it('is the first promise that still runs', () => {
    expect(runningClock('STATE_OPENED', clocks({}))?.name).toBe('response')
    expect(runningClock('STATE_ACCEPTED', clocks({ response: stopped }))?.name).toBe('arrival')
    expect(runningClock('STATE_ON_SITE', clocks({ response: stopped, arrival: stopped }))?.name).toBe('resolution')
  })

  it('is none when the work is done, or nothing was promised', () => {
    expect(runningClock('STATE_FINISHED', clocks({}))).toBeUndefined()
    expect(runningClock('STATE_OPENED', null)).toBeUndefined()
  })
})
