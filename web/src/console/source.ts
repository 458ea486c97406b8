import type { Key } from '$lib/i18n/index.svelte'

const sources: Record<string, Key> = {
  app: 'source.app',
  phone: 'source.phone',
  desk: 'source.desk',
  iot: 'source.iot',
  import: 'source.import',
}

/** sourceKey is the door through which a ticket came, in words. */
export function sourceKey(source: string): Key {
  return sources[source] ?? 'source.other'
}
