// Proves that the audit record shows any change, that deaths lose little and break nothing, and that it is safe to share.
import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import type { Logger } from '../domain/logger.ts'
import type { PrivacyDecision } from '../domain/privacy-decision.ts'
import { headText, readHeadText } from './audit-files.ts'
import { AuditLog, type AuditLogOptions } from './audit-log.ts'
import { verifyAudit } from './verify-audit.ts'

const silent: Logger = { info() {}, warn() {}, error() {} }
const clock = { wallMs: () => Date.parse('2026-11-23T12:00:00Z'), monotonicMs: () => 0 }

function decision(requestId: string, more: Partial<PrivacyDecision> = {}): PrivacyDecision {
  return {
    requestId,
    atMs: clock.wallMs(),
    keyId: 'master',
    classification: { level: 'pii', undecidable: false, restricted: true, source: 'detected' },
    rule: 'restricted data stays local',
    reason: 'sensitive_data_local_only',
    searched: true,
    detected: [
      {
        rule: 'credit_card',
        type: 'credit_card',
        category: 'pii',
        level: 'pii',
        count: 2,
        path: 'messages[0].content',
      },
    ],
    undecidableCauses: [],
    exceptions: [],
    excluded: [{ provider: 'openai', cause: 'restricted_data' }],
    asked: [{ provider: 'local_ollama', location: 'local', result: 'answered' }],
    ...more,
  }
}

class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'aegis-audit-'))
  open(more: Partial<AuditLogOptions> = {}): AuditLog {
    return AuditLog.open({ folder: this.folder, clock, logger: silent, about: { version: '1' }, ...more })
  }
  files(): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted()
  }
  lines(file = 'chain-1.000001.jsonl'): string[] {
    return readFileSync(join(this.folder, file), 'utf8').split('\n').slice(0, -1)
  }
  write(lines: readonly string[], file = 'chain-1.000001.jsonl'): void {
    writeFileSync(join(this.folder, file), lines.map((line) => `${line}\n`).join(''))
  }
  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

async function written(place: Place, count: number): Promise<string> {
  const log = place.open()
  for (let index = 0; index < count; index += 1) log.decided(decision(`req_${index}`))
  await log.flush()
  const head = headText(log.heads())
  await log.close()
  return head
}

