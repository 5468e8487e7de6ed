// Owns the making of training texts: sentences with names and their twins without, and copies of real sentences with other names.

import { unpackWords } from '../../src/policy/classify/names/gazetteer/front-coding.ts'
import { GIVEN_NAMES } from '../../src/policy/classify/names/gazetteer/given-names.ts'
import { GIVEN_NAMES_COMMON } from '../../src/policy/classify/names/gazetteer/given-names-common.ts'
import { PLACES } from '../../src/policy/classify/names/gazetteer/places.ts'
import { SURNAMES } from '../../src/policy/classify/names/gazetteer/surnames.ts'
import { SURNAMES_COMMON } from '../../src/policy/classify/names/gazetteer/surnames-common.ts'
import type { Example } from './corpora.ts'
import {
  COMPANIES,
  COMPANY_FORMS,
  ENGLISH_OTHERS,
  GERMAN_OTHERS,
  PLACES_OF_WORDS,
  PRODUCTS,
  SLUGS,
  STREETS,
} from './fillers.ts'
import { ENGLISH_PROMPTS, GERMAN_PROMPTS } from './harmless-prompts.ts'
import type { Random } from './random.ts'
import { ENGLISH_INTRODUCTIONS, ENGLISH_NEUTRAL, ENGLISH_SENTENCES } from './templates-english.ts'
import { GERMAN_INTRODUCTIONS, GERMAN_NEUTRAL, GERMAN_SENTENCES } from './templates-german.ts'

