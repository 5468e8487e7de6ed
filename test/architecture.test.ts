// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source code in strings is what these tests are about
// Holds the code to the architecture, and shows by planted breaches that it would notice one.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Violation, violationsIn } from './architecture/layout-rules.ts'
import { codeOf, importsOf } from './architecture/source-code.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const files = new Map(
  readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')] as const),
)

test('the code keeps the architecture', () => {
  assert.ok(files.size > 100, `only ${files.size} files were found`)
  assert.deepEqual(violationsIn(files), [])
})

test('every import statement of the code is seen', () => {
  for (const [file, text] of files) {
    const written = codeOf(text)
      .split('\n')
      .filter((line) => /^(?:import|export|\}) .*\bfrom ' *'$/.test(line))
    const seen = importsOf(text).filter(({ specifier }) => specifier !== '')
    assert.ok(seen.length >= written.length, `${file}: ${seen.length} of ${written.length} imports`)
  }
})

const OPENING = '// Owns nothing: it was planted by a test.\n'

/** What each planted line must be reported as, and nothing else. */
const planted: readonly {
  readonly file: string
  readonly lines: string
  readonly rule: string
}[] = [
  // The import table, a row each.
  { file: 'src/domain/planted.ts', lines: "import { route } from '../policy/route.ts'", rule: 'domain imports' },
  { file: 'src/domain/planted.ts', lines: "import type { Ledger } from '../ledger/ledger.ts'", rule: 'domain imports' },
  { file: 'src/domain/planted.ts', lines: "import { z } from 'zod'", rule: 'domain imports' },
  { file: 'src/domain/planted.ts', lines: "import { readFileSync } from 'node:fs'", rule: 'domain imports' },
  { file: 'src/policy/planted.ts', lines: "import { readFileSync } from 'node:fs'", rule: 'policy imports' },
  { file: 'src/policy/classify/planted.ts', lines: "import { z } from 'zod'", rule: 'policy imports' },
  {
    file: 'src/policy/planted.ts',
    lines: "import type { Provider } from '../providers/provider.ts'",
    rule: 'policy imports',
  },
  { file: 'src/config/planted.ts', lines: "import { compose } from '../compose.ts'", rule: 'config imports' },
  { file: 'src/config/planted.ts', lines: "import { Pool } from 'undici'", rule: 'config imports' },
  {
    file: 'src/providers/ollama/planted.ts',
    lines: "import { readUsage } from '../openai-wire/read-usage.ts'",
    rule: 'providers/ollama imports',
  },
  {
    file: 'src/providers/openai-wire/planted.ts',
    lines: "import { usageOf } from '../ollama/chat-reply.ts'",
    rule: 'providers/openai-wire imports',
  },
  {
    file: 'src/providers/openai-wire/planted.ts',
    lines: "import { route } from '../../policy/route.ts'",
    rule: 'providers/openai-wire imports',
  },
  {
    file: 'src/providers/ollama/planted.ts',
    lines: "import { Pool } from 'undici'",
    rule: 'providers/ollama imports',
  },
  {
    file: 'src/providers/transport/planted.ts',
    lines: "import type { Provider } from '../provider.ts'",
    rule: 'providers/transport imports',
  },
  {
    file: 'src/providers/planted.ts',
    lines: "import { Upstream } from './transport/upstream.ts'",
    rule: 'providers imports',
  },
  {
    file: 'src/prices/planted.ts',
    lines: "import { createPriceBook } from '../policy/price-book.ts'",
    rule: 'prices imports',
  },
  {
    file: 'src/ledger/sqlite/planted.ts',
    lines: "import { PostgresStore } from '../postgres/postgres-store.ts'",
    rule: 'ledger/sqlite imports',
  },
  {
    file: 'src/ledger/postgres/planted.ts',
    lines: "import { LedgerWorld } from '../contract/ledger-world.ts'",
    rule: 'ledger/postgres imports',
  },
  {
    file: 'src/ledger/planted.ts',
    lines: "import { SqliteStore } from './sqlite/sqlite-store.ts'",
    rule: 'ledger imports',
  },
  {
    file: 'src/ledger/planted.ts',
    lines: "import { describeLedger } from './ledger-contract.ts'",
    rule: 'ledger imports',
  },
  {
    file: 'src/ledger/planted.ts',
    lines: "import { costBound } from '../policy/estimate-cost.ts'",
    rule: 'ledger imports',
  },
  {
    file: 'src/telemetry/prometheus/planted.ts',
    lines: "import type { Ledger } from '../../ledger/ledger.ts'",
    rule: 'telemetry/prometheus imports',
  },
  {
    file: 'src/telemetry/planted.ts',
    lines: "import type { Ledger } from '../ledger/ledger.ts'",
    rule: 'telemetry imports',
  },
  { file: 'src/proxy/planted.ts', lines: "import { fund } from '../ledger/fund.ts'", rule: 'proxy imports' },
  {
    file: 'src/proxy/planted.ts',
    lines: "import { type Ledger, usageGroupings } from '../ledger/ledger.ts'",
    rule: 'proxy imports',
  },
  { file: 'src/proxy/planted.ts', lines: "import { createServer } from 'node:http'", rule: 'proxy imports' },
  {
    file: 'src/proxy/planted.ts',
    lines: "import type { OpenAIProvider } from '../providers/openai-wire/openai-provider.ts'",
    rule: 'proxy imports',
  },
  {
    file: 'src/gateway/planted.ts',
    lines: "import { SqliteStore } from '../ledger/sqlite/sqlite-store.ts'",
    rule: 'gateway imports',
  },
  {
    file: 'src/gateway/openai/planted.ts',
    lines: "import { compose } from '../../compose.ts'",
    rule: 'gateway imports',
  },
  {
    file: 'src/library/planted.ts',
    lines: "import { GatewayServer } from '../gateway/server.ts'",
    rule: 'library imports',
  },
  { file: 'src/library/planted.ts', lines: "import { compose } from '../compose.ts'", rule: 'library imports' },
  {
    file: 'src/cli/commands/planted.ts',
    lines: "import { OllamaProvider } from '../../providers/ollama/ollama-provider.ts'",
    rule: 'cli imports',
  },
  { file: 'src/cli/planted.ts', lines: "import { routeOf } from '../gateway/routes.ts'", rule: 'cli imports' },
  { file: 'src/testing/planted.ts', lines: "import { route } from '../policy/route.ts'", rule: 'testing imports' },
  { file: 'src/testing/ollama/planted.ts', lines: "import { Ollama } from 'ollama'", rule: 'testing imports' },
  { file: 'src/version.ts', lines: "import { nanoUsd } from './domain/money.ts'", rule: 'version imports' },
  { file: 'src/compose.ts', lines: "import { GatewayServer } from './gateway/server.ts'", rule: 'compose imports' },
  { file: 'src/compose.ts', lines: "import { program } from './cli/program.ts'", rule: 'compose imports' },
  {
    file: 'src/open-aegis.ts',
    lines: "import type { AegisLLMProxy } from './library/aegis-llm-proxy.ts'",
    rule: 'open-aegis imports',
  },
  { file: 'src/index.ts', lines: "export { compose } from './compose.ts'", rule: 'index imports' },
  // Every way to import.
  { file: 'src/policy/planted.ts', lines: "export { Pool } from 'undici'", rule: 'policy imports' },
  { file: 'src/policy/planted.ts', lines: "export type { Pool } from 'undici'", rule: 'policy imports' },
  { file: 'src/policy/planted.ts', lines: "export * as all from 'undici'", rule: 'policy imports' },
  { file: 'src/policy/planted.ts', lines: "import 'undici'", rule: 'policy imports' },
  { file: 'src/policy/planted.ts', lines: "import all, { Pool } from 'undici'", rule: 'policy imports' },
  {
    file: 'src/policy/planted.ts',
    lines: "import {\n  type Pool,\n  type Agent,\n} from 'undici'",
    rule: 'policy imports',
  },
  { file: 'src/policy/planted.ts', lines: "const loaded = await import('undici')", rule: 'policy imports' },
  { file: 'src/policy/planted.ts', lines: "let client: import('undici').Pool", rule: 'policy imports' },
  { file: 'src/policy/planted.ts', lines: "const client = require('undici')", rule: 'policy imports' },
  { file: 'src/policy/planted.ts', lines: "const text = `${await import('undici')}`", rule: 'policy imports' },
  { file: 'src/policy/planted.ts', lines: "import { x } from '../../test/make/task.ts'", rule: 'policy imports' },
  { file: 'src/policy/planted.ts', lines: 'const loaded = await import(name)', rule: 'readable imports' },
  { file: 'src/policy/planted.ts', lines: "export * from './route.ts'", rule: 'export lists' },
  // Words.
  { file: 'src/policy/planted.ts', lines: 'export const now = Date.now()', rule: 'policy is pure' },
  { file: 'src/policy/planted.ts', lines: 'export const now = new Date()', rule: 'policy is pure' },
  { file: 'src/policy/planted.ts', lines: 'export const now = performance.now()', rule: 'policy is pure' },
  { file: 'src/policy/planted.ts', lines: 'export const id = process.pid', rule: 'policy is pure' },
  { file: 'src/policy/planted.ts', lines: 'export const chance = Math.random()', rule: 'policy is pure' },
  { file: 'src/policy/planted.ts', lines: "export const reply = fetch('http://127.0.0.1')", rule: 'policy is pure' },
  { file: 'src/policy/planted.ts', lines: 'setTimeout(() => {}, 1)', rule: 'policy is pure' },
  { file: 'src/policy/planted.ts', lines: 'const text = `at ${Date.now()}`', rule: 'policy is pure' },
  { file: 'src/domain/planted.ts', lines: 'export const now = Date.now()', rule: 'domain is pure' },
  { file: 'src/batch/planted.ts', lines: 'using parts = new DisposableStack()', rule: 'oldest Node' },
  { file: 'src/proxy/planted.ts', lines: 'export const key = process.env.KEY', rule: 'environment' },
  { file: 'src/config/planted.ts', lines: "export const key = process['env']", rule: 'environment' },
  { file: 'src/proxy/planted.ts', lines: 'export const made = attempt as ClearedAttempt', rule: 'cleared attempts' },
  {
    file: 'src/policy/route.ts',
    lines: 'export const made = attempt as unknown as ClearedAttempt',
    rule: 'cleared attempts',
  },
  { file: 'src/ledger/ledger.ts', lines: 'export const made = attempt as FundedAttempt', rule: 'funded attempts' },
  // Shape and names.
  { file: 'src/proxy/helpers.ts', lines: 'export const x = 1', rule: 'names' },
  { file: 'src/proxy/utils/planted.ts', lines: 'export const x = 1', rule: 'names' },
  { file: 'src/misc.test.ts', lines: 'export const x = 1', rule: 'names' },
  { file: 'src/domain/planted.ts', lines: '\n'.repeat(400), rule: 'length' },
  { file: 'src/elsewhere/planted.ts', lines: 'export const x = 1', rule: 'layout' },
]

