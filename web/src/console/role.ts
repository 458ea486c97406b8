import type { HomeRole } from '$lib/api/types'
import type { Key } from '$lib/i18n/index.svelte'

const roles: Partial<Record<HomeRole, Key>> = {
  HOME_ROLE_OWNER: 'role.owner',
  HOME_ROLE_FAMILY: 'role.family',
  HOME_ROLE_TENANT: 'role.tenant',
}

/** roleKey is what a person is to a home. */
export const roleKey = (role: HomeRole): Key => roles[role] ?? 'role.other'
