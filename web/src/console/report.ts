import type { PromiseLine } from '$lib/api/types'

const dayLength = 86_400_000
const china = 8 * 3_600_000

/** week is the Monday and the Sunday, in China, of the week in which a time lies, so many weeks earlier. */
export function week(now: number, earlier = 0): { from: string; until: string } {
  const today = new Date(now + china)
  const monday = today.getTime() - (((today.getUTCDay() + 6) % 7) + 7 * earlier) * dayLength
  const day = (time: number) => new Date(time).toISOString().slice(0, 10)
  return { from: day(monday), until: day(monday + 6 * dayLength) }
}

/** share is the part of what is due that was kept, or undefined where nothing is due yet. */
export function share(promise?: { due: number; kept: number } | null): number | undefined {
  return promise?.due ? promise.kept / promise.due : undefined
}

/** groups are the lines under the sum they belong to: all, then each district. */
export function groups(lines: PromiseLine[]): { sum: PromiseLine; parts: PromiseLine[] }[] {
  return lines
    .filter((line) => !line.category)
    .map((sum) => ({ sum, parts: lines.filter((line) => line.category && line.district_id === sum.district_id) }))
}
