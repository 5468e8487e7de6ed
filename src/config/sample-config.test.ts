import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from './load-config.ts'
import { sampleConfig } from './sample-config.ts'

const env = { AEGIS_MASTER_KEY: 'a-master-key' }

test('the sample loads with no variable but the master key', () => {
  const config = parseConfig(sampleConfig(), { source: 'aegis.yml', env })
  assert.deepEqual(
    config.providers.map(({ name, location, closedBecause }) => [name, location, closedBecause === undefined]),
    [
      ['local_ollama', 'local', true],
      ['ollama_cloud', 'cloud', false],
      ['openai', 'cloud', false],
    ],
  )
  assert.equal(config.auth.masterKey?.reveal(), 'a-master-key')
})

test('without the master key the sample has one problem, which names the variable', () => {
  const load = () => parseConfig(sampleConfig(), { source: 'aegis.yml', env: {} })
  assert.throws(
    load,
    /^ConfigError: aegis\.yml:\d+:\d+ auth\.master_key: AEGIS_MASTER_KEY is not set: export AEGIS_MASTER_KEY=[^\n]*$/,
  )
})

test('what the sample has commented out loads as well', () => {
  const text = sampleConfig().replaceAll(
    /^( *)# (pricing:| +ollama_cloud:| +openai:|rules:| +- |local_networks:)/gm,
    '$1$2',
  )
  const config = parseConfig(text, { source: 'aegis.yml', env })
  assert.equal(config.routing.rules.length, 5)
  assert.deepEqual(config.privacy.localNetworks, ['10.1.0.0/16'])
  assert.equal(config.pricing.ollama_cloud?.['*']?.free, true)
})

test("the sample takes this machine's models, whatever they are called", () => {
  const localModels = ['hf.co/some/model:Q4_K_M', 'a "b", c']
  const config = parseConfig(sampleConfig({ localModels }), { source: 'aegis.yml', env })
  assert.deepEqual(config.providers[0]?.models, localModels)
})
