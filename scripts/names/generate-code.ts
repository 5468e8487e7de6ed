// Owns the making of harmless code, logs, settings and data: what a proxy for programmers sees most.
import type { Example } from './corpora.ts'
import type { Random } from './random.ts'

const NOUNS =
  'user order invoice cart session token message queue worker report image page record account payment event widget node edge graph layer batch cursor stream buffer header footer status filter policy region bucket shard lease patch branch frank mark grace will rose max bill art drew chase dean earl hope joy june may april autumn amber ruby pearl jade heath glen cliff dale'.split(
    ' ',
  )
const VERBS =
  'get set load save build parse render update delete create send read write check merge sort filter push pull fetch resolve emit mark bill chase'.split(
    ' ',
  )
const TYPES =
  'String Number Boolean Date Map Set Array Promise Error Optional List Vector Result Option Buffer Request Response Context Client Server Handler Manager Factory Builder Service Controller Repository Entity Model View Component Router Logger Config Scheduler Iterator Observer Adapter Proxy Grant Mark Page Frank Bishop'.split(
    ' ',
  )
const LEVELS = ['INFO', 'WARN', 'ERROR', 'DEBUG', 'TRACE', 'FATAL', 'NOTICE']
const COMMENTS = [
  'Returns the cached value if there is one',
  'TODO handle retries',
  'Gibt den Wert aus dem Zwischenspeicher zurück',
  'See RFC 9110 for the meaning of the header',
  'Not thread safe',
  'Nur für interne Aufrufe',
  'Keep in sync with the schema',
  'Der Aufrufer schließt die Verbindung',
  'Copyright notice and licence in LICENSE',
  'Uses Dijkstra to find the shortest path',
  'Fisher-Yates shuffle',
  'Levenshtein distance',
  'Haversine formula',
  'Newton iteration',
  'Bearer token',
  'Luhn check digit',
  'Bloom filter',
  'Knuth-Morris-Pratt search',
  'Euler method',
  'Unicode NFC',
  'Gauß-Filter',
  'Huffman coding',
  'Bernoulli trial',
  'Reed-Solomon',
  'Merkle tree',
  'Raft leader election',
  'Monte Carlo estimate',
  'Markdown heading',
  'Base64 alphabet',
]

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

type Maker = (random: Random) => string
const noun: Maker = (r) => r.pick(NOUNS)
const Type: Maker = (r) => (r.chance(0.5) ? r.pick(TYPES) : capital(noun(r)) + r.pick(TYPES))
const number: Maker = (r) => String(r.below(10_000))
const fn: Maker = (r) => (r.chance(0.5) ? `${r.pick(VERBS)}${capital(noun(r))}` : `${r.pick(VERBS)}_${noun(r)}`)
const stamp: Maker = (r) =>
  `2026-0${1 + r.below(9)}-1${r.below(10)}T0${r.below(10)}:${10 + r.below(50)}:${10 + r.below(50)}Z`

