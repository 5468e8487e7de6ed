// Owns the architecture as data: which part of src may use which other part, which libraries, and which words.
import { dirname, join } from 'node:path/posix'
import { codeOf, importsOf, type ModuleImport } from './source-code.ts'

export interface Violation {
  readonly file: string
  /** Which rule: `policy imports`, `opening comment`. */
  readonly rule: string
  readonly detail: string
}

/** One part of src. Paths are relative to src; a name that ends in `/` is a folder with all that is below it. */
interface Part {
  readonly name: string
  readonly owns: (path: string) => boolean
  /** Of ours, beside itself. */
  readonly uses: readonly string[]
  /** Of ours, in `import type` only. */
  readonly typesOf?: readonly string[]
  /** Others' packages; `node:` is all of Node's. */
  readonly libraries?: readonly string[]
}

const inFolder = (folder: string) => (path: string) => path.startsWith(folder)
const directlyIn = (folder: string) => (path: string) =>
  path.startsWith(folder) && !path.slice(folder.length).includes('/')
const exactly = (file: string) => (path: string) => path === file

const everythingThatRuns = [
  'access/',
  'alerts/',
  'audit/',
  'batch/',
  'cache/',
  'catalogue/',
  'content/',
  'money/',
  'config/',
  'detection/',
  'domain/',
  'doors/',
  'limits/',
  'policy/',
  'prices/',
  'providers/',
  'proxy/',
  'rollout/',
  'taint/',
  'telemetry/',
  'tokens/',
  'version.ts',
]
const ledgers = [
  'ledger/budget-book.ts',
  'ledger/ledger.ts',
  'ledger/ledger-fault.ts',
  'ledger/leased-ledger.ts',
  'ledger/ledger-reader.ts',
  'ledger/store.ts',
  'ledger/user-spending.ts',
  'ledger/sqlite/',
  'ledger/postgres/',
]
/** How the library writes a task and reads an answer: its wire, without the proxy behind it. */
const libraryWire = [
  'library/completion-chunks.ts',
  'library/llm-answer.ts',
  'library/llm-embeddings.ts',
  'library/task-of.ts',
]
const ports = ['providers/provider.ts', 'ledger/ledger.ts', 'telemetry/telemetry.ts']

/** The ledger itself, above its stores. Its contracts are for tests, so they are not among it. */
const ledgerContracts = ['ledger/ledger-contract.ts', 'ledger/store-contract.ts']
const ledgerPort = (path: string) => directlyIn('ledger/')(path) && !ledgerContracts.includes(path)
const ledgerCore = (path: string) =>
  ledgerPort(path) || inFolder('ledger/leases/')(path) || inFolder('ledger/journal/')(path)
const LEDGER_PORT = 'the files directly in ledger/'
const LEDGER_CORE = 'the ledger above its stores'
const TELEMETRY_PORT = 'the files directly in telemetry/'

