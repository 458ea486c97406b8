import { describe, expect, it } from 'vitest'
import { en } from './en'
import { fill } from './lang'
import { type Key } from './index.svelte'
import { zh } from './zh'

const places = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort()

describe('the dictionaries', () => {
  it('have the same keys', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
  })

  it.each(Object.keys(zh) as Key[])('%s is said in both languages with the same places', (key) => {
    expect(zh[key].trim()).not.toBe('')
    expect(en[key].trim()).not.toBe('')
    expect(places(en[key])).toEqual(places(zh[key]))
    expect(en[key]).not.toMatch(/[\u4e00-\u9fff]/)
  })
})

describe('fill', () => {
  it('puts values into their places and leaves unknown places alone', () => {
    expect(fill('{a} + {b}', { a: 1 })).toBe('1 + {b}')
    expect(fill('no place')).toBe('no place')
  })
})