const MAKERS: readonly Maker[] = [
  (r) => `const ${noun(r)} = await ${noun(r)}.${fn(r)}(${noun(r)}, ${number(r)})`,
  (r) =>
    `export class ${Type(r)} extends ${Type(r)} {\n  private ${noun(r)}: ${Type(r)};\n  ${fn(r)}(${noun(r)}: ${Type(r)}): ${Type(r)} { return this.${noun(r)}; }\n}`,
  (r) =>
    `public static ${Type(r)} ${fn(r)}(${Type(r)} ${noun(r)}) throws ${Type(r)}Exception {\n    return new ${Type(r)}(${noun(r)});\n}`,
  (r) =>
    `def ${fn(r)}(self, ${noun(r)}: ${Type(r)}) -> ${Type(r)}:\n    """${r.pick(COMMENTS)}."""\n    return self.${noun(r)}[${number(r)}]`,
  (r) => `import { ${Type(r)}, ${Type(r)} } from './${noun(r)}-${noun(r)}'`,
  (r) => `from ${noun(r)}.${noun(r)} import ${Type(r)} as ${capital(noun(r))}`,
  (r) => `fn ${fn(r)}<T: ${Type(r)}>(${noun(r)}: &mut ${Type(r)}) -> Result<${Type(r)}, ${Type(r)}> {`,
  (r) => `func (s *${Type(r)}) ${capital(fn(r))}(ctx context.Context) (*${Type(r)}, error) {`,
  (r) =>
    `SELECT ${noun(r)}, COUNT(*) FROM ${noun(r)}s WHERE ${noun(r)} = '${noun(r)}' GROUP BY ${noun(r)} ORDER BY ${noun(r)} DESC;`,
  (r) => `INSERT INTO ${noun(r)}s (${noun(r)}, ${noun(r)}) VALUES ('${capital(noun(r))}', ${number(r)});`,
  (r) =>
    `${stamp(r)} ${r.pick(LEVELS)} [${noun(r)}-${number(r)}] ${Type(r)}: ${r.pick(VERBS)} ${noun(r)} failed after ${number(r)} ms`,
  (r) => `[${r.pick(LEVELS)}] ${Type(r)} - ${capital(noun(r))} ${number(r)} ${r.pick(VERBS)}ed, ${noun(r)}=${noun(r)}`,
  (r) => `  at ${Type(r)}.${fn(r)} (/app/src/${noun(r)}.ts:${number(r)}:12)`,
  (r) => `Exception in thread "main" java.lang.${Type(r)}Exception: ${capital(noun(r))} must not be null`,
  (r) =>
    `${noun(r)}:\n  ${noun(r)}: ${noun(r)}\n  ${noun(r)}: ${number(r)}\n  enabled: true\n  name: ${noun(r)}-${noun(r)}`,
  (r) => `[${noun(r)}]\n${noun(r)} = "${noun(r)}"\n${noun(r)} = ${number(r)}`,
  (r) => `{"${noun(r)}": "${capital(noun(r))}", "${noun(r)}": ${number(r)}, "status": "OK", "type": "${Type(r)}"}`,
  (r) =>
    `{"id": ${number(r)}, "title": "${capital(noun(r))} ${capital(noun(r))}", "tags": ["${noun(r)}", "${noun(r)}"]}`,
  (r) => `<${noun(r)} class="${noun(r)}-${noun(r)}" id="${noun(r)}">${capital(noun(r))}</${noun(r)}>`,
  (r) => `- ${r.pick(VERBS)}(${noun(r)}): ${r.pick(VERBS)} ${noun(r)} in ${Type(r)}`,
  (r) => `// ${r.pick(COMMENTS)}\nif (${noun(r)} === null) throw new ${Type(r)}('${capital(noun(r))} not found')`,
  (r) => `# ${r.pick(COMMENTS)}\nfor ${noun(r)} in ${noun(r)}s:\n    print(${noun(r)})`,
  (r) =>
    `| ${capital(noun(r))} | ${capital(noun(r))} | ${Type(r)} |\n|---|---|---|\n| ${noun(r)} | ${number(r)} | ${capital(noun(r))} |`,
  (r) =>
    `$ git log --oneline\n${number(r)}ab3 ${capital(r.pick(VERBS))} the ${noun(r)} ${noun(r)}\n${number(r)}fe1 Merge branch '${noun(r)}'`,
  (r) => `How do I ${r.pick(VERBS)} a ${noun(r)} in ${Type(r)}? I get ${Type(r)}Error: ${r.pick(COMMENTS)}.`,
  (r) => `Wie kann ich einen ${Type(r)} in ${Type(r)} umwandeln? Die Meldung lautet: ${Type(r)} ist kein ${Type(r)}.`,
  (r) => `Dictionary<string, ${Type(r)}> ${noun(r)} = new();\n${Type(r)} ${noun(r)} = ${Type(r)}.Empty;`,
  (r) => `enum ${Type(r)} { ${capital(noun(r))}, ${capital(noun(r))}, ${capital(noun(r))} }`,
  (r) => `FROM node:24-slim AS ${noun(r)}\nWORKDIR /srv/${noun(r)}\nCOPY . .\nCMD ["node", "${noun(r)}.js"]`,
  (r) =>
    `${noun(r).toUpperCase()}_${noun(r).toUpperCase()}=${noun(r)}\n${noun(r).toUpperCase()}_URL=https://example.org/${noun(r)}`,
  (r) => `Implements the ${r.pick(COMMENTS)} for the ${Type(r)} class.`,
]

/** `count` harmless technical texts of one to three pieces. */
export function generatedCode(random: Random, count: number): Example[] {
  return Array.from({ length: count }, () => {
    const pieces = Array.from({ length: 1 + random.below(3) }, () => random.pick(MAKERS)(random))
    return { text: pieces.join('\n'), names: [], language: 'en', source: 'generated', kind: 'code' }
  })
}
