import { goesOut } from '$lib/api/store'
import type { Employee, Technician } from '$lib/api/types'

/** Candidate is somebody whom a ticket may be given to by hand. */
export type Candidate = { id: string; name: string; skills: string[]; on_duty: boolean; load?: Technician }

/**
 * candidates are the people of a district who go out, and those whom it has borrowed: hr knows these as another district's, so only
 * the board tells of them. Who is on duty comes first, then who has least in hand.
 */
export function candidates(employees: Employee[], technicians: Technician[], without = ''): Candidate[] {
  const loads = new Map(technicians.map((one) => [one.staff_id, one]))
  const own = employees
    .filter((one) => goesOut(one.roles))
    .map(({ id, name, skills, on_duty }): Candidate => ({ id, name, skills, on_duty, load: loads.get(id) }))
  const borrowed = technicians
    .filter((one) => one.lent_by && !own.some(({ id }) => id === one.staff_id))
    .map((one): Candidate => ({ id: one.staff_id, name: one.name, skills: one.skills, on_duty: one.on_duty, load: one }))
  const inHand = (one: Candidate) => one.load?.visit_ids.length ?? 0
  return [...own, ...borrowed]
    .filter((one) => one.id !== without)
    .sort((a, b) => Number(b.on_duty) - Number(a.on_duty) || inHand(a) - inHand(b) || a.name.localeCompare(b.name, 'zh'))
}
