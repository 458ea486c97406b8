/** figure is a number of a person's work as it is shown: whole where it is, else with one decimal; a dash where nobody knows. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return '—'
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}