describe('a planted breach is reported with its file and its rule', () => {
  for (const { file, lines, rule } of planted) {
    test(`${file}: ${lines.trim().split('\n').join(' ').slice(0, 90) || `${lines.length} empty lines`}`, () => {
      const text = `${files.get(file) ?? OPENING}\n${lines}\nexport {}\n`
      const reported = violationsIn(new Map([[file, text]]))
      assert.deepEqual(
        reported.map(({ file, rule }) => ({ file, rule })),
        [{ file, rule }],
      )
    })
  }

  test('a file that says nothing of itself', () => {
    const reported = rulesOf(violationsIn(new Map([['src/domain/planted.ts', 'export const x = 1\n']])))
    assert.deepEqual(reported, ['opening comment'])
    assert.deepEqual(rulesOf(violationsIn(new Map([['src/domain/planted.ts', '// x\n']]))), ['opening comment'])
  })
})

describe('what only looks like a breach is not one', () => {
  const innocent: readonly (readonly [string, string])[] = [
    ['src/policy/planted.ts', "// import { Pool } from 'undici' would be wrong, and so would Date.now()"],
    ['src/policy/planted.ts', "/* import('undici') */ export const x = 1"],
    ['src/policy/planted.ts', "export const hint = 'Date.now() and process.env and fetch'"],
    ['src/policy/planted.ts', 'export const quotes = /["\'`]/g // then Date.now()'],
    ['src/policy/planted.ts', 'export const half = total / 2 // process / 2'],
    ['src/policy/planted.ts', 'export const text = `${"}"} process.env ${`fetch ${1}`} Date.now()`'],
    ['src/policy/planted.ts', 'export const when = new Date(resetsAtMs).toISOString()'],
    ['src/proxy/planted.ts', "import type { Ledger } from '../ledger/ledger.ts'"],
    ['src/proxy/planted.ts', 'export const here = import.meta.url'],
    ['src/proxy/planted.ts', '// attempt as ClearedAttempt'],
    ['src/compose.ts', "import type { Exchange } from './gateway/exchange.ts'"],
    ['src/cli/planted.ts', '#!/usr/bin/env node\n'],
    ['src/cli/planted.ts', 'export const home = process.env.HOME'],
    ['src/policy/planted.test.ts', "import { test } from 'node:test'\nDate.now()"],
  ]
  for (const [file, lines] of innocent) {
    test(`${file}: ${lines.trim().replaceAll('\n', ' ')}`, () => {
      const start = lines.startsWith('#!') ? `${lines}${OPENING}` : `${files.get(file) ?? OPENING}\n${lines}`
      assert.deepEqual(violationsIn(new Map([[file, `${start}\nexport {}\n`]])), [])
    })
  }
})

function rulesOf(violations: readonly Violation[]): string[] {
  return violations.map(({ rule }) => rule)
}
