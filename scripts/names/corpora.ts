// Owns the reading of the labelled corpora and the negatives into texts with name spans, and their split in two.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashOf } from '../../src/policy/classify/names/letters.ts'

/** A text and the names in it. */
export interface Example {
  readonly text: string
  /** UTF-16 offsets, in order. */
  readonly names: readonly { readonly start: number; readonly end: number }[]
  readonly language: 'en' | 'de' | 'es'
  /** The file, or `generated`. */
  readonly source: string
  /** What sort of harmless text, for negatives. */
  readonly kind?: string
}

interface Row {
  readonly tokens: readonly string[]
  readonly labels: readonly string[]
  readonly language: Example['language']
}

/** The labelled files. MEDDOCAN is Spanish: it trains, it is not measured. */
export const CORPORA = ['germeval2014-dev', 'german-ler', 'wnut17', 'btc', 'meddocan'] as const

const NO_SPACE_BEFORE = /^(?:[,.;:!?)\]}%…”]|'s|'S|’s|n't|'re|'ll|'ve|'m|'d|\.\.+)$/
const NO_SPACE_AFTER = /^[([{„“«#]$/

const parse = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)

/** Reads one labelled file, its tokens joined as people write. */
export function readCorpus(folder: string, name: string): Example[] {
  const file = join(folder, 'ner', `${name}.jsonl`)
  if (!existsSync(file)) throw new Error(`${file} is missing: give the folder that holds ner/ and negatives.jsonl`)
  return (parse(file) as Row[]).map((row) => joined(row, name))
}

function joined({ tokens, labels, language }: Row, source: string): Example {
  let text = ''
  const names: { start: number; end: number }[] = []
  let quoteOpen = false
  let glue = true
  tokens.forEach((token, at) => {
    const written = token === '<url>' ? 'https://t.co/x' : token === '<email>' ? 'someone@example.org' : token
    const isQuote = written === '"' || written === '``' || written === "''"
    if (!glue && !NO_SPACE_BEFORE.test(written) && !(isQuote && quoteOpen)) text += ' '
    const label = labels[at]
    const start = text.length
    text += isQuote ? '"' : written
    if (isQuote) quoteOpen = !quoteOpen
    glue = NO_SPACE_AFTER.test(written) || (isQuote && quoteOpen)
    const last = names.at(-1)
    if (label === 'B-PER' || (label === 'I-PER' && last === undefined)) names.push({ start, end: text.length })
    else if (label === 'I-PER' && last !== undefined) last.end = text.length
  })
  return { text, names, language, source }
}

/** Reads the generated texts without names. */
export function readNegatives(folder: string): Example[] {
  const rows = parse(join(folder, 'negatives.jsonl')) as { text: string; language: 'en' | 'de'; kind: string }[]
  return rows.map(({ text, language, kind }) => ({ text, names: [], language, kind, source: 'negatives' }))
}

/** One in five texts is held out, chosen by a hash of the text so that copies stay together. */
export const isHeldOut = ({ text }: Example): boolean => (hashOf(text.replace(/\d+/g, '0')) >>> 8) % 5 === 0
