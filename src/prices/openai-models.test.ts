// Proves which models count by documented rules, and that no other one does.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cloudProvider, openaiProvider } from '../../test/make/provider.ts'
import { documentedTokenRules, openAIOutputCap } from './openai-models.ts'

const rules = (model: string) => documentedTokenRules(openaiProvider(), model)

describe('the documented rules', () => {
  test('give a model its encoding, and a snapshot that of its model', () => {
    for (const model of [
      'gpt-4o',
      'gpt-4o-2024-08-06',
      'gpt-4o-mini',
      'gpt-4.1-nano',
      'gpt-5',
      'gpt-5-mini',
      'o1',
      'o3-mini',
    ])
      assert.equal(rules(model)?.encoding, 'o200k_base', model)
    for (const model of ['gpt-4', 'gpt-4-0613', 'gpt-4-turbo', 'gpt-3.5-turbo', 'gpt-3.5-turbo-0125'])
      assert.equal(rules(model)?.encoding, 'cl100k_base', model)
    for (const model of ['gpt-oss:120b', 'gpt-oss-20b', 'openai/gpt-oss-120b'])
      assert.equal(documentedTokenRules(cloudProvider(), model)?.encoding, 'o200k_harmony', model)
  })

  test('call the template documented only where the cookbook covers the model', () => {
    assert.deepEqual(
      ['gpt-4o', 'gpt-4', 'gpt-5', 'o3'].map((model) => rules(model)?.template),
      [...['documented', 'documented', 'similar', 'similar']],
    )
    assert.equal(documentedTokenRules(cloudProvider(), 'gpt-oss:120b')?.template, undefined)
  })

  test('know nothing of models that came later, of invented ones and of models elsewhere', () => {
    for (const model of ['gpt-5.4', 'gpt-5.6-sol', 'gpt-6-sol', 'gpt-4omega', 'o1x', 'mystery-1', '', '__proto__'])
      assert.equal(rules(model), undefined, model)
    const elsewhere = openaiProvider({ kind: 'openai_compatible' })
    for (const model of ['gpt-4o', 'openai/gpt-4o']) assert.equal(documentedTokenRules(elsewhere, model), undefined)
  })

  test('give the pictures of a small model the rule of the small one', () => {
    assert.deepEqual(rules('gpt-4o-mini')?.picture, { tiles: { base: 2833, tile: 5667 } })
    assert.deepEqual(rules('gpt-4o')?.picture, { tiles: { base: 85, tile: 170 } })
    assert.deepEqual(rules('gpt-5')?.picture, { tiles: { base: 70, tile: 140 } })
    assert.deepEqual(rules('gpt-5-nano')?.picture, { tokensPerPatch: 2.46 })
    assert.deepEqual(rules('gpt-4.1')?.picture, { tiles: { base: 85, tile: 170 }, tokensPerPatch: 1 })
    for (const model of ['o3-mini', 'gpt-5-codex', 'gpt-3.5-turbo', 'gpt-4'])
      assert.equal(rules(model)?.picture, undefined, model)
  })

  test('count seconds of sound for the models that hear', () => {
    assert.equal(rules('gpt-audio')?.audioTokensPerSecond, 20)
    assert.equal(rules('gpt-4o-mini-audio-preview')?.audioTokensPerSecond, 20)
    assert.equal(rules('gpt-4o')?.audioTokensPerSecond, undefined)
  })

  test('cap the longest answer, where it is known', () => {
    assert.equal(openAIOutputCap('gpt-5-pro'), 272_000)
    assert.equal(openAIOutputCap('gpt-5-mini'), 128_000)
    assert.equal(openAIOutputCap('gpt-6-sol'), undefined)
  })
})
