// Proves where a model counts as running: a local Ollama forwards models with certain names to the cloud.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cloudProvider, localProvider } from '../../test/make/provider.ts'
import { isCloudModelName, locationOf } from './model-location.ts'

const forwarded = [
  'gpt-oss:120b-cloud',
  'glm-4.6:cloud',
  'x:CLOUD',
  'x-Cloud',
  'x:cloud ',
  'x: cloud',
  'x:8b-cloud\t',
  'a/b:cloud',
]
const stays = ['llama3.2:8b', 'cloud', 'cloudy:8b', 'x:cloud-8b', 'soundcloud', 'x:cloudy', 'cloud:8b', 'x-cloud:local']

test('names that Ollama forwards are cloud models, in any case and with spaces', () => {
  for (const model of forwarded) assert.ok(isCloudModelName(model), model)
  for (const model of stays) assert.ok(!isCloudModelName(model), model)
})

test('a cloud model at a local provider is in the cloud', () => {
  for (const model of forwarded) assert.equal(locationOf(localProvider(), model), 'cloud', model)
  for (const model of stays) assert.equal(locationOf(localProvider(), model), 'local', model)
})

test('no model of a cloud provider is local', () => {
  for (const model of [...forwarded, ...stays]) assert.equal(locationOf(cloudProvider(), model), 'cloud', model)
})
