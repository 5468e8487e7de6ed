// Proves that a request whose cost no count of tokens bounds is told apart from the others.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chatBody } from '../../test/make/chat-body.ts'
import { nativeBody } from '../../test/make/native-body.ts'
import { priced } from '../../test/make/price.ts'
import { fromUsd, ratePerMillion } from '../domain/money.ts'
import { unboundedBy } from './unbounded-cost.ts'

const price = priced(1, 10)
const because = (more: object, model = 'gpt-4o', at = price) => unboundedBy(chatBody(more), at, model)?.member

describe('the cost of a request', () => {
  test('is bounded for everything that costs tokens only', () => {
    const call = { type: 'function', function: { name: 'f', arguments: '{}' } }
    for (const more of [
      ...[{}, { service_tier: 'auto' }, { service_tier: 'default' }, { service_tier: 'flex' }, { service_tier: null }],
      ...[{ tools: [call] }, { tools: [{ type: 'custom', custom: {} }] }, { tools: [] }, { tools: null }],
      ...[
        { web_search_options: null },
        { plugins: [] },
        { enable_search: false },
        { models: [] },
        { speed: 'standard' },
      ],
      ...[{ modalities: ['text'] }, { logprobs: true, top_logprobs: 20 }, { reasoning_effort: 'high' }, { n: 5 }],
      { prediction: { type: 'content', content: 'x' } },
    ])
      assert.equal(because(more), undefined, JSON.stringify(more))
  })

  test('is not when the form that may be sent instead says so', () => {
    const inNative = (more: object) => unboundedBy(nativeBody(more), price, 'claude-haiku-4-5')?.member
    assert.equal(inNative({}), undefined)
    for (const tools of [[{ type: 'bash_20250124', name: 'bash' }], [{ name: 'f', input_schema: {} }]])
      assert.equal(inNative({ tools }), undefined)
    assert.equal(inNative({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }), 'tools')
    assert.equal(inNative({ mcp_servers: [{ type: 'url' }] }), 'mcp_servers')
    assert.equal(inNative({ container: 'c' }), 'container')
    assert.equal(inNative({ speed: 'fast' }), 'speed')
    assert.equal(inNative({ fallbacks: ['claude-opus-4-8'] }), 'fallbacks')
    const management = (type: string) => ({ context_management: { edits: [{ type }] } })
    assert.equal(inNative(management('clear_tool_uses_20250919')), undefined)
    assert.equal(inNative(management('compact_20260112')), 'context_management')
  })

  test('is not at a tier whose price is not known', () => {
    for (const service_tier of ['priority', 'scale', 'performance', 'of_tomorrow', 7])
      assert.equal(because({ service_tier }), 'service_tier')
    assert.equal(because({ speed: 'fast' }), 'speed')
    assert.equal(because({ inference_geo: 'us' }), 'inference_geo')
  })

  test('is not when the provider searches or runs tools of its own', () => {
    assert.equal(because({ web_search_options: {} }), 'web_search_options')
    assert.equal(because({ search_parameters: { mode: 'auto' } }), 'search_parameters')
    assert.equal(because({ enable_search: true }), 'enable_search')
    assert.equal(because({ plugins: [{ id: 'web' }] }), 'plugins')
    for (const type of ['web_search', 'code_interpreter', 'browser_search', 'web_search_20250305'])
      assert.equal(because({ tools: [{ type: 'function', function: { name: 'f' } }, { type }] }), 'tools')
    for (const model of ['gpt-4o-search-preview', 'gpt-5-search-api', 'openai/gpt-4o:online', 'o3-deep-research'])
      assert.equal(because({}, model), 'model', model)
  })

  test('is where a fee for each request pays for the search', () => {
    const withFee = { ...price, perRequest: fromUsd('0.012') }
    assert.equal(because({ web_search_options: { search_context_size: 'high' } }, 'sonar', withFee), undefined)
    assert.equal(because({ service_tier: 'priority' }, 'sonar', withFee), 'service_tier')
  })

  test('is not when another model could answer', () => {
    assert.equal(because({ models: ['openai/gpt-4o', 'openai/o1-pro'] }), 'models')
    assert.equal(because({ fallback_models: ['o1-pro'] }), 'fallback_models')
  })

  test('is not for sound whose price is not known', () => {
    const heard = { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: '' } }] }] }
    const earlier = { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] }
    const spoken = { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } }
    assert.equal(because(heard), 'messages')
    assert.equal(because(earlier), 'messages')
    assert.equal(because(spoken), 'modalities')
    const [tier] = price.tiers
    assert.ok(tier)
    const rates = { audioInput: ratePerMillion(32), audioOutput: ratePerMillion(64) }
    const known = { ...price, tiers: [{ ...tier, ...rates }] }
    for (const more of [heard, earlier, spoken]) assert.equal(because(more, 'gpt-audio', known), undefined)
  })
})
