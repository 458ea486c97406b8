const steps: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }

/** radios lets the arrow keys choose in a group of radio buttons, as they do in a native one. */
export function radios(group: HTMLElement): () => void {
  const choose = (event: KeyboardEvent) => {
    const all = [...group.querySelectorAll<HTMLElement>('[role=radio]')]
    const at = all.indexOf(event.target as HTMLElement)
    const step = steps[event.key]
    if (at < 0 || !step) return
    event.preventDefault()
    const next = all[(at + step + all.length) % all.length]!
    next.focus()
    next.click()
  }
  group.addEventListener('keydown', choose)
  return () => group.removeEventListener('keydown', choose)
}