/** The first part that owns a file decides. */
const parts: readonly Part[] = [
  { name: 'domain', owns: inFolder('domain/'), uses: [], libraries: ['node:util'] },
  // Two functions of classify need a library that is as pure as they are; each has a file of its own (0012).
  {
    name: 'policy/classify/walk/inflate',
    owns: exactly('policy/classify/walk/inflate.ts'),
    uses: [],
    libraries: ['node:zlib'],
  },
  {
    name: 'policy/classify/tenant',
    owns: inFolder('policy/classify/tenant/'),
    uses: ['policy/classify/engine/', 'policy/classify/finding.ts', 'domain/'],
    libraries: ['re2js'],
  },
  {
    name: 'policy',
    owns: inFolder('policy/'),
    uses: ['domain/', 'policy/classify/walk/inflate.ts', 'policy/classify/tenant/'],
  },
  // The worker and the cache around the pure pipeline of policy/classify.
  { name: 'detection', owns: inFolder('detection/'), uses: ['domain/', 'policy/'], libraries: ['node:'] },
  { name: 'config', owns: inFolder('config/'), uses: ['domain/'], libraries: ['zod', 'yaml', 're2js', 'node:'] },
  {
    name: 'providers/transport',
    owns: inFolder('providers/transport/'),
    uses: ['domain/'],
    libraries: ['undici', 'node:'],
  },
  // Discovery asks an address before there is a provider, so it cannot go through transport; it carries no request.
  ...['ollama', 'openai-wire'].map((wire) => ({
    name: `providers/${wire}/list-models`,
    owns: exactly(`providers/${wire}/list-models.ts`),
    uses: [],
    libraries: ['undici'],
  })),
  ...['ollama', 'openai-wire', 'anthropic-wire'].map((wire) => ({
    name: `providers/${wire}`,
    owns: inFolder(`providers/${wire}/`),
    uses: ['providers/provider.ts', 'providers/transport/', 'domain/'],
  })),
  // The packages are loaded when they are needed; only their types stand at the top of a file.
  {
    name: 'providers/ai-sdk',
    owns: inFolder('providers/ai-sdk/'),
    uses: ['providers/provider.ts', 'providers/transport/', 'domain/'],
    libraries: [
      ...['@ai-sdk/provider', '@ai-sdk/anthropic', '@ai-sdk/google', '@ai-sdk/google-vertex'],
      ...['@ai-sdk/amazon-bedrock', '@ai-sdk/cohere', 'node:'],
    ],
  },
  // A test as the ledger's contract is one: it breaks simulated servers, and makes attempts as policy and ledger do.
  {
    name: 'providers contract',
    owns: (path) => inFolder('providers/contract/')(path) || path === 'providers/provider-contract.ts',
    uses: ['providers/provider.ts', 'domain/', 'testing/', 'policy/clearance.ts', 'ledger/fund.ts'],
    libraries: ['node:'],
  },
  { name: 'providers', owns: directlyIn('providers/'), uses: ['domain/'] },
  { name: 'catalogue', owns: inFolder('catalogue/'), uses: ['domain/'], libraries: ['node:'] },
  { name: 'prices', owns: inFolder('prices/'), uses: ['domain/'], libraries: ['@pydantic/genai-prices'] },
  { name: 'tokens', owns: inFolder('tokens/'), uses: ['domain/'], libraries: ['gpt-tokenizer', 'node:'] },
  // The contract suites are tests: they may use a test's libraries, and only tests use them.
  {
    name: 'ledger contract',
    owns: (path) => inFolder('ledger/contract/')(path) || ledgerContracts.includes(path),
    uses: [LEDGER_PORT, 'ledger/sqlite/', 'domain/', '../test/make/property.ts'],
    libraries: ['node:'],
  },
  ...[
    ['sqlite', ['node:']],
    ['postgres', ['node:', 'pg']],
  ].map(([engine, libraries]) => ({
    name: `ledger/${engine}`,
    owns: inFolder(`ledger/${engine}/`),
    uses: [LEDGER_PORT, 'domain/'],
    libraries: libraries as string[],
  })),
  { name: 'ledger', owns: ledgerCore, uses: [LEDGER_CORE, 'locks/', 'domain/'], libraries: ['node:'] },
  {
    name: 'telemetry/prometheus',
    owns: inFolder('telemetry/prometheus/'),
    uses: [TELEMETRY_PORT, 'domain/'],
  },
  // The packages are loaded when they are configured; only their types stand at the top of a file.
  {
    name: 'telemetry/otel',
    owns: inFolder('telemetry/otel/'),
    uses: [TELEMETRY_PORT, 'domain/'],
    libraries: [
      ...['@opentelemetry/api', '@opentelemetry/sdk-trace', '@opentelemetry/sdk-metrics', '@opentelemetry/resources'],
      ...['@opentelemetry/exporter-trace-otlp-http', '@opentelemetry/exporter-metrics-otlp-http', 'node:'],
    ],
  },
  {
    name: 'telemetry/langsmith',
    owns: inFolder('telemetry/langsmith/'),
    uses: [TELEMETRY_PORT, 'domain/'],
    libraries: ['langsmith', 'node:'],
  },
  // What the status page shows includes the configuration and the budgets.
  {
    name: 'telemetry/status-board',
    owns: exactly('telemetry/status-board.ts'),
    uses: [TELEMETRY_PORT, 'domain/'],
    typesOf: ['config/aegis-config.ts', 'ledger/ledger.ts', 'rollout/'],
  },
  {
    name: 'telemetry/decision-recorder',
    owns: exactly('telemetry/decision-recorder.ts'),
    uses: [TELEMETRY_PORT, 'domain/'],
    typesOf: ['ledger/decision-store.ts'],
    libraries: ['node:'],
  },
  { name: 'telemetry', owns: inFolder('telemetry/'), uses: ['domain/'] },
  {
    name: 'alerts',
    owns: inFolder('alerts/'),
    uses: ['domain/'],
    typesOf: ['ledger/alert-store.ts', 'ledger/ledger-fault.ts'],
    libraries: ['undici', 'node:'],
  },
  {
    name: 'rollout',
    owns: inFolder('rollout/'),
    uses: ['domain/'],
    typesOf: ['ledger/rollout-store.ts', 'telemetry/telemetry.ts', 'alerts/alert.ts'],
  },
  // The hash-chained record. SQLite is used for its locks only.
  { name: 'locks', owns: inFolder('locks/'), uses: [], libraries: ['node:'] },
  { name: 'audit', owns: inFolder('audit/'), uses: ['locks/', 'domain/'], libraries: ['node:'] },
  // What is remembered of restricted conversations.
  {
    name: 'taint',
    owns: inFolder('taint/'),
    uses: ['domain/', 'policy/classify/'],
    typesOf: ['ledger/taint-store.ts'],
    libraries: ['node:'],
  },
  // Which providers are closed, kept beyond the process.
  {
    name: 'doors',
    owns: inFolder('doors/'),
    uses: ['domain/', 'providers/transport/restricted-doors.ts'],
    typesOf: ['ledger/door-store.ts'],
  },
  // What seals content before any store sees it.
  {
    name: 'content',
    owns: inFolder('content/'),
    uses: ['domain/'],
    typesOf: ['ledger/content-store.ts'],
    libraries: ['node:'],
  },
  // The queue of batches; who answers a line is given to it.
  {
    name: 'batch',
    owns: inFolder('batch/'),
    uses: ['domain/', 'ledger/content-store.ts'],
    typesOf: ['content/'],
  },
  // How budgets and usage are written and shown, the same over HTTP and on the command line.
  {
    name: 'money',
    owns: inFolder('money/'),
    uses: ['domain/'],
    typesOf: ['ledger/ledger.ts', 'ledger/budget-book.ts'],
  },
  // Keys, users, their budgets and prices: what is decided at run time, over HTTP and on the command line alike.
  {
    name: 'access',
    owns: inFolder('access/'),
    uses: ['domain/'],
    typesOf: ['ledger/access-store.ts'],
    libraries: ['node:'],
  },
  { name: 'cache', owns: inFolder('cache/'), uses: ['domain/'], libraries: ['node:'] },
  {
    name: 'limits',
    owns: inFolder('limits/'),
    uses: ['domain/', 'policy/prompt-size.ts'],
    typesOf: ['ledger/limit-store.ts'],
    libraries: ['node:'],
  },
  { name: 'proxy', owns: inFolder('proxy/'), uses: ['domain/', 'policy/'], typesOf: ports },
  // A surface that asked the proxy by itself would pass by what a key may do.
  {
    name: 'gateway/answer-task',
    owns: exactly('gateway/answer-task.ts'),
    uses: ['gateway/', 'domain/', 'proxy/'],
  },
  {
    name: 'gateway',
    owns: inFolder('gateway/'),
    uses: [
      'access/',
      'batch/',
      'domain/',
      'gateway/answer-task.ts',
      'limits/',
      'money/',
      'policy/',
      'proxy/explain.ts',
      'proxy/count-prompt.ts',
      'proxy/passed-stream.ts',
      'rollout/rollout-state.ts',
      'rollout/rollout-order.ts',
    ],
    typesOf: [
      ...[
        ...ports,
        'proxy/',
        'telemetry/system-status.ts',
        'telemetry/traces.ts',
        'telemetry/metric-family.ts',
        'alerts/alert-view.ts',
      ],
      ...['ledger/budget-book.ts', 'ledger/user-spending.ts', 'rollout/', 'ledger/content-store.ts', 'content/'],
    ],
    libraries: ['node:'],
  },
  {
    name: 'library',
    owns: inFolder('library/'),
    uses: ['domain/', 'policy/', 'proxy/', 'open-aegis.ts'],
    typesOf: ['compose.ts'],
    libraries: ['node:'],
  },
  // What the adapters for frameworks stand on: a proxy of this process, or a gateway's address.
  {
    name: 'client',
    owns: inFolder('client/'),
    uses: ['domain/', ...libraryWire],
    typesOf: ['library/'],
    libraries: ['undici'],
  },
  // Loaded by those who have the framework: nothing else imports these two.
  {
    name: 'langchain',
    owns: inFolder('langchain/'),
    uses: ['client/', 'domain/'],
    typesOf: ['library/'],
    libraries: ['@langchain/core'],
  },
  {
    name: 'ai-sdk',
    owns: inFolder('ai-sdk/'),
    uses: ['client/', 'domain/'],
    typesOf: ['library/'],
    libraries: ['@ai-sdk/provider'],
  },
  {
    name: 'cli',
    owns: inFolder('cli/'),
    uses: [
      'access/',
      'domain/',
      'config/',
      'money/',
      'library/',
      'policy/classify/detect.ts',
      'policy/replay.ts',
      'rollout/',
      'detection/',
      'audit/',
      'open-aegis.ts',
      'compose.ts',
      'compose-rollout.ts',
      'compose-config.ts',
      'compose-privacy.ts',
      'version.ts',
      'gateway/server.ts',
      'telemetry/metric-family.ts',
      'ledger/budget-book.ts',
      'ledger/ledger-reader.ts',
      'ledger/store.ts',
      'catalogue/',
      'ledger/sqlite/ledger-file-error.ts',
      'ledger/postgres/ledger-database-error.ts',
    ],
    typesOf: [
      ...['proxy/', 'policy/', 'telemetry/system-status.ts', 'gateway/operation.ts', 'testing/sandbox.ts'],
      ...ports,
    ],
    // undici: some commands ask a running gateway, over HTTP as any client does.
    libraries: ['commander', 'pino', 'undici', 'yaml', 'node:'],
  },
  { name: 'testing', owns: inFolder('testing/'), uses: [], libraries: ['node:'] },
  {
    name: 'compose',
    owns: (path) =>
      [
        'compose.ts',
        'compose-config.ts',
        'compose-privacy.ts',
        'compose-rollout.ts',
        'compose-telemetry.ts',
        'connect-provider.ts',
        'connect-service.ts',
        'open-parts.ts',
        'running-aegis.ts',
      ].includes(path),
    uses: [...everythingThatRuns, ...ledgers],
    typesOf: ['gateway/'],
    libraries: ['node:'],
  },
  {
    name: 'open-aegis',
    owns: exactly('open-aegis.ts'),
    uses: [...everythingThatRuns, ...ledgers, 'compose.ts', 'testing/sandbox.ts'],
    typesOf: ['gateway/'],
    libraries: ['node:'],
  },
  {
    name: 'index',
    owns: exactly('index.ts'),
    uses: ['config/config-error.ts', 'domain/', 'library/'],
    typesOf: ['proxy/'],
  },
  { name: 'version', owns: exactly('version.ts'), uses: [], libraries: ['node:'] },
]

