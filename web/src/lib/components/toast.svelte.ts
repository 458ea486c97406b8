/** Toast is one short message at the foot of the page. */
export type Toast = { id: number; text: string; tone: 'plain' | 'red' }

let next = 0
const shown = $state<Toast[]>([])

/** toasts are what is on show now. */
export function toasts(): Toast[] {
  return shown
}

/** say shows a message for a few seconds; three at most. */
export function say(text: string, tone: Toast['tone'] = 'plain'): void {
  const toast = { id: next++, text, tone }
  shown.push(toast)
  if (shown.length > 3) shown.shift()
  setTimeout(() => {
    const at = shown.findIndex((other) => other.id === toast.id)
    if (at >= 0) shown.splice(at, 1)
  }, 5000)
}
