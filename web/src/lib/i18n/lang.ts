/** Lang is a language of the platform. Chinese comes first. */
export type Lang = 'zh' | 'en'

/** tag is the language as HTML and HTTP name it. */
export const tag = { zh: 'zh-CN', en: 'en' } as const

/** fill puts values into the {places} of a sentence. */
export function fill(sentence: string, values: Record<string, string | number> = {}): string {
  return sentence.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place))
}
