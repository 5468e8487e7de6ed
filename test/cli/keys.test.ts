// `aegis keys`: in the ledger and at a gateway, while that gateway runs.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { KeyView } from '../../src/access/key-entry.ts'
import { askAs, masterKey } from '../e2e/access.ts'
import { assertClean, jsonOf, type RunningGateway, Workplace } from './aegis-process.ts'
import { startThreeProviders, type ThreeProviders } from './three-providers.ts'

type Made = KeyView & { readonly key: string }

describe('aegis keys', () => {
  let upstreams: ThreeProviders
  let place: Workplace
  let gateway: RunningGateway
  before(async () => {
    upstreams = await startThreeProviders()
    place = new Workplace()
    place.write('aegis.yml', { ...upstreams.config, auth: { master_key: masterKey } })
    gateway = await place.serve([])
  })
  after(async () => {
    await place[Symbol.asyncDispose]()
    await upstreams[Symbol.asyncDispose]()
  })

  const statusOf = async (key: string) => (await askAs(`${gateway.url}/v1/models`, 'GET', undefined, key)).status
  const atGateway = () => ['--url', gateway.url]
  const env = { AEGIS_MASTER_KEY: masterKey }

  test('create shows the key alone on its line, once, and a running gateway takes it at once', async () => {
    const made = await place.run(['keys', 'create', '--name', 'web'])
    assert.equal(made.code, 0, made.stderr)
    const [key = '', sentence] = made.stdout.split('\n')
    assert.match(key, /^sk-aegis-[0-9a-f]{12}-[0-9a-f]{64}$/)
    assert.match(sentence ?? '', /^It is key [0-9a-f]{12} of user apikey-[0-9a-f]{12}\.$/)
    assert.match(made.stderr, /not shown again/)
    assert.equal(await statusOf(key), 200)
    const listed = await place.run(['keys', 'list'])
    assert.match(listed.stdout, /^key\tname\tstate\tuser\tscopes\tmodels\tproviders\tdata\tlimits\texpires$/m)
    assert.match(listed.stdout, /\tweb\tactive\t/)
    assert.ok(!listed.stdout.includes(key.slice(-64)))
  })

  test('create, rotate and revoke say the same in the ledger and at the gateway', async () => {
    for (const where of [[], atGateway()]) {
      const flags = ['--scope', 'inference', 'read', '--model', 'gpt-4o', '--max-classification', 'internal']
      const created = await place.run(
        ['keys', 'create', '--name', 'x', '--any-user', ...flags, '--requests-per-minute', '9', '--json', ...where],
        { env },
      )
      assertClean(created)
      const made = jsonOf<Made>(created)
      assert.deepEqual(
        [made.user_id, made.scopes, made.models, made.max_data_classification, made.requests_per_minute],
        [null, ['inference', 'read'], ['gpt-4o'], 'internal', 9],
      )
      const rotated = jsonOf<Made>(await place.run(['keys', 'rotate', made.id, '--json', ...where], { env }))
      assert.equal(rotated.id, made.id)
      assert.ok(Date.parse(rotated.old_secret_until ?? '') > Date.now())
      assert.deepEqual([await statusOf(made.key), await statusOf(rotated.key)], [200, 200])
      const words = ['keys', 'rotate', made.id, '--overlap', '0s', '--json', ...where]
      const again = jsonOf<Made>(await place.run(words, { env }))
      assert.deepEqual([await statusOf(rotated.key), await statusOf(again.key)], [401, 200])
      const revoked = jsonOf<KeyView>(await place.run(['keys', 'revoke', made.id, '--json', ...where], { env }))
      assert.notEqual(revoked.revoked_at, null)
      assert.equal(await statusOf(again.key), 401)
      const keys = jsonOf<readonly KeyView[]>(await place.run(['keys', 'list', '--json', ...where], { env }))
      assert.equal(keys.find(({ id }) => id === made.id)?.is_active, false)
    }
  })

  test('what is wrong is said of the flag, or of the key', async () => {
    for (const [words, message, code] of [
      [['create', '--expires', 'soon'], /--expires: It must be a time/, 2],
      [['create', '--scope', 'everything'], /Allowed choices are inference, read, admin/, 2],
      [['create', '--user', 'ada', '--any-user'], /--any-user: A key of one user has no other/, 2],
      [['rotate', '000000000000', '--overlap', '31d'], /--overlap: It must be a time/, 2],
      [['revoke', '000000000000'], /There is no key of this id/, 1],
    ] as const) {
      const ended = await place.run(['keys', ...words])
      assert.equal(ended.code, code, ended.stderr)
      assert.match(ended.stderr, message)
    }
  })
})
