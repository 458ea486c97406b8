import { lang, t } from '../i18n/index.svelte'
import { tag } from '../i18n/lang'
import { type App, appOf, clear, load } from './store'
import { browser, Transport } from './transport'

/** app is the page this code runs in; undefined on the chooser. */
export const app: App | undefined = globalThis.location && appOf(location.pathname)

/** toSignIn goes to the chooser, which brings the person back here. */
export function toSignIn(): void {
  const back = location.hash.length > 2 ? `?back=${encodeURIComponent(location.hash)}` : ''
  location.assign(`/#/in/${app ?? ''}${back}`)
}

export const transport = new Transport(app, browser(), () => tag[lang()], toSignIn)

/** signedIn says whether this page has a session at all; the server decides whether it still holds. */
export function signedIn(): boolean {
  return app !== undefined && load(app) !== undefined
}

/** signOut ends the session here and on the server, as far as the server can be reached. */
export async function signOut(): Promise<void> {
  const saved = app && load(app)
  if (app && saved) {
    const request = new Request('/v1/sessions:end', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ refresh_token: saved.refresh }),
      signal: AbortSignal.timeout(3000),
    })
    await transport.send(request).catch(() => undefined)
    clear(app)
  }
  location.assign('/')
}

/** problemText is what a person is told about an error, in the language the server was asked in. */
export function problemText(error: unknown): string {
  const problem = error as { status?: number; message?: string; fields?: { detail: string }[] }
  if (problem?.status === 0) return t('error.network')
  if (typeof problem?.status !== 'number') return t('error.unknown')
  const fields = (problem.fields ?? []).map((field) => field.detail).filter(Boolean)
  return [problem.message || t('error.unknown'), ...fields].join(' ')
}
