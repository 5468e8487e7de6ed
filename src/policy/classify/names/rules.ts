// Owns the fixed rules for names: titles, introductions, signatures, and names written `Lastname, Firstname`.
import { Cue, cueOf } from './cues.ts'
import { ANY_GIVEN, ANY_SURNAME, ANY_WORD } from './gazetteer/gazetteer.ts'
import { hashOf } from './letters.ts'
import { isListedName, Shape, type Tokens } from './tokenize.ts'

/** Tokens that a rule takes for a name: `from` up to, not including, `to`. */
export interface RuleHit {
  readonly from: number
  readonly to: number
  /** From 0 to 1, on the tagger's scale. */
  readonly score: number
}

/** How sure each rule is. All are above the balanced point; a name without any listed word is the least sure. */
const SURE = 0.98
const LIKELY = 0.93

const hashes = (words: string) => new Set(words.split(' ').map((word) => hashOf(word)))
const TITLES = hashes(
  'mr mrs ms mx miss mister herr herrn frau fräulein hr dr doctor doktor prof professor sir rev reverend sgt capt lt gen col señor señora monsieur madame',
)
/** Words that follow a title and are part of it, or make it a form of address without a name. */
const NO_NAME = hashes(
  'präsident präsidentin president minister ministerin kanzler kanzlerin bundeskanzler bundeskanzlerin bürgermeister bürgermeisterin vorsitzender vorsitzende direktor direktorin director chairman chairwoman speaker secretary richter richterin kollege kollegin oberst pfarrer doktor professor doctor dr prof med rer nat phil jur ing dipl mag hc mult msc phd who oder and und or bean robot right perfect universe olympia world',
)
const MY_NAME = [
  ['my', 'name', 'is'],
  ['mein', 'name', 'ist'],
  ['name', 'is'],
  ['ich', 'heiße'],
  ['ich', 'heisse'],
  ['i', 'am', 'called'],
  ['er', 'heißt'],
  ['sie', 'heißt'],
].map((words) => words.map((word) => hashOf(word)))
const LABELS = hashes(
  'name vorname nachname familienname surname firstname lastname patient patientin client mandant mandantin ansprechpartner ansprechpartnerin kontoinhaber karteninhaber cardholder versicherter versicherte employee mitarbeiter mitarbeiterin signed gez gezeichnet unterzeichnet attn',
)
const COLON = hashOf(':')
const DOT = hashOf('.')
const COMMA = hashOf(',')
const QUOTE = hashOf('"')

/** All that the rules find in a tokenised text. Linear: each rule looks a few tokens ahead. */
export function ruleHits(tokens: Tokens): RuleHit[] {
  const hits: RuleHit[] = []
  for (let at = 0; at < tokens.hash.length; at += 1) {
    const shape = tokens.shape[at] as number
    if (shape < Shape.lower || shape >= Shape.identifier) continue
    const hash = tokens.hash[at] as number
    const hit =
      (TITLES.has(hash) && shape !== Shape.lower ? afterTitle(tokens, at + 1) : undefined) ??
      afterIntroduction(tokens, at) ??
      (LABELS.has(hash) ? afterLabel(tokens, at + 1) : undefined) ??
      lastNameFirst(tokens, at)
    if (hit !== undefined) hits.push(hit)
  }
  return hits
}

const isCapitalised = (shape: number | undefined) =>
  shape === Shape.capital || shape === Shape.mixed || shape === Shape.hyphenated || shape === Shape.allCaps

/** `Mr. Weber`, `Frau Prof. Dr. Weber`, `Hr. K. Weber`: further titles, dots and initials, then a capitalised word. */
function afterTitle(tokens: Tokens, first: number): RuleHit | undefined {
  let at = first
  const limit = first + 8
  while (
    at < limit &&
    (tokens.hash[at] === DOT ||
      TITLES.has(tokens.hash[at] as number) ||
      tokens.shape[at] === Shape.initial ||
      isTitlePart(tokens, at))
  )
    at += 1
  if (tokens.shape[at] === Shape.lineEnd || !isCapitalised(tokens.shape[at]) || NO_NAME.has(tokens.hash[at] as number))
    return undefined
  const listed = tokens.listed[at] as number
  if (cueOf(tokens.hash[at] as number) === Cue.article) return undefined
  if ((listed & ANY_WORD) !== 0 && !isListedName(listed)) return undefined
  return { from: at, to: nameEnd(tokens, at), score: SURE }
}

