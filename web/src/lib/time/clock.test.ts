import { describe, expect, it } from 'vitest'
import { secondsLeft, ServerClock, shareLeft } from './clock'
import { countdown } from './format'

const nine = '2025-03-24T01:00:00Z'

describe('ServerClock', () => {
  it('runs as fast as the server says', () => {
    let elapsed = 0
    const clock = new ServerClock(
      () => elapsed,
      () => 0,
    )
    clock.sync({ now: nine, speed: 720 }, 0)
    elapsed = 1000
    expect(clock.now() - Date.parse(nine)).toBe(720_000)
  })

  it('takes the answer as true half-way between asking and getting', () => {
    let elapsed = 5000
    const clock = new ServerClock(
      () => elapsed,
      () => 0,
    )
    elapsed = 5400 // the answer took 400 ms
    clock.sync({ now: nine, speed: 10 }, 5000)
    expect(clock.now() - Date.parse(nine)).toBe(2000) // 200 ms ago, ten times as fast
  })

  it('does not care what the device believes the time to be, nor for nonsense', () => {
    const clock = new ServerClock(
      () => 0,
      () => Date.parse('1999-01-01T00:00:00Z'),
    )
    clock.sync({ now: nine, speed: 1 }, 0)
    clock.sync({ now: 'soon', speed: 1 }, 0)
    clock.sync({ now: nine, speed: 0 }, 0)
    expect(clock.now()).toBe(Date.parse(nine))
    expect(clock.speed).toBe(1)
  })
})

describe('an offer of three minutes', () => {
  const until = '2025-03-24T01:03:00Z'

  it('counts down on the domain clock: at ×60 it lasts three seconds', () => {
    let elapsed = 0
    const clock = new ServerClock(
      () => elapsed,
      () => 0,
    )
    clock.sync({ now: nine, speed: 60 }, 0)
    const seen = [0, 1000, 2990, 3000, 9000].map((ms) => {
      elapsed = ms
      return countdown(secondsLeft(until, clock.now()))
    })
    expect(seen).toEqual(['3:00', '2:00', '0:01', '0:00', '0:00'])
  })

  it('empties its ring from 1 to 0', () => {
    const at = (iso: string) => shareLeft(nine, until, Date.parse(iso))
    expect([at('2025-03-24T00:59:00Z'), at(nine), at('2025-03-24T01:01:30Z'), at(until)]).toEqual([1, 1, 0.5, 0])
    expect(shareLeft(until, until, 0)).toBe(0)
    expect(shareLeft(null, until, 0)).toBe(0)
    expect(secondsLeft(null, 0)).toBe(0)
  })
})