/** What makes code depend on more than its arguments. */
const ambient: readonly (readonly [string, RegExp])[] = [
  ['Date.now', /\bDate\s*\.\s*now\b/],
  ['new Date()', /\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())/],
  ['performance', /(?<!\.)\bperformance\b/],
  ['process', /(?<!\.)\bprocess\b/],
  ['Math.random', /\bMath\s*\.\s*random\b/],
  ['crypto', /(?<!\.)\bcrypto\b/],
  ['fetch', /(?<!\.)\bfetch\b/],
  ['globalThis', /\bglobalThis\b/],
  ['timers', /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/],
]

/** What package.json promises, Node 22, does not have. */
const tooNew =
  /\b(?:Async)?DisposableStack\b|\bPromise\s*\.\s*try\b|\bRegExp\s*\.\s*escape\b|\bError\s*\.\s*isError\b|\bFloat16Array\b/

const casts: readonly (readonly [string, RegExp, string])[] = [
  ['cleared attempts', /\bas\s+(?:unknown\s+as\s+)?ClearedAttempt\b/, 'policy/clearance.ts'],
  ['funded attempts', /\bas\s+(?:unknown\s+as\s+)?FundedAttempt\b/, 'ledger/fund.ts'],
]

const MAX_LINES = 400
const VAGUE_NAME = /^(?:utils?|helpers?|misc|common)$/i

