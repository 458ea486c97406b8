import { describe, expect, it } from 'vitest'
import { clockTime, countdown, dateOf, dayName, etaWindow, moment, span, waiting } from './format'

// 14:10 in Shanghai on Monday, 24 March 2025
const now = Date.parse('2025-03-24T06:10:00Z')

describe('times are those of Shanghai', () => {
  it('shows the time of day', () => {
    expect(clockTime('2025-03-24T06:20:00Z', 'zh')).toBe('14:20')
    expect(clockTime('2025-03-23T16:00:00Z', 'en')).toBe('00:00')
  })

  it('knows the days around midnight in Shanghai', () => {
    expect(dayName('2025-03-24T15:59:59Z', now, 'zh')).toBe('')
    expect(dayName('2025-03-24T16:00:00Z', now, 'zh')).toBe('明天')
    expect(dayName('2025-03-23T15:59:59Z', now, 'zh')).toBe('昨天')
    expect(dayName('2025-03-23T16:00:00Z', now, 'zh')).toBe('')
    expect(dayName('2025-03-20T06:00:00Z', now, 'zh')).toBe('3月20日')
    expect(dayName('2025-03-20T06:00:00Z', now, 'en')).toBe('20 Mar')
    expect(moment('2025-03-23T06:00:00Z', now, 'en')).toBe('yesterday 14:00')
    expect(moment(null, now, 'zh')).toBe('')
    expect(dateOf(now, 'zh')).toBe('3月24日周一')
  })
})

describe('etaWindow', () => {
  const window = (from: string | null, to: string | null, lang: 'zh' | 'en' = 'zh') => etaWindow(from, to, now, lang)

  it('is short today', () => {
    expect(window('2025-03-24T06:20:00Z', '2025-03-24T06:35:00Z')).toBe('14:20–14:35')
    expect(window('2025-03-24T06:20:00Z', '2025-03-24T06:20:30Z')).toBe('14:20')
  })

  it('names the day when it is another', () => {
    expect(window('2025-03-25T01:00:00Z', '2025-03-25T01:30:00Z')).toBe('明天 09:00–09:30')
    expect(window('2025-03-25T01:00:00Z', '2025-03-25T01:30:00Z', 'en')).toBe('tomorrow 09:00–09:30')
    expect(window('2025-03-27T01:00:00Z', '2025-03-27T01:30:00Z')).toBe('3月27日 09:00–09:30')
  })

  it('names both days across midnight', () => {
    expect(window('2025-03-24T15:50:00Z', '2025-03-24T16:10:00Z')).toBe('23:50 – 明天 00:10')
  })

  it('is empty without a window', () => {
    expect(window(null, '2025-03-24T06:35:00Z')).toBe('')
    expect(window('2025-03-24T06:35:00Z', null)).toBe('')
  })
})

describe('lengths of time', () => {
  it('counts down', () => {
    expect([0, 0.2, 59, 60, 125, 3600, 3725].map(countdown)).toEqual(['0:00', '0:01', '0:59', '1:00', '2:05', '1:00:00', '1:02:05'])
    expect(countdown(-5)).toBe('0:00')
  })

  it('reads in words, in two units at most', () => {
    const zh = [0, 45, 65, 725, 3600, 3900, 90000, 172800].map((s) => span(s, 'zh'))
    expect(zh).toEqual(['0 秒', '45 秒', '1 分 5 秒', '12 分', '1 小时', '1 小时 5 分', '1 天 1 小时', '2 天'])
    expect(span(3900, 'en')).toBe('1 h 5 min')
  })

  it('tells who waits whole minutes', () => {
    expect([-9, 20, 240, 3900].map((s) => waiting(s, 'zh'))).toEqual(['1 分钟', '1 分钟', '4 分钟', '1 小时 5 分'])
    expect(waiting(290, 'en')).toBe('5 min')
  })
})
