import { t, type Key } from '$lib/i18n/index.svelte'

const skills: Record<string, Key> = {
  plumbing: 'skill.plumbing',
  electrical: 'skill.electrical',
  carpentry: 'skill.carpentry',
  hvac: 'skill.hvac',
  appliance: 'skill.appliance',
  masonry: 'skill.masonry',
  lift: 'skill.lift',
  gas: 'skill.gas',
  fire: 'skill.fire',
  cleaning: 'skill.cleaning',
  greening: 'skill.greening',
  security: 'skill.security',
  general: 'skill.general',
}

/** skillName is what people call a skill; one that is new to this page is shown as it is. */
export function skillName(skill: string): string {
  const key = skills[skill]
  return key ? t(key) : skill
}
