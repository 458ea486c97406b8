import { describe, expect, it } from 'vitest'
import { away, distance, metres, offset, toward } from './geo'
import { iconFor } from './components/icons'

const home = { lat: 31.23, lon: 121.47 }

describe('geo', () => {
  it('measures what it has moved', () => {
    for (const bearing of [0, 45, 90, 200, 359]) {
      const there = away(home, 600, bearing)
      expect(metres(home, there)).toBeCloseTo(600, 0)
      expect(metres(there, toward(there, home, 100))).toBeCloseTo(100, 0)
      expect(toward(there, home, 601)).toEqual(home)
    }
    const { east, north } = offset(home, away(home, 500, 90))
    expect(east).toBeCloseTo(500, 0)
    expect(north).toBeCloseTo(0, 0)
  })

  it('says how far', () => {
    expect([4, 347, 994, 999, 1249].map(distance)).toEqual(['0 m', '350 m', '990 m', '1.0 km', '1.2 km'])
  })
})

describe('iconFor', () => {
  it('takes the icon by its name, else guesses from the code, else shows a wrench', () => {
    expect([iconFor('lock', 'x'), iconFor('', 'plumbing_leak'), iconFor('💡', 'lighting'), iconFor('constructor', '其他')]).toEqual(['lock', 'droplet', 'lamp', 'wrench'])
  })
})