const isTitlePart = (tokens: Tokens, at: number) =>
  tokens.hash[at + 1] === DOT && NO_NAME.has(tokens.hash[at] as number)

/** `my name is Anna`, `ich heiße Weber`: a listed name, in any case, that is no everyday word; or a capitalised word that no list has. */
function afterIntroduction(tokens: Tokens, at: number): RuleHit | undefined {
  for (const words of MY_NAME) {
    if (!words.every((hash, offset) => tokens.hash[at + offset] === hash)) continue
    const first = at + words.length
    return looksLikeName(tokens, first) ? { from: first, to: nameEnd(tokens, first), score: SURE } : undefined
  }
  return undefined
}

/** `Name: Weber`, `"patient": "Anna Weber"`. */
function afterLabel(tokens: Tokens, first: number): RuleHit | undefined {
  let at = first
  let separated = false
  while (at < first + 4 && (tokens.hash[at] === COLON || tokens.hash[at] === QUOTE || tokens.hash[at] === DOT)) {
    separated = true
    at += 1
  }
  if (!separated || !isCapitalised(tokens.shape[at]) || !isListedName(tokens.listed[at] as number)) return undefined
  // One listed word can be a product; two in a row, or one that is nothing else, is a person.
  const next = tokens.hash[at + 1] === COMMA ? at + 2 : at + 1
  const pair = isCapitalised(tokens.shape[next]) && isListedName(tokens.listed[next] as number)
  const onlyName = ((tokens.listed[at] as number) & ANY_WORD) === 0
  return pair && onlyName ? { from: at, to: Math.max(nameEnd(tokens, at), next + 1), score: LIKELY } : undefined
}

/** `Weber, Anna` alone on its line or in a field: a surname and a given name, neither an everyday word. */
function lastNameFirst(tokens: Tokens, at: number): RuleHit | undefined {
  if (tokens.hash[at + 1] !== COMMA || !isCapitalised(tokens.shape[at]) || !isCapitalised(tokens.shape[at + 2]))
    return undefined
  const surname = tokens.listed[at] as number
  const given = tokens.listed[at + 2] as number
  if ((surname & ANY_SURNAME) === 0 || (given & ANY_GIVEN) === 0 || (given & ANY_WORD) !== 0) return undefined
  const before = tokens.shape[at - 1] ?? Shape.lineEnd
  const after = tokens.shape[at + 3] ?? Shape.lineEnd
  const alone =
    (before === Shape.lineEnd || before === Shape.punctuation) &&
    (after === Shape.lineEnd || after === Shape.punctuation || after === Shape.number)
  return alone && tokens.hash[at + 3] !== COMMA ? { from: at, to: at + 3, score: LIKELY } : undefined
}

function looksLikeName(tokens: Tokens, at: number): boolean {
  const listed = tokens.listed[at] ?? 0
  if (isListedName(listed) && (listed & ANY_WORD) === 0) return true
  return isCapitalised(tokens.shape[at]) && ((listed & ANY_WORD) === 0 || isListedName(listed))
}

/** The name goes on over capitalised words and initials, at most four more. */
function nameEnd(tokens: Tokens, first: number): number {
  let end = first + 1
  while (end < first + 5) {
    const shape = tokens.shape[end]
    if (tokens.hash[end] === DOT && tokens.shape[end - 1] === Shape.initial) end += 1
    else if (
      shape === Shape.initial ||
      (isCapitalised(shape) &&
        (isListedName(tokens.listed[end] as number) || ((tokens.listed[end] as number) & ANY_WORD) === 0))
    )
      end += 1
    else break
  }
  return end
}
