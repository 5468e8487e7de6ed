// Shows with the real compiler that no attempt reaches a provider unless it was cleared and funded.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What every program imports: one value of each type, from nowhere. */
const GIVEN = `
import type { Attempt, ClearedAttempt, FundedAttempt, Reservation } from '${root}src/domain/attempt.ts'
import type { CancelSignal } from '${root}src/domain/cancellation.ts'
import type { ProviderRef } from '${root}src/domain/provider-ref.ts'
import { nanoUsd } from '${root}src/domain/money.ts'
import type { Ledger } from '${root}src/ledger/ledger.ts'
import type { Provider } from '${root}src/providers/provider.ts'
import type { Upstream } from '${root}src/providers/transport/upstream.ts'

export type { ClearedAttempt, FundedAttempt, Reservation }
export { clear } from '${root}src/policy/clearance.ts'
export const bound = { amount: nanoUsd(1), outputTokenCap: undefined }
export const first = { attemptIndex: 0 }
export declare const given: {
  attempt: Attempt, cleared: ClearedAttempt, funded: FundedAttempt, reservation: Reservation, cloud: ProviderRef,
  signal: CancelSignal, ledger: Ledger, provider: Provider, upstream: Upstream
}
`

interface Program {
  readonly says: string
  /** The body of a function that sees what GIVEN exports. */
  readonly body: string
  /** The compiler's codes in order, and a word of each message; none for a program that is right. */
  readonly errors: readonly (readonly [string, string])[]
}

const programs: readonly Program[] = [
  {
    says: 'cleared, funded and then sent compiles',
    body: `
      const cleared = clear(given.attempt)
      if (!cleared) return
      const result = await given.ledger.reserve(cleared, bound, first)
      if (result.outcome !== 'reserved') return
      await given.provider.execute(result.attempt, given.signal)
      await given.upstream.post(result.attempt, '/chat', Buffer.from(''), given.signal)`,
    errors: [],
  },
  {
    says: 'a provider takes no attempt that is only planned',
    body: 'await given.provider.execute(given.attempt, given.signal)',
    errors: [['TS2739', '[funded]']],
  },
  {
    says: 'a provider takes no attempt that is only cleared',
    body: 'await given.provider.execute(given.cleared, given.signal)',
    errors: [['TS2739', '[funded]']],
  },
  {
    says: 'a provider takes no task, no body and nothing at all',
    body: `
      await given.provider.execute(given.attempt.task, given.signal)
      await given.provider.execute(given.attempt.task.body, given.signal)
      await given.provider.execute(undefined, given.signal)`,
    errors: [
      ['TS2740', '[funded]'],
      ['TS2345', 'FundedAttempt'],
      ['TS2345', 'FundedAttempt'],
    ],
  },
  {
    says: 'a provider has no flag that skips a check',
    body: 'await given.provider.execute(given.funded, given.signal, true)',
    errors: [['TS2554', 'Expected 2 arguments']],
  },
  {
    says: 'a connection takes funded attempts only, too',
    body: "await given.upstream.post(given.cleared, '/chat', Buffer.from(''), given.signal)",
    errors: [['TS2739', '[funded]']],
  },
  {
    says: 'a ledger holds no money for an attempt that is not cleared',
    body: 'await given.ledger.reserve(given.attempt, bound, first)',
    errors: [['TS2741', '[cleared]']],
  },
  {
    says: "clearance's refusal cannot be passed over",
    body: 'await given.ledger.reserve(clear(given.attempt), bound, first)',
    errors: [['TS2345', 'undefined']],
  },
  {
    says: 'what a ledger answered cannot be used before its outcome is asked',
    body: `
      const result = await given.ledger.reserve(given.cleared, bound, first)
      await given.provider.execute(result.attempt, given.signal)`,
    errors: [['TS2339', 'ReserveResult']],
  },
  {
    says: 'a cleared attempt cannot be written down',
    body: 'const forged: ClearedAttempt = { ...given.attempt }; return forged',
    errors: [['TS2741', '[cleared]']],
  },
  {
    says: 'a funded attempt cannot be written down',
    body: `
      const { cleared, reservation } = given
      const forged: FundedAttempt = { ...cleared, reservation, outputTokenCap: undefined }
      return forged`,
    errors: [['TS2741', '[funded]']],
  },
  {
    says: 'the brands cannot be imported',
    body: `
      type Brand = typeof import('${root}src/domain/attempt.ts')
      const brand: Brand['cleared'] = given
      return brand`,
    errors: [['TS2339', 'cleared']],
  },
  {
    says: 'a symbol of the same name is another symbol',
    body: `
      const cleared: unique symbol = Symbol('cleared')
      const forged: ClearedAttempt = { ...given.attempt, [cleared]: true }
      return forged`,
    errors: [['TS2353', '[cleared]']],
  },
  {
    says: 'a reservation cannot be of a plain number',
    body: "const reservation: Reservation = { id: 'r', amount: 5, period: '2026-11' }; return reservation",
    errors: [['TS2322', 'NanoUsd']],
  },
  {
    says: 'a funded attempt cannot be sent elsewhere than it was cleared for',
    body: "given.funded.provider = given.cloud; given.funded.model = 'gpt-4o'; given.funded.classification.restricted = false",
    errors: [
      ['TS2540', 'provider'],
      ['TS2540', 'model'],
      ['TS2540', 'restricted'],
    ],
  },
]

describe('the types carry the proof', () => {
  let compiled: Map<string, string[]>
  let elsewhere: string[]

  before(() => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-types-'))
    try {
      writeFileSync(join(folder, 'tsconfig.json'), tsconfig())
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
      writeFileSync(join(folder, 'given.ts'), GIVEN)
      for (const [index, { body }] of programs.entries()) writeFileSync(join(folder, fileOf(index)), programText(body))
      const tsc = join(root, 'node_modules', '.bin', 'tsc')
      const { stdout, stderr, error } = spawnSync(tsc, ['-p', folder, '--pretty', 'false'], {
        cwd: folder,
        encoding: 'utf8',
      })
      assert.ifError(error)
      assert.equal(stderr, '')
      compiled = new Map()
      elsewhere = []
      for (const line of stdout.split('\n')) {
        const [, file, error] = /(program-\d+\.ts)\(\d+,\d+\): error (TS\d+: .*)/.exec(line) ?? []
        if (file && error) compiled.set(file, [...(compiled.get(file) ?? []), error])
        else if (line.includes('error TS')) elsewhere.push(line)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('the programs are the only thing the compiler objects to', () => {
    assert.deepEqual(elsewhere, [])
  })

  for (const [index, { says, errors }] of programs.entries()) {
    test(says, () => {
      const reported = compiled.get(fileOf(index)) ?? []
      assert.equal(reported.length, errors.length, reported.join('\n'))
      for (const [place, [code, word]] of errors.entries()) {
        const error = reported[place] ?? ''
        assert.ok(error.startsWith(`${code}: `) && error.includes(word), error)
      }
    })
  }
})

function fileOf(index: number): string {
  return `program-${index}.ts`
}

function programText(body: string): string {
  return `
import { bound, clear, first, given } from './given.ts'
import type { ClearedAttempt, FundedAttempt, Reservation } from './given.ts'
export async function program() {
  ${body}
}
`
}

function tsconfig(): string {
  return JSON.stringify({
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      typeRoots: [join(root, 'node_modules', '@types')],
      noUnusedLocals: false,
      noImplicitReturns: false,
    },
    include: ['*.ts'],
    exclude: [],
  })
}
