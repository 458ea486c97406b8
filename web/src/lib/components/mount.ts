import '../style/base.css'
import { type Component, mount } from 'svelte'

/** start puts a page into its place. */
export function start(page: Component): void {
  mount(page, { target: document.getElementById('app')! })
}
