const dayLength = 86_400_000
const china = 8 * 3_600_000

/** saturday is the next Saturday in China from a time on, today if it is one, as 2026-03-07. */
export function saturday(now: number): string {
  const today = new Date(now + china)
  return new Date(today.getTime() + ((6 - today.getUTCDay() + 7) % 7) * dayLength).toISOString().slice(0, 10)
}
