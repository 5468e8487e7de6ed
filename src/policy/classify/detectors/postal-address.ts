// Owns postal addresses, English and German: a house number with a street, or a postcode with its place.
import type { KeywordDetector, PatternDetector, TextDetector } from '../engine/detector.ts'

const facts = { type: 'postal_address', level: 'pii', category: 'pii' } as const

const streetWords =
  'Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Sq|Terrace|Close|Crescent|Cres|Parkway|Pkwy|Highway|Hwy|Circle|Cir|Trail|Trl|Grove|Gardens|Mews'

export const englishStreet: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'address_english',
  source: 'USPS Publication 28, appendix C1',
  anchor: 'digit',
  pattern: new RegExp(
    `(?<![\\w.,/:-])\\d{1,5}[A-Za-z]?,? (?:[NSEW]\\.?[EW]?\\.? |North |South |East |West )?(?:[A-Z][\\w'’-]{1,20} |\\d{1,3}(?:st|nd|rd|th) ){1,3}(?:${streetWords})\\b\\.?(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|#)\\.? ?\\w{1,6})?`,
    'g',
  ),
  score: 0.65,
  // The head of the GNU licences.
  unless: /foundation,? inc\.?,? $/,
}

/** Place and Way are words of other sentences as well: something of an address must follow. */
export const englishStreetAndPlace: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'address_english_place',
  source: 'USPS Publication 28',
  anchor: 'digit',
  pattern:
    /(?<![\w.,/:-])\d{1,5}[A-Za-z]? (?:[A-Z][\w'’-]{1,20} ){1,3}(?:Place|Pl|Way|Walk|Row|Park|Hill|View|Plaza|Loop|Path|Broadway)\b\.?(?=,? (?:Apt|Suite|Unit|Flat|[A-Z][a-z]+,? [A-Z]{1,2}\d?))/g,
  score: 0.6,
}

const states =
  'A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY]|A[AEPS]|FM|GU|M[HP]|P[RW]'

export const americanPlace: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'address_us_place',
  source: 'USPS Publication 28, appendix B',
  anchor: 'digit',
  pattern: new RegExp(`\\b(?:${states}),? \\d{5}(?:-\\d{4})?(?![\\w-]|[.,]\\d)`, 'g'),
  check: (match, text) => /[A-Z][A-Za-z.'-]{1,20},? $/.test(text.slice(Math.max(0, match.index - 24), match.index)),
  score: 0.6,
}

/** Any name of a road when a flat follows, or a place with its state and postcode. */
export const americanBlock: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'address_us_block',
  source: 'USPS Publication 28',
  anchor: 'digit',
  pattern: new RegExp(
    `(?<![\\w.,/:-])\\d{1,5} (?:[A-Z][\\w'’-]{1,20} ?){1,3}(?:(?:Apt|Suite|Ste|Unit)\\.? ?\\w{1,6}|, (?:[A-Z][\\w'-]{2,20} ?){1,3}, (?:${states}) \\d{5}(?!\\d))`,
    'g',
  ),
  score: 0.65,
}

export const postBox: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'address_post_box',
  source: 'USPS Publication 28; DIN 5008',
  anchor: ['box ', 'postfach'],
  pattern: /\b(?:P\. ?O\. ?|PO |Post Office )Box \d{1,6}\b|\bPostfach \d{2,3}(?: \d{2,3}){0,2}\b/gi,
  score: 0.55,
}

/** What ends in the name of a street and is none. */
const notStreets =
  /(?:speicher|arbeits|steck|stell|park|sitz|spiel|lager|ablage|anlege|listen|rang|aus|um|hin|rück|lösungs|rechts|lebens|schreib|lese|kommunikations|bildungs|schlüssel|such|ketten|kolben)(?:platz|weg|ring|stieg|markt)$/i