/** Every breach of the rules. @param files text by path, from the repository's root: `src/domain/money.ts`. */
export function violationsIn(files: ReadonlyMap<string, string>): Violation[] {
  return [...files].flatMap(([file, text]) => {
    const path = file.replace(/^src\//, '')
    // A test may use whatever it tests, and words of its own.
    if (path.endsWith('.test.ts')) return nameViolations(path).map(at(file))
    const code = codeOf(text)
    return [
      ...nameViolations(path),
      ...shapeViolations(text),
      ...importViolations(path, importsOf(text)),
      ...wordViolations(path, code),
    ].map(at(file))
  })
}

type Found = Omit<Violation, 'file'>
const at = (file: string) => (found: Found) => ({ file, ...found })

function nameViolations(path: string): Found[] {
  return path.split('/').flatMap((name) => {
    const bare = name.replace(/\..*$/, '')
    return VAGUE_NAME.test(bare) ? [{ rule: 'names', detail: `${bare} says nothing of what it owns` }] : []
  })
}

function shapeViolations(text: string): Found[] {
  const found: Found[] = []
  const opening = text.replace(/^#!.*\n/, '')
  if (!/^(?:\/\/ |\/\*\* ?)\S.{15,}/.test(opening)) {
    found.push({ rule: 'opening comment', detail: 'the file does not begin with a comment that says what it owns' })
  }
  const lines = text.trimEnd().split('\n').length
  if (lines > MAX_LINES) found.push({ rule: 'length', detail: `${lines} lines, of at most ${MAX_LINES}` })
  return found
}

function importViolations(path: string, imports: readonly ModuleImport[]): Found[] {
  const part = parts.find(({ owns }) => owns(path))
  if (!part)
    return [{ rule: 'layout', detail: 'no part of the architecture owns this file: add one to layout-rules.ts' }]
  return imports.flatMap((one) => {
    const found: Found[] = []
    if (one.everything) found.push({ rule: 'export lists', detail: `export * from ${one.specifier}` })
    if (one.specifier === '') found.push({ rule: 'readable imports', detail: 'an import whose target is computed' })
    else if (!mayImport(part, path, one)) {
      const kind = one.typeOnly ? 'the types of' : ''
      found.push({ rule: `${part.name} imports`, detail: `may not import ${kind} ${one.specifier}`.replace('  ', ' ') })
    }
    return found
  })
}

function mayImport(part: Part, path: string, { specifier, typeOnly }: ModuleImport): boolean {
  if (!specifier.startsWith('.')) return (part.libraries ?? []).some((library) => isOfLibrary(specifier, library))
  const target = join(dirname(path), specifier)
  if (target.startsWith('..')) return part.uses.includes(target)
  const owner = parts.find(({ owns }) => owns(target))
  if (owner === part) return true
  const allowed = typeOnly ? [...part.uses, ...(part.typesOf ?? [])] : part.uses
  return allowed.some((one) => covers(one, target))
}

function covers(allowed: string, target: string): boolean {
  if (allowed === LEDGER_PORT) return ledgerPort(target)
  if (allowed === LEDGER_CORE) return ledgerCore(target)
  if (allowed === TELEMETRY_PORT) return directlyIn('telemetry/')(target)
  return allowed.endsWith('/') ? target.startsWith(allowed) : target === allowed
}

function isOfLibrary(specifier: string, library: string): boolean {
  if (library === 'node:') return specifier.startsWith('node:')
  return specifier === library || specifier.startsWith(`${library}/`)
}

function wordViolations(path: string, code: string): Found[] {
  const found: Found[] = []
  for (const part of ['policy', 'domain']) {
    if (!path.startsWith(`${part}/`)) continue
    for (const [word, pattern] of ambient) {
      if (pattern.test(code)) found.push({ rule: `${part} is pure`, detail: `${word} is not an argument` })
    }
  }
  if (/\bprocess\s*\.\s*env\b|\bprocess\s*\[|\bimport\s*\.\s*meta\s*\.\s*env\b|\}\s*=\s*process\b/.test(code)) {
    const mayRead = path === 'open-aegis.ts' || path.startsWith('cli/')
    if (!mayRead) found.push({ rule: 'environment', detail: 'process.env is read in open-aegis.ts and the CLI only' })
  }
  const [newer] = tooNew.exec(code) ?? []
  if (newer !== undefined) found.push({ rule: 'oldest Node', detail: `${newer} is not in Node 22` })
  for (const [rule, pattern, maker] of casts) {
    // The ledger's contract makes its own attempts, as any test does.
    if (pattern.test(code) && path !== maker && !path.startsWith('ledger/contract/')) {
      found.push({ rule, detail: `only ${maker} makes them` })
    }
  }
  return found
}
