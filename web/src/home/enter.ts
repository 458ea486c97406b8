import { homeOf, save } from '$lib/api/store'
import type { Session } from '$lib/api/types'

/**
 * enter keeps the session for the page the person's role belongs to and goes there: back to where a lapsed session was
 * left when it is the same page. It answers false for an account that no page is made for.
 */
export function enter(session: Session, door: string): boolean {
  const app = session.me ? homeOf(session.me) : undefined
  if (!app) return false
  save(app, { access: session.access_token, refresh: session.refresh_token })
  const back = new URLSearchParams(location.hash.split('?')[1] ?? '').get('back') ?? ''
  location.assign(`/${app}/${app === door && back.startsWith('#/') ? back : ''}`)
  return true
}
