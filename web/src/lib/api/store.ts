/** App is one of the pages with people in it. Each keeps its own session, so that a resident, a technician and a steward can sit side by side in one browser. */
export type App = 'resident' | 'technician' | 'console'

/** Saved is what a sign-in leaves behind. */
export type Saved = { access: string; refresh: string }

/** appOf tells the page from its path; the chooser belongs to none. */
export function appOf(path: string): App | undefined {
  const first = path.split('/')[1]
  return first === 'resident' || first === 'technician' || first === 'console' ? first : undefined
}

const consoleRoles = ['steward', 'manager', 'director', 'admin']
const fieldRoles = ['technician', 'guard', 'cleaner']

/** goesOut says whether an employee with these roles takes tickets and goes to where they are. */
export function goesOut(roles: string[]): boolean {
  return roles.some((role) => fieldRoles.includes(role))
}

/** homeOf is the page that a person works in, by what the person is. */
export function homeOf(me: { person_id?: string; staff_id?: string; roles?: string[] }): App | undefined {
  const roles = me.roles ?? []
  if (roles.some((role) => consoleRoles.includes(role))) return 'console'
  if (goesOut(roles)) return 'technician'
  return me.person_id ? 'resident' : undefined
}

const placeOf = (app: App) => `linli.session.${app}`

/** load answers the saved session of a page, if there is a readable one. */
export function load(app: App, storage: Storage = localStorage): Saved | undefined {
  try {
    const saved = JSON.parse(storage.getItem(placeOf(app)) ?? 'null') as Partial<Saved> | null
    return saved?.access && saved.refresh ? { access: saved.access, refresh: saved.refresh } : undefined
  } catch {
    return undefined
  }
}

export function save(app: App, saved: Saved, storage: Storage = localStorage): void {
  storage.setItem(placeOf(app), JSON.stringify(saved))
}

export function clear(app: App, storage: Storage = localStorage): void {
  storage.removeItem(placeOf(app))
}