describe('the audit record', () => {
  test('has a line for each decision, with rules and places and no content, and is whole', async () => {
    using place = new Place()
    await written(place, 3)
    const [opened, first] = place.lines().map((line) => JSON.parse(line))
    assert.equal(opened.type, 'opened')
    assert.deepEqual(
      { request: first.request_id, at: first.at, level: first.classification, source: first.source, key: first.key_id },
      { request: 'req_0', at: '2026-11-23T12:00:00.000Z', level: 'pii', source: 'detected', key: 'master' },
    )
    assert.deepEqual(first.detected, decision('').detected)
    assert.deepEqual(first.excluded, ['openai:restricted_data'])
    assert.deepEqual([first.provider, first.location], ['local_ollama', 'local'])
    const verdict = await verifyAudit(place.folder)
    assert.deepEqual([verdict.records, verdict.chains, verdict.broken, verdict.notes], [4, 1, [], []])
  })

  test('goes on where the process before has ended, in one chain', async () => {
    using place = new Place()
    await written(place, 2)
    await written(place, 2)
    assert.deepEqual(place.files(), ['chain-1.000001.jsonl'])
    const verdict = await verifyAudit(place.folder)
    assert.deepEqual([verdict.records, verdict.broken], [6, []])
  })

  test('has a chain for each process that writes at the same time, and each tells of the others', async () => {
    using place = new Place()
    const logs = [place.open(), place.open(), place.open()]
    for (const [index, log] of logs.entries()) log.decided(decision(`req_${index}`))
    for (const log of logs) await log.close()
    assert.equal(place.files().length, 3)
    const verdict = await verifyAudit(place.folder)
    assert.deepEqual([verdict.records, verdict.chains, verdict.broken], [6, 3, []])
    rmSync(join(place.folder, 'chain-1.000001.jsonl'))
    const [broken] = (await verifyAudit(place.folder)).broken
    assert.match(String(broken?.problem), /record 1 of chain 1, which was seen before, is not there/)
  })

  test('shows where it was changed, shortened at the front, reordered or added to', async () => {
    using place = new Place()
    await written(place, 6)
    const lines = place.lines()
    const forged = (lines[3] as string).replace('"pii"', '"public"')
    const cases: readonly (readonly [string, readonly string[], number])[] = [
      ['a changed byte', lines.with(3, forged), 4],
      ['a line less', lines.toSpliced(3, 1), 4],
      ['the first line gone', lines.slice(1), 1],
      ['two lines the other way round', lines.with(3, lines[4] as string).with(4, lines[3] as string), 4],
      ['a line twice', lines.toSpliced(3, 0, lines[3] as string), 5],
      ['a line of somebody else', lines.toSpliced(3, 0, '{"seq":4}'), 4],
      ['a carriage return', lines.with(3, `${lines[3]}\r`), 4],
    ]
    for (const [what, changed, line] of cases) {
      place.write(changed)
      const { broken } = await verifyAudit(place.folder)
      assert.equal(broken[0]?.line, line, what)
      assert.equal(broken[0]?.file, 'chain-1.000001.jsonl', what)
    }
    place.write(lines)
    assert.deepEqual((await verifyAudit(place.folder)).broken, [])
  })

  test('shows any single changed byte', async () => {
    using place = new Place()
    await written(place, 3)
    const path = join(place.folder, 'chain-1.000001.jsonl')
    const whole = readFileSync(path)
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 2), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(whole)
        changed[at] = (changed[at] as number) ^ flip
        writeFileSync(path, changed)
        const { broken, records } = await verifyAudit(place.folder)
        assert.ok(broken.length > 0 || records < 4, `byte ${at}`)
        assert.ok(broken.length > 0, `byte ${at} was not noticed`)
      }),
      { numRuns: 200 },
    )
  })

  test('that lost its newest lines is noticed by a head that was kept, and by no other means', async () => {
    using place = new Place()
    const head = await written(place, 5)
    const kept = readHeadText(head)
    assert.ok(kept)
    assert.deepEqual((await verifyAudit(place.folder, kept)).broken, [])
    await written(place, 2)
    assert.deepEqual((await verifyAudit(place.folder, kept)).broken, [], 'it has grown since')
    place.write(place.lines().slice(0, 4))
    assert.deepEqual((await verifyAudit(place.folder)).broken, [])
    const [broken] = (await verifyAudit(place.folder, kept)).broken
    assert.match(String(broken?.problem), /record 6 of chain 1, which was seen before, is not there/)
  })

  test('with a last line that a death cut off is whole, and goes on with a word about it', async () => {
    using place = new Place()
    await written(place, 2)
    const path = join(place.folder, 'chain-1.000001.jsonl')
    appendFileSync(path, (place.lines()[2] as string).slice(0, 77))
    const torn = await verifyAudit(place.folder)
    assert.deepEqual(torn.broken, [])
    assert.match(String(torn.notes[0]), /cut off/)
    await written(place, 1)
    const mended = await verifyAudit(place.folder)
    assert.deepEqual(mended.broken, [])
    assert.match(String(mended.notes[0]), /chain-1.000001.jsonl:4 was cut off/)
    assert.equal(JSON.parse(place.lines()[4] as string).type, 'torn')
    place.write(place.lines().with(3, 'something else'))
    assert.equal((await verifyAudit(place.folder)).broken[0]?.line, 4)
  })

  test('is cut into segments that follow each other, and a missing one is noticed', async () => {
    using place = new Place()
    const log = place.open({ segmentBytes: 1500 })
    for (let index = 0; index < 30; index += 1) {
      log.decided(decision(`req_${index}`))
      await log.flush()
    }
    await log.close()
    const again = place.open({ segmentBytes: 1500 })
    again.decided(decision('req_last'))
    await again.close()
    assert.ok(place.files().length > 4)
    assert.deepEqual((await verifyAudit(place.folder)).broken, [])
    rmSync(join(place.folder, 'chain-1.000003.jsonl'))
    const [broken] = (await verifyAudit(place.folder)).broken
    assert.deepEqual([broken?.file, broken?.line], ['chain-1.000004.jsonl', 1])
  })

  test('takes decisions on restricted data only where that is wanted', async () => {
    using place = new Place()
    const log = place.open({ restrictedOnly: true })
    const open = { level: 'public', undecidable: false, restricted: false, source: 'declared' } as const
    log.decided(decision('req_1', { classification: open }))
    log.decided(decision('req_2'))
    await log.close()
    assert.deepEqual(
      place.lines().map((line) => JSON.parse(line).request_id),
      [undefined, 'req_2'],
    )
  })

  test('of a folder that does not exist is empty, and a head of it is missing', async () => {
    using place = new Place()
    const nowhere = join(place.folder, 'none')
    assert.equal((await verifyAudit(nowhere)).records, 0)
    const head = [{ chain: 1, seq: 1, hash: '0'.repeat(64) }]
    assert.equal((await verifyAudit(nowhere, head)).broken.length, 1)
  })

  test('that cannot be written stops the start, with the way out', () => {
    using place = new Place()
    const file = join(place.folder, 'file')
    writeFileSync(file, '')
    assert.throws(() => place.open({ folder: file }), /privacy\.audit\.path/)
  })
})

test('a head that is none is not read as one', () => {
  const good = `1:2:${'a'.repeat(64)}`
  assert.deepEqual(readHeadText(good), [{ chain: 1, seq: 2, hash: 'a'.repeat(64) }])
  for (const bad of ['', 'x', `${good},`, `${good},x`, good.slice(0, -1)]) assert.equal(readHeadText(bad), undefined)
})
