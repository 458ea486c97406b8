import { createSubscriber } from 'svelte/reactivity'
import { ServerClock, type ClockAnswer } from './clock'

/** clock of the page, kept in step with the server. */
export const clock = new ServerClock(
  () => performance.now(),
  () => Date.now(),
)

const ticking = (ms: number) =>
  createSubscriber((update) => {
    const timer = setInterval(update, ms)
    return () => clearInterval(timer)
  })

const quickly = ticking(250)
const calmly = ticking(1000)

/** now is the domain's time; whatever reads it in a template or effect follows it, four times a second. */
export function now(): number {
  quickly()
  return clock.now()
}

/** calmNow is the same once a second, for pages that show hundreds of things at a time. */
export function calmNow(): number {
  calmly()
  return clock.now()
}

const resyncEvery = 60_000

/** keepInStep asks the server for its clock now, every minute, and when the page comes back to the front. */
export function keepInStep(ask: () => Promise<ClockAnswer>): () => void {
  const sync = async () => {
    const asked = performance.now()
    try {
      clock.sync(await ask(), asked)
    } catch {
      // the clock runs on by itself; the next minute tries again
    }
  }
  const onShow = () => document.visibilityState === 'visible' && void sync()
  void sync()
  const timer = setInterval(sync, resyncEvery)
  document.addEventListener('visibilitychange', onShow)
  return () => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', onShow)
  }
}
