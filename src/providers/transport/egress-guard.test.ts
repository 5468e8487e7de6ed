// Proves the second lock: what counts as this machine, and that restricted data is sent nowhere else.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { forgedAttempt, fundedAttempt } from '../../../test/make/attempt.ts'
import { startServer } from '../../../test/make/http-server.ts'
import { lookUpBy } from '../../../test/make/name-lookup.ts'
import fc from '../../../test/make/property.ts'
import { cloudProvider, localProvider, openaiProvider } from '../../../test/make/provider.ts'
import { classifiedAs, undecidable } from '../../../test/make/task.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import { Cancellation } from '../../domain/cancellation.ts'
import { dataClassifications, isRestricted } from '../../domain/data-classification.ts'
import type { PrivacyViolation } from '../../domain/privacy-violation.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import { assertMaySend, LocalAddresses, localOnlyLookup } from './egress-guard.ts'

describe('the addresses that count as this machine', () => {
  const loopback = [
    '127.0.0.1',
    '127.255.255.254',
    '127.0.0.53',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    '::FFFF:127.0.0.1',
    '::ffff:7f00:1',
  ]
  const elsewhere = [
    '128.0.0.1',
    '126.255.255.255',
    '0.0.0.0',
    '10.0.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '8.8.8.8',
    '::',
    '::2',
    'fe80::1',
    'fd00::1',
    '::ffff:8.8.8.8',
    '::ffff:808:808',
    '2001:db8::1',
  ]
  const notAddresses = [
    '',
    'localhost',
    '127.0.0.1.evil.example',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '::ffff:127.0.0.256',
    '127.0.0.1:80',
    '[::1]',
    ' 127.0.0.1',
  ]

  test('are loopback, also as IPv4 mapped into IPv6', () => {
    const local = new LocalAddresses([])
    for (const address of loopback) assert.equal(local.includes(address), true, address)
  })

  test('are no other addresses and no names', () => {
    const local = new LocalAddresses([])
    for (const address of [...elsewhere, ...notAddresses]) assert.equal(local.includes(address), false, address)
  })

  test("are the operator's networks too, and just these", () => {
    const local = new LocalAddresses(['10.1.0.0/16', 'fd00::/8', '192.168.7.9', '2001:db8::5'])
    for (const address of [
      '10.1.0.0',
      '10.1.255.255',
      '::ffff:10.1.2.3',
      'fd12::9',
      '192.168.7.9',
      '2001:db8::5',
      '127.0.0.1',
    ]) {
      assert.equal(local.includes(address), true, address)
    }
    for (const address of [
      '10.2.0.0',
      '10.0.255.255',
      '::ffff:10.2.0.0',
      'fe00::1',
      '192.168.7.8',
      '192.168.7.10',
      '2001:db8::6',
    ]) {
      assert.equal(local.includes(address), false, address)
    }
  })

  test('of a network are those whose leading bits are its own', () => {
    const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
    const numberOf = (parts: readonly number[]) => parts.reduce((sum, part) => sum * 256 + part, 0)
    fc.assert(
      fc.property(octets, octets, fc.integer({ min: 1, max: 32 }), (network, address, bits) => {
        const size = 2 ** (32 - bits)
        const same = Math.floor(numberOf(network) / size) === Math.floor(numberOf(address) / size)
        const local = new LocalAddresses([`${network.join('.')}/${bits}`])
        const expected = same || address[0] === 127
        assert.equal(local.includes(address.join('.')), expected)
        assert.equal(local.includes(`::ffff:${address.join('.')}`), expected)
      }),
    )
  })
})

describe('a name that must be local', () => {
  const local = new LocalAddresses([])
  const resolveTo = (options: { all: boolean }, name = 'ollama.test') => {
    let refusals = 0
    const lookup = localOnlyLookup(local, () => {
      refusals += 1
    })
    return new Promise<{ code?: string | undefined; answer: unknown[]; refusals: number }>((resolve) => {
      lookup(name, options, (error, ...answer) => resolve({ code: error?.code, answer, refusals }))
    })
  }

  test('is connected to when it resolves to this machine', async (t) => {
    lookUpBy(t, { 'ollama.test': ['127.0.0.1', '::1'] })
    const all = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]
    assert.deepEqual(await resolveTo({ all: true }), { code: undefined, answer: [all], refusals: 0 })
    assert.deepEqual(await resolveTo({ all: false }), { code: undefined, answer: ['127.0.0.1', 4], refusals: 0 })
  })

  for (const addresses of [
    ['203.0.113.7'],
    ['127.0.0.1', '203.0.113.7'],
    ['203.0.113.7', '::1'],
    ['::ffff:203.0.113.7'],
    ['10.0.0.1'],
  ]) {
    test(`is refused when it resolves to ${addresses.join(' and ')}`, async (t) => {
      lookUpBy(t, { 'ollama.test': addresses })
      for (const all of [true, false]) {
        assert.deepEqual(await resolveTo({ all }), { code: 'AEGIS_NOT_LOCAL', answer: [[]], refusals: 1 })
      }
    })
  }

  test('that does not exist is no violation', async (t) => {
    lookUpBy(t, {})
    assert.deepEqual(await resolveTo({ all: true }), { code: 'ENOTFOUND', answer: [[]], refusals: 0 })
  })

  test('and moves away later is refused then', async (t) => {
    await using server = await startServer((_, response) => response.setHeader('connection', 'close').end('{}'))
    const names = lookUpBy(t, { 'ollama.test': ['127.0.0.1'] })
    await using connection = connectTo(`http://ollama.test:${server.port}`, { ref: localProvider() })
    const ask = () => connection.upstream.ask('GET', '/', undefined, new Cancellation())
    const reply = await ask()
    assert.equal(reply.status, 200)
    await reply.collect(100)
    await server.allClosed()

    names['ollama.test'] = ['203.0.113.7']
    await assert.rejects(ask(), { kind: 'privacy_refused', dispatched: false })
    assert.deepEqual(connection.violations, [{ provider: 'local_ollama', cause: 'address_not_local' }])
    assert.equal(server.accepted, 1)
  })

  test('may resolve to anything when its provider is in the cloud', async (t) => {
    await using server = await startServer((_, response) => response.end('{}'))
    // This machine by a name for it that is not loopback.
    lookUpBy(t, { 'cloud.test': ['0.0.0.0'] })
    const ask = async (ref: ProviderRef) => {
      await using connection = connectTo(`http://cloud.test:${server.port}`, { ref })
      return (await connection.upstream.ask('GET', '/', undefined, new Cancellation())).status
    }
    assert.equal(await ask(cloudProvider()), 200)
    await assert.rejects(ask(localProvider()), { kind: 'privacy_refused' })
  })
})