const capital = (word: string) => word.replace(/(^|[-'’])\p{Ll}/gu, (letter) => letter.toUpperCase())
const load = (packed: string) => [...unpackWords(packed)].map(capital)

const COMMON_GIVEN = load(GIVEN_NAMES_COMMON)
const ALL_GIVEN = load(GIVEN_NAMES)
const COMMON_SURNAMES = load(SURNAMES_COMMON)
const ALL_SURNAMES = load(SURNAMES)
const ALL_PLACES = load(PLACES).filter((word) => word.length > 3)

const HONORIFICS = {
  en: ['Mr', 'Mrs', 'Ms', 'Dr', 'Mr.', 'Mrs.', 'Ms.', 'Dr.', 'Prof.', 'Judge'],
  de: ['Herr', 'Frau', 'Herrn', 'Dr.', 'Prof. Dr.', 'Hr.', 'Fr.', 'Frau Dr.'],
}
const PARTICLES = ['von', 'van', 'de', 'van der', 'von der', 'zu', 'da', 'di', 'al-', 'bin']

/** Makes names and what stands in their place. */
class Filler {
  readonly #random: Random
  constructor(random: Random) {
    this.#random = random
  }

  given(): string {
    const name = this.#pick(COMMON_GIVEN, ALL_GIVEN, 0.6)
    return this.#random.chance(0.04) ? `${name}-${this.#random.pick(COMMON_GIVEN)}` : name
  }

  surname(): string {
    const name = this.#pick(COMMON_SURNAMES, ALL_SURNAMES, 0.45)
    if (this.#random.chance(0.04)) return `${name}-${this.#random.pick(COMMON_SURNAMES)}`
    return this.#random.chance(0.03) ? `${this.#random.pick(PARTICLES)} ${name}`.replace('- ', '-') : name
  }

  person(): string {
    const r = this.#random
    const roll = r.next()
    if (roll < 0.1) return `${r.pick([...'ABCDEFGHJKLMNPRSTW'])}. ${this.surname()}`
    if (roll < 0.17) return `${this.given()} ${r.pick([...'ABCDEFGHJKLMNPRSTW'])}. ${this.surname()}`
    if (roll < 0.22) return `${this.given()} ${this.given()} ${this.surname()}`
    const name = `${this.given()} ${this.surname()}`
    if (roll < 0.27) return name.toUpperCase()
    return roll < 0.34 ? name.toLowerCase() : name
  }

  lastFirst(): string {
    const name = `${this.surname()}, ${this.given()}`
    return this.#random.chance(0.15) ? name.replace(/^[^,]+/, (surname) => surname.toUpperCase()) : name
  }

  /** One in five is in no list: the beginning of one name and the end of another. */
  #pick(common: readonly string[], all: readonly string[], share: number): string {
    if (this.#random.chance(share)) return this.#random.pick(common)
    if (!this.#random.chance(0.4)) return this.#random.pick(all)
    const one = this.#random.pick(all)
    const other = this.#random.pick(all)
    return one.slice(0, Math.ceil(one.length / 2)) + other.slice(Math.floor(other.length / 2)).toLowerCase()
  }

  company(): string {
    const r = this.#random
    if (r.chance(0.6)) return r.pick(COMPANIES)
    const base = r.chance(0.5) ? this.surname() : this.place()
    return `${base}${r.chance(0.2) ? ` & ${this.surname()}` : ''} ${r.pick(COMPANY_FORMS)}`
  }

  /** Somebody or something that is no person by name. */
  other(language: 'en' | 'de'): string {
    const roll = this.#random.next()
    if (roll < 0.4) return this.#random.pick(language === 'en' ? ENGLISH_OTHERS : GERMAN_OTHERS)
    if (roll < 0.6) return this.company()
    return roll < 0.8 ? this.#random.pick(PRODUCTS) : this.place()
  }

  place(): string {
    return this.#random.chance(0.5) ? this.#random.pick(PLACES_OF_WORDS) : this.#random.pick(ALL_PLACES)
  }

  /** Puts `template` into words and marks the names. */
  fill(template: string, language: 'en' | 'de', withPerson: boolean): Example {
    const r = this.#random
    let text = ''
    const names: { start: number; end: number }[] = []
    for (const part of template.split(/(\{[a-z]+\})/)) {
      const start = text.length
      switch (part) {
        case '{who}':
          text += withPerson
            ? r.chance(0.6)
              ? this.person()
              : r.chance(0.6)
                ? this.given()
                : this.surname()
            : this.other(language)
          if (withPerson) names.push({ start, end: text.length })
          break
        case '{person}':
        case '{given}':
        case '{surname}':
        case '{lastfirst}':
          text +=
            part === '{person}'
              ? this.person()
              : part === '{given}'
                ? this.given()
                : part === '{surname}'
                  ? this.surname()
                  : this.lastFirst()
          names.push({ start, end: text.length })
          break
        case '{hon}':
          text += r.pick(HONORIFICS[language])
          break
        case '{place}':
          text += this.place()
          break
        case '{company}':
          text += this.company()
          break
        case '{product}':
          text += r.pick(PRODUCTS)
          break
        case '{street}':
          text += r.pick(STREETS)
          break
        case '{slug}':
          text += r.pick(SLUGS)
          break
        default:
          text += part
      }
    }
    return recased({ text: text.charAt(0).toUpperCase() + text.slice(1), names, language, source: 'generated' }, r)
  }
}

/** Now and then a text is all lower case or ALL CAPS, as people type. */
function recased(example: Example, random: Random): Example {
  const roll = random.next()
  if (roll > 0.12) return example
  const text = roll < 0.09 ? example.text.toLowerCase() : example.text.toUpperCase()
  return text.length === example.text.length ? { ...example, text } : example
}

const FRAMES = {
  en: {
    sentences: ENGLISH_SENTENCES,
    introductions: ENGLISH_INTRODUCTIONS,
    neutral: [...ENGLISH_NEUTRAL, ...ENGLISH_PROMPTS],
  },
  de: {
    sentences: GERMAN_SENTENCES,
    introductions: GERMAN_INTRODUCTIONS,
    neutral: [...GERMAN_NEUTRAL, ...GERMAN_PROMPTS],
  },
} as const

/** `count` texts from the templates, about half with a name. `only` keeps a part of the templates (for held-out ones). */
export function generate(random: Random, count: number, only: (template: string) => boolean = () => true): Example[] {
  const filler = new Filler(random)
  const made: Example[] = []
  for (let at = 0; at < count; at += 1) {
    const language = random.chance(0.5) ? 'en' : 'de'
    const frames = FRAMES[language]
    const withPerson = random.chance(0.5)
    const group = random.chance(0.5) ? frames.sentences : withPerson ? frames.introductions : frames.neutral
    made.push(filler.fill(random.pick(group.filter(only)), language, withPerson))
  }
  return made
}

/** Copies of sentences with each word of a name replaced by another name, so that contexts are learnt and not names. */
export function withOtherNames(examples: readonly Example[], random: Random): Example[] {
  const filler = new Filler(random)
  return examples
    .filter(({ names }) => names.length > 0)
    .map((example) => {
      let text = ''
      let from = 0
      const names: { start: number; end: number }[] = []
      for (const name of example.names) {
        text += example.text.slice(from, name.start)
        const start = text.length
        const parts = example.text.slice(name.start, name.end).split(' ')
        text += parts
          .map((part, at) => {
            if (!/^\p{L}[\p{L}'’-]{2,}$/u.test(part)) return part
            const other =
              at === parts.length - 1 && (parts.length > 1 || random.chance(0.5)) ? filler.surname() : filler.given()
            return /^\p{Ll}/u.test(part) ? other.toLowerCase() : /^\p{Lu}+$/u.test(part) ? other.toUpperCase() : other
          })
          .join(' ')
        names.push({ start, end: text.length })
        from = name.end
      }
      return { ...example, text: text + example.text.slice(from), names }
    })
}

/** Copies in lower case or capitals. */
export function inOtherCase(examples: readonly Example[], random: Random, share: number): Example[] {
  return examples
    .filter(() => random.chance(share))
    .flatMap((example) => {
      const text = random.chance(0.75) ? example.text.toLowerCase() : example.text.toUpperCase()
      return text.length === example.text.length ? [{ ...example, text }] : []
    })
}
