import type { Lang } from '../i18n/lang'

/** zone in which all times are shown: the company's, wherever the reader's device is. */
const zone = 'Asia/Shanghai'

const locale = (lang: Lang) => (lang === 'zh' ? 'zh-CN' : 'en-GB')

const formats = new Map<string, Intl.DateTimeFormat>()

function format(lang: Lang, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${lang} ${name}`
  let found = formats.get(key)
  if (!found) {
    found = new Intl.DateTimeFormat(locale(lang), { timeZone: zone, ...options })
    formats.set(key, found)
  }
  return found
}

/** clockTime is the time of day, "14:20". */
export function clockTime(at: string | number, lang: Lang): string {
  return format(lang, 'time', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at))
}

/** clockSeconds is the time of day to the second, "14:20:07". */
export function clockSeconds(at: string | number, lang: Lang): string {
  const options = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
  return format(lang, 'seconds', options).format(new Date(at))
}

/** day number in Shanghai, to tell today from tomorrow. Shanghai has been at UTC+8 without summer time since 1991. */
function dayNumber(at: number): number {
  return Math.floor((at + 8 * 3600_000) / 86_400_000)
}

const nearDays = { zh: ['昨天', '', '明天'], en: ['yesterday', '', 'tomorrow'] } as const

/** dayName is empty today, else 昨天, 明天 or the date. */
export function dayName(at: string | number, now: number, lang: Lang): string {
  const moment = new Date(at).getTime()
  const distance = dayNumber(moment) - dayNumber(now)
  if (distance >= -1 && distance <= 1) return nearDays[lang][distance + 1] ?? ''
  return format(lang, 'day', { month: lang === 'zh' ? 'long' : 'short', day: 'numeric' }).format(new Date(moment))
}

/** moment is a time with its day unless it is today: "14:20", "昨天 14:20", "3月24日 14:20". */
export function moment(at: string | number | null | undefined, now: number, lang: Lang): string {
  if (!at) return ''
  const day = dayName(at, now, lang)
  return day ? `${day} ${clockTime(at, lang)}` : clockTime(at, lang)
}

/** etaWindow is "14:20–14:35", with the day when it is not today; empty without a window. */
export function etaWindow(
  from: string | null | undefined,
  to: string | null | undefined,
  now: number,
  lang: Lang,
): string {
  if (!from || !to) return ''
  const start = clockTime(from, lang)
  const end = clockTime(to, lang)
  const startDay = dayName(from, now, lang)
  const endDay = dayName(to, now, lang)
  const first = startDay ? `${startDay} ${start}` : start
  if (startDay !== endDay) return `${first} – ${endDay ? `${endDay} ` : ''}${end}`
  return start === end ? first : `${first}–${end}`
}

/** countdown is "2:05", or "1:02:05" from an hour on. It rounds up: 0:00 means that the time is over. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  const two = (n: number) => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** span is a length of time in words, in at most two units: "45 秒", "12 分钟", "1 小时 5 分", "2 天 3 小时". */
export function span(seconds: number, lang: Lang): string {
  const s = Math.max(0, Math.round(seconds))
  const units: [number, string, string][] = [
    [86400, '天', 'd'],
    [3600, '小时', 'h'],
    [60, '分', 'min'],
    [1, '秒', 's'],
  ]
  const index = units.findIndex(([size]) => s >= size)
  const word = (n: number, unit: [number, string, string]) => `${n} ${lang === 'zh' ? unit[1] : unit[2]}`
  const big = units[index]
  if (!big) return word(0, units[3]!)
  const small = units[index + 1]
  const rest = small ? Math.floor((s % big[0]) / small[0]) : 0
  const head = word(Math.floor(s / big[0]), big)
  // Seconds beside minutes only while they matter: "1 分 5 秒", but "12 分".
  if (!small || rest === 0 || (big[0] === 60 && s >= 600)) return head
  return `${head} ${word(rest, small)}`
}

/** waiting is a length of time as one says it to who waits, in whole minutes: "4 分钟", "1 小时 5 分". */
export function waiting(seconds: number, lang: Lang): string {
  const minutes = Math.max(1, Math.round(seconds / 60))
  const said = span(minutes * 60, lang)
  return lang === 'zh' && minutes < 60 ? said.replace('分', '分钟') : said
}

/** dateOf is the day with its weekday: "3月24日 周一". */
export function dateOf(at: string | number, lang: Lang): string {
  const options = { month: lang === 'zh' ? 'long' : 'short', day: 'numeric', weekday: 'short' } as const
  return format(lang, 'date', options).format(new Date(at))
}
