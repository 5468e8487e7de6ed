// Proves that a master key is changed without a moment at which nobody is let in, or who has neither key is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startOpenAIUpstream } from '../../src/testing/index.ts'
import { openAIProvider, startGateway } from '../make/gateway.ts'
import { send } from './http-client.ts'

test('while keys are changed both open everything, and afterwards only the new one', async () => {
  await using openai = await startOpenAIUpstream()
  const providers = { openai: openAIProvider(openai) }
  const statusOf = async (url: string, key: string, path = '/admin/budgets') =>
    (await send(url + path, { headers: { authorization: `Bearer ${key}` } })).status
  {
    const auth = { master_key: 'the-new-master-key', previous_master_key: 'the-old-master-key' }
    await using gateway = await startGateway({ providers, auth })
    for (const key of ['the-new-master-key', 'the-old-master-key']) {
      assert.equal(await statusOf(gateway.url, key), 200)
      assert.equal(await statusOf(gateway.url, key, '/v1/models'), 200)
    }
    for (const key of ['the-old-master-keys', 'the-new-master-ke', '', 'the-new-master-key,the-old-master-key']) {
      assert.equal(await statusOf(gateway.url, key), 401, key)
    }
    assert.doesNotMatch(JSON.stringify([gateway.log, gateway.aegis.config]), /the-old|the-new/)
  }
  await using gateway = await startGateway({ providers, auth: { master_key: 'the-new-master-key' } })
  assert.equal(await statusOf(gateway.url, 'the-old-master-key'), 401)
})

test('a previous key alone opens nothing: without a master key only this machine may ask', async () => {
  await using openai = await startOpenAIUpstream()
  const auth = { previous_master_key: 'the-old-master-key' }
  await using gateway = await startGateway({ providers: { openai: openAIProvider(openai) }, auth })
  const headers = { host: 'gateway.example', authorization: 'Bearer the-old-master-key' }
  assert.equal((await send(`${gateway.url}/admin/budgets`, { headers })).status, 403)
})
