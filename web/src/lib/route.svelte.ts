let hash = $state(globalThis.location?.hash ?? '')

globalThis.addEventListener?.('hashchange', () => {
  hash = location.hash
  scrollTo(0, 0)
})

/** route is the part behind #/, cut at the slashes: "#/t/42?back=x" is ["t", "42"]. */
export function route(): string[] {
  return hash.replace(/^#\/?/, '').split('?')[0]!.split('/').filter(Boolean).map(decodeURIComponent)
}

/** go opens a route of this page. */
export function go(...parts: string[]): void {
  location.hash = `#/${parts.map(encodeURIComponent).join('/')}`
}
