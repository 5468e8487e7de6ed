// Restricted tasks in a process whose environment names proxies: none is asked, and nothing but loopback is tried.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cloudAddresses, startWalled } from './walled.ts'

const proxy = 'http://203.0.113.9:3128'
const spellings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'HTTP_PROXY, HTTPS_PROXY and ALL_PROXY': { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy },
  'the same in lower case': { http_proxy: proxy, https_proxy: proxy, all_proxy: proxy },
  "Node's own switch for them": { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: '' },
}

describe('a restricted task', { concurrency: 2 }, () => {
  for (const [name, env] of Object.entries(spellings)) {
    test(`goes straight to the local provider with ${name} set`, async () => {
      await using walled = await startWalled({ env })
      for (const level of ['confidential', 'pii', 'hipaa']) {
        for (const stream of [false, true]) {
          const reply = await walled.chat({ stream, model: 'openai/gpt-4o', aegis: { data_classification: level } })
          assert.equal(reply.status, 200, reply.text)
          assert.equal(reply.headers['x-aegis-location'], 'local')
        }
      }
      assert.deepEqual(walled.tried(), [])
      await walled.chat({ model: 'openai/gpt-4o' })
      assert.equal(walled.tried()[0], cloudAddresses.openai, 'public data goes to the provider, by no proxy either')
      assert.ok(walled.tried().every((one) => !one.startsWith('203.0.113.9:')))
    })
  }
})
