import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from './config-error.ts'
import { assertSafeToListen, withOverrides } from './listen-address.ts'
import { parseConfig } from './load-config.ts'

const text = 'providers: { x: { base_url: http://127.0.0.1:1, models: [m] } }'
const open = parseConfig(text, { source: 'aegis.yml', env: {} })
const guarded = parseConfig(text, { source: 'aegis.yml', env: { AEGIS_MASTER_KEY: 'a-master-key' } })

for (const host of ['127.0.0.1', 'localhost', '::1', '127.0.0.2']) {
  test(`${host} needs no master key`, () => {
    assert.doesNotThrow(() => assertSafeToListen(withOverrides(open, { host })))
  })
}

for (const host of ['0.0.0.0', '::', '10.0.0.1', 'gateway.internal']) {
  test(`${host} is refused without a master key and accepted with one`, () => {
    assert.throws(
      () => assertSafeToListen(withOverrides(open, { host })),
      (error) =>
        error instanceof ConfigError && /^aegis\.yml server\.host: .*export AEGIS_MASTER_KEY/.test(error.message),
    )
    assert.doesNotThrow(() => assertSafeToListen(withOverrides(guarded, { host })))
  })
}

test('overrides change what they name and leave the original alone', () => {
  const changed = withOverrides(open, { port: '9000' })
  assert.deepEqual([changed.server.host, changed.server.port], ['127.0.0.1', 9000])
  assert.equal(open.server.port, 8080)
  assert.ok(Object.isFrozen(changed) && Object.isFrozen(changed.server))
  assert.deepEqual(withOverrides(open, {}).server, open.server)
})

test('an override that is not valid is named by its option', () => {
  assert.throws(
    () => withOverrides(open, { port: 'many' }),
    /^ConfigError: --port: must be a whole number from 0 to 65535$/,
  )
  assert.throws(() => withOverrides(open, { port: 65_536 }), /--port/)
  assert.throws(() => withOverrides(open, { host: 'a b' }), /--host: must be an IP address or a host name/)
})
