// Owns docs/reference/detection.md: the detectors from the code, and their rates on the fixtures of the repository.
import { fileURLToPath } from 'node:url'
import { builtInDetectors } from '../src/policy/classify/built-in-detectors.ts'
import { createDetection, defaultDetectionLimits } from '../src/policy/classify/detect.ts'
import type { Detector } from '../src/policy/classify/engine/detector.ts'
import {
  isRestricting,
  type PrivacyCases,
  promisedEntities,
  readPrivacyCases,
  scoreUnitCases,
} from '../test/make/privacy-fixtures.ts'

/** @throws when the fixtures are not there: they are part of the repository. */
export function detectionPage(generated: string): string {
  const cases = readPrivacyCases(fileURLToPath(new URL('../test/fixtures/privacy/', import.meta.url)))
  if (!cases) throw new Error('test/fixtures/privacy is missing')
  return [
    `# Detection of sensitive data\n\n${generated}`,
    'Every string of a body is scanned, wherever it stands, decoded to a bounded depth and in its plain form. One finding of level confidential, pii or hipaa keeps the whole request at a local provider; `internal` is reported and restricts nothing. A limit that is exceeded, data that cannot be read and a detector that fails make the body undecidable, which is restricted too.',
    `\n## Limits\n\n| limit | default |\n|---|---|\n${Object.entries(defaultDetectionLimits)
      .map(([name, value]) => `| \`${name}\` | ${value} |`)
      .join('\n')}`,
    `\n## Detectors\n\n| type | level | category | rules | source |\n|---|---|---|---|---|\n${detectorRows().join('\n')}`,
    `\n## Rates on the fixtures\n\n${ratesText(cases)}\n`,
  ].join('\n')
}

function detectorRows(): string[] {
  const byType = new Map<string, Detector[]>()
  for (const detector of builtInDetectors) {
    if (detector.level === 'public') continue
    byType.set(detector.type, [...(byType.get(detector.type) ?? []), detector])
  }
  return [...byType]
    .sort(([left], [right]) => left.localeCompare(right))
    .map(([type, detectors]) => {
      const { level, category } = detectors[0] as Detector
      const rules = detectors.map(({ rule }) => `\`${rule}\``).join(' ')
      const sources = [...new Set(detectors.map(({ source }) => source))].slice(0, 4).join('; ')
      return `| \`${type}\` | ${level} | ${category} | ${rules} | ${cell(sources)} |`
    })
}

/** The share of spans that were found, by entity, and of harmless texts that were flagged, by kind. */
function ratesText({ units, secrets, negatives }: PrivacyCases): string {
  const { detect } = createDetection({ clock: { now: () => 0 } })
  const scores = scoreUnitCases(units, detect).map(
    ({ entity, spans, found, weak, weakFound, clean, alarms }) =>
      `| ${entity}${promisedEntities.has(entity) ? ' *' : ''} | ${found} of ${spans} | ${weakFound} of ${weak} | ${alarms} of ${clean} |`,
  )
  const judged = secrets.filter(({ ambiguous }) => !ambiguous)
  const right = judged.filter(
    ({ text, expected }) =>
      detect(text).findings.some(({ category }) => category === 'secret' || category === 'corporate') === expected,
  )
  const kinds = new Map<string, [texts: number, flagged: number]>()
  for (const { text, kind } of negatives) {
    const total = kinds.get(kind) ?? [0, 0]
    kinds.set(kind, [total[0] + 1, total[1] + (detect(text).findings.some(isRestricting) ? 1 : 0)])
  }
  return [
    `Secrets: ${right.length} of ${judged.length} texts judged as expected.`,
    `\n| harmless texts | flagged |\n|---|---|\n${[...kinds].map(([kind, [texts, flagged]]) => `| ${kind} | ${flagged} of ${texts} |`).join('\n')}`,
    `\nEntities with a star are promised; weak forms count only with a word beside them, so they may be left alone.`,
    `\n| entity | found | weak forms found | false alarms |\n|---|---|---|---|\n${scores.join('\n')}`,
  ].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
