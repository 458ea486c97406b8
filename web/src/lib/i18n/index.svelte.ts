import { en } from './en'
import { fill, type Lang, tag } from './lang'
import { zh } from './zh'

/** Key of a sentence. The Chinese dictionary defines them; the English one must have exactly the same. */
export type Key = keyof typeof zh

/** Text is a sentence that comes from the server in both languages. */
export type Text = { zh?: string; en?: string } | null | undefined

const dictionaries: Record<Lang, Record<Key, string>> = { zh, en }
const place = 'linli.lang'

const first = stored()
let current = $state<Lang>(first)

function stored(): Lang {
  return globalThis.localStorage?.getItem(place) === 'en' ? 'en' : 'zh'
}

function show(lang: Lang): void {
  if (globalThis.document) document.documentElement.lang = tag[lang]
}

show(first)

/** lang is the language now; templates that read it follow a switch. */
export function lang(): Lang {
  return current
}

export function setLang(next: Lang): void {
  current = next
  localStorage.setItem(place, next)
  show(next)
}

/** t is a sentence of the interface. */
export function t(key: Key, values?: Record<string, string | number>): string {
  return fill(dictionaries[current][key], values)
}

/** listed is names one after another. */
export function listed(names: string[]): string {
  return names.join(current === 'zh' ? '、' : ', ')
}

/** tr is a sentence of the server. */
export function tr(text: Text): string {
  return text?.[current] || text?.zh || text?.en || ''
}