describe('a local provider at an address', () => {
  for (const url of [
    'http://203.0.113.7',
    'http://[2001:db8::1]:11434',
    'http://[::ffff:203.0.113.7]',
    'http://0.0.0.0',
    'http://10.0.0.1',
  ]) {
    test(`${url} is never contacted`, async () => {
      await using connection = connectTo(url, { ref: localProvider() })
      const { upstream, violations } = connection
      const refused = { kind: 'privacy_refused', dispatched: false }
      await assert.rejects(upstream.ask('GET', '/', undefined, new Cancellation()), refused)
      const attempt = fundedAttempt({ provider: localProvider() })
      await assert.rejects(upstream.post(attempt, '/', Buffer.from('{}'), new Cancellation()), refused)
      assert.deepEqual(
        violations.map(({ cause }) => cause),
        ['address_not_local', 'address_not_local'],
      )
    })
  }

  test('in a network of the operator is contacted', async () => {
    await using server = await startServer((_, response) => response.end('{}'))
    const localAddresses = new LocalAddresses(['203.0.113.0/24'])
    await using connection = connectTo(server.url, { ref: localProvider(), localAddresses })
    assert.equal((await connection.upstream.ask('GET', '/', undefined, new Cancellation())).status, 200)
  })
})

describe('every send is checked again', () => {
  const check = (attempt: Parameters<typeof assertMaySend>[0]) => {
    const violations: PrivacyViolation[] = []
    try {
      assertMaySend(attempt, (violation) => violations.push(violation))
      return { refused: false, violations }
    } catch (error) {
      assert.ok(error instanceof ProviderFailure)
      assert.deepEqual([error.kind, error.dispatched], ['privacy_refused', false])
      return { refused: true, violations }
    }
  }

  for (const level of dataClassifications) {
    test(`${level} data ${isRestricted(level) ? 'stays here' : 'may leave'}, whatever was decided before`, () => {
      const classification = classifiedAs(level)
      const away = [
        forgedAttempt({ provider: openaiProvider(), classification }),
        forgedAttempt({ provider: cloudProvider(), classification }),
        forgedAttempt({ provider: localProvider(), model: 'gpt-oss:120b-cloud', classification }),
        forgedAttempt({ provider: localProvider(), model: 'x:CLOUD ', classification }),
      ]
      for (const attempt of away) {
        const { refused, violations } = check(attempt)
        assert.equal(refused, isRestricted(level))
        const seen = {
          provider: attempt.provider.name,
          cause: 'restricted_attempt_to_cloud',
          requestId: attempt.task.id,
        }
        assert.deepEqual(violations, refused ? [seen] : [])
      }
      assert.deepEqual(check(fundedAttempt({ provider: localProvider(), classification })), {
        refused: false,
        violations: [],
      })
    })
  }

  test('undecidable data stays here, also where nobody called it restricted', () => {
    const provider = openaiProvider()
    assert.equal(check(forgedAttempt({ provider, classification: undecidable })).refused, true)
    assert.equal(
      check(forgedAttempt({ provider, classification: { ...undecidable, restricted: false } })).refused,
      true,
    )
  })

  test('a refused attempt opens no connection', async () => {
    await using server = await startServer((_, response) => response.end('{}'))
    await using connection = connectTo(server.url, { ref: openaiProvider() })
    const attempt = forgedAttempt({ provider: openaiProvider(), classification: classifiedAs('pii') })
    assert.throws(() => connection.upstream.post(attempt, '/', Buffer.from('{}'), new Cancellation()), {
      kind: 'privacy_refused',
    })
    assert.equal(server.accepted, 0)
    assert.equal(connection.violations.length, 1)
  })
})
