// Proves that a server which speaks Anthropic's wire and is declared local gets restricted data at this machine only.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localProvider } from '../../../test/make/provider.ts'
import { startService } from '../../../test/make/service.ts'
import { classifiedAs } from '../../../test/make/task.ts'

const ref = localProvider({ name: 'local_claude', kind: 'anthropic', models: ['claude-haiku-4-5'] })
const classification = classifiedAs('pii')

test('a local server is asked for restricted data, whole and streamed', async () => {
  await using service = await startService('anthropic', { ref })
  service.upstream.always({ text: 'Here.' })
  const { body } = await service.ask({}, { classification })
  assert.equal(body.choices[0].message.content, 'Here.')
  assert.equal((await service.stream({}, { classification })).content, 'Here.')
  assert.deepEqual(service.violations, [])
})

for (const at of ['http://203.0.113.7', 'http://10.0.0.1:8000', 'http://[2001:db8::1]']) {
  test(`one at ${at} is not contacted`, async () => {
    await using service = await startService('anthropic', { ref, at })
    await assert.rejects(service.ask({}, { classification }), { kind: 'privacy_refused', dispatched: false })
    assert.deepEqual(service.violations, [{ provider: 'local_claude', cause: 'address_not_local' }])
  })
}
