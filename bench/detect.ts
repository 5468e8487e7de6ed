// Owns `npm run bench:detect`: recall, false alarms and time of detection, and the page that says so.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { detectionPage } from '../scripts/detection-page.ts'
import { generatedNote } from '../scripts/generated-note.ts'
import { builtInDetectors } from '../src/policy/classify/built-in-detectors.ts'
import { createDetection } from '../src/policy/classify/detect.ts'
import { DetectorSet } from '../src/policy/classify/engine/detector-set.ts'
import { ScannedText } from '../src/policy/classify/engine/scanned-text.ts'
import {
  isRestricting,
  type PrivacyCases,
  promisedEntities,
  readPrivacyCases,
  scoreUnitCases,
} from '../test/make/privacy-fixtures.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = process.argv[2] ?? process.env.AEGIS_PRIVACY_DATA ?? `${root}../shared/data/privacy`
const cases = readPrivacyCases(folder) ?? readPrivacyCases(`${root}test/fixtures/privacy`)
if (!readPrivacyCases(folder))
  console.log(`No data at ${folder}: measured on the fixtures. Name a folder as argument or in AEGIS_PRIVACY_DATA.\n`)
if (cases) {
  sayRecall(cases)
  sayFalseAlarms(cases)
  sayTimes(cases)
}
writeFileSync(`${root}docs/reference/detection.md`, detectionPage(generatedNote))
console.log('\ndocs/reference/detection.md is written')

function sayRecall({ units, secrets }: PrivacyCases): void {
  const { detect } = createDetection({ clock: performance })
  console.log('entity                          found          weak      alarms')
  for (const { entity, spans, found, weak, weakFound, clean, alarms } of scoreUnitCases(units, detect)) {
    const rate = spans === 0 ? '-' : (found / spans).toFixed(3)
    const name = `${promisedEntities.has(entity) ? '*' : ' '} ${entity}`.padEnd(30)
    console.log(
      `${name} ${rate.padStart(6)} ${`${found}/${spans}`.padStart(8)} ${`${weakFound}/${weak}`.padStart(8)} ${`${alarms}/${clean}`.padStart(8)}`,
    )
  }
  const judged = secrets.filter(({ ambiguous }) => !ambiguous)
  const right = judged.filter(
    ({ text, expected }) =>
      detect(text).findings.some(({ category }) => category === 'secret' || category === 'corporate') === expected,
  )
  console.log(`\nsecrets ${right.length}/${judged.length} (${secrets.length - judged.length} ambiguous left out)`)
}

function sayFalseAlarms({ negatives }: PrivacyCases): void {
  const { detect } = createDetection({ clock: performance })
  const kinds = new Map<string, [number, number]>()
  for (const { text, kind } of negatives) {
    const [texts, flagged] = kinds.get(kind) ?? [0, 0]
    kinds.set(kind, [texts + 1, flagged + (detect(text).findings.some(isRestricting) ? 1 : 0)])
  }
  console.log('\nharmless texts flagged')
  for (const [kind, [texts, flagged]] of kinds) console.log(`  ${kind.padEnd(24)} ${flagged}/${texts}`)
}

/** Texts of about 4 KB, as requests are. */
function sayTimes({ negatives }: PrivacyCases): void {
  const corpora = { prose: /prose|product/, code: /^code|config/, logs: /logs/, json: /json/ }
  const texts = Object.entries(corpora).map(
    ([name, kinds]) =>
      [name, joined(negatives.filter(({ kind }) => kinds.test(kind)).map(({ text }) => text))] as const,
  )
  const { detect } = createDetection({ clock: performance })
  const all = new DetectorSet(builtInDetectors)
  const row = (name: string, scan: (text: string) => unknown) =>
    console.log(
      `  ${name.padEnd(34)}${texts.map(([, parts]) => microsecondsPerKb(parts, scan).toFixed(1).padStart(9)).join('')}`,
    )
  console.log(`\nCPU microseconds per KB${' '.repeat(13)}${texts.map(([name]) => name.padStart(9)).join('')}`)
  row('whole pipeline', detect)
  row('all detectors', (text) => all.scan(new ScannedText(text)))
  const kinds = ['number', 'token', 'pattern', 'text', 'keyword'] as const
  row('no detector', scanWith([]))
  for (const kind of kinds)
    row(`${kind} detectors and no more`, scanWith(builtInDetectors.filter((one) => one.kind === kind)))
  console.log('')
  const costly = builtInDetectors.filter(({ kind }) => kind === 'pattern' || kind === 'text')
  for (const detector of costly) row(`${detector.rule} and no more`, scanWith([detector]))
}

function scanWith(detectors: typeof builtInDetectors): (text: string) => unknown {
  const set = new DetectorSet(detectors)
  return (text) => set.scan(new ScannedText(text))
}

function joined(texts: readonly string[]): string[] {
  const parts: string[] = []
  let part = ''
  for (const text of texts) {
    part += `${text}\n\n`
    if (part.length < 4096) continue
    parts.push(part)
    part = ''
  }
  return part === '' ? parts : [...parts, part]
}

function microsecondsPerKb(texts: readonly string[], scan: (text: string) => unknown): number {
  const kilobytes = texts.reduce((sum, text) => sum + text.length, 0) / 1024
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < 5; run += 1) {
    const before = process.cpuUsage()
    for (const text of texts) scan(text)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / kilobytes)
  }
  return least
}