/** Looked for from the house number backwards: what the names end in stands inside compounds. */
export const germanStreet: TextDetector = {
  ...facts,
  kind: 'text',
  rule: 'address_german',
  source: 'DIN 5008: street, house number',
  *find({ text, hasDigit, digitGroups }) {
    if (!hasDigit) return
    const { starts, ends } = digitGroups
    for (let index = 0; index < starts.length; index += 1) {
      const digits = starts[index] as number
      const end = ends[index] as number
      const lastOfName =
        text.charCodeAt(digits - 1) === SPACE ? text.charCodeAt(digits - 2) : text.charCodeAt(digits - 1)
      if (
        end - digits > 4 ||
        !lastUnits.has(lastOfName) ||
        !streetEnd.test(text.slice(Math.max(0, digits - 11), digits))
      )
        continue
      const name = streetName.exec(text.slice(Math.max(0, digits - 80), digits))?.[0]
      // A numbered road is no address.
      if (
        name === undefined ||
        /(?:Bundes|Landes|Land|Kreis|Staats)stra(?:ß|ss)e ?$/.test(name) ||
        /^[ \w]?[.,]\d/.test(text.slice(end, end + 3))
      )
        continue
      const letter = /^ ?[a-z](?![\wäöüß])/.exec(text.slice(end, end + 3))?.[0] ?? ''
      yield { start: digits - name.length, end: end + letter.length, score: 0.65 }
    }
  },
}

const SPACE = 32
/** What the names of streets end in. */
const lastUnits = new Set([...'eEmMrR.'].map((letter) => letter.charCodeAt(0)))
const streetEnd = /(?:stra(?:ß|ss)e|str\.|allee|gasse|chaussee|damm|ufer) ?$/i
const streetName =
  /(?<![\wäöüß-])(?:[A-ZÄÖÜ][\wäöüß.-]{0,24}[ -]){0,2}(?:[A-ZÄÖÜ][a-zäöüß-]{1,24}(?:stra(?:ß|ss)e|str\.|allee|gasse|chaussee|damm|ufer)|Stra(?:ß|ss)e|Str\.|Allee|Gasse) ?$/

/** House number, postcode and place in a row, after a name of any kind. */
export const germanBlock: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'address_german_block',
  source: 'DIN 5008',
  anchor: 'digit',
  pattern:
    /(?<=[A-Za-zäöüß.] )\d{1,4} ?[a-zA-Z]?(?: ?[-/] ?\d{1,4})?(?:, ?|\n)(?:D-)?(?!00)\d{5} [A-ZÄÖÜ][a-zäöüß]{2,24}(?![\w])/g,
  score: 0.65,
}

const germanAddressWords = [
  'wohn',
  'adresse',
  'anschrift',
  'straße',
  'strasse',
  'plz',
  'postleitzahl',
  'zieh',
  'umzug',
  'liefer',
  'hausnummer',
  'gemeldet',
]

export const germanStreetWeak: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'address_german_way',
  source: 'DIN 5008',
  keywords: germanAddressWords,
  before: 90,
  after: 110,
  pattern:
    /(?<![\w-])(?:(?:[A-ZÄÖÜ][\wäöüß.-]{0,24}[ -]){0,2}(?<street>[A-ZÄÖÜ][a-zäöüß-]{2,24}(?:weg|platz|ring|steig|pfad|markt|hof|graben|berg))|(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In den|Zum|Zur|Unter den) [A-ZÄÖÜ][a-zäöüß-]{2,24}) \d{1,3}(?: ?[a-z])?(?![\w]|[.,]\d|:)/g,
  score: 0.2,
  context: /(?:wohn|adresse|anschrift|straße|\bplz\b|zieh[et]|umzug|lieferung|(?<!\d)\d{5} [a-zäöü]{3,}|hausnummer)/,
  inContext: 0.6,
  check: (match) => !notStreets.test(match.groups?.street ?? ''),
}

export const germanPlace: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'address_german_place',
  source: 'DIN 5008: postcode and place',
  keywords: germanAddressWords,
  before: 90,
  after: 110,
  pattern:
    /(?<![\w.,/:#-])(?:D-)?(?!00)\d{5} [A-ZÄÖÜ][a-zäöüß]{2,24}(?:[ -](?:[A-ZÄÖÜ][a-zäöüß]{2,20}|am|an der|im|ob der|bei)){0,2}/g,
  score: 0.2,
  context: /(?:wohn|adresse|anschrift|stra(?:ß|ss)e|str\.|\bplz\b|postleitzahl|\bweg \d|platz \d|allee|gasse)/,
  inContext: 0.6,
}
