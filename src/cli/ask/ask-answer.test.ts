// The line under an answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nanoUsd } from '../../domain/money.ts'
import { type AskAnswer, answerJson, factsLine } from './ask-answer.ts'

const answer: AskAnswer = {
  text: 'Hi',
  requestId: 'req_1',
  provider: 'ollama_cloud',
  model: 'gpt-oss:120b',
  location: 'cloud',
  reason: 'fallback',
  classification: 'internal',
  simulated: false,
  usage: { inputTokens: 12, outputTokens: 40, cachedInputTokens: 2, reasoningTokens: 0 },
  cost: nanoUsd(250),
  attempts: [
    { provider: 'openai', model: 'gpt-4o', result: 'budget_exceeded' },
    { provider: 'ollama_cloud', model: 'gpt-oss:120b', result: 'answered' },
  ],
  attemptCount: 2,
  via: 'http://127.0.0.1:8080',
}

test('amounts are exact, and failed attempts are named', () => {
  assert.equal(
    factsLine(answer, 1234.5),
    'ollama_cloud/gpt-oss:120b · cloud · fallback · $0.00000025 · 12 in, 40 out · after openai/gpt-4o budget exceeded · 1235 ms · via http://127.0.0.1:8080',
  )
})

test('what is not known is not made up', () => {
  const unknown = { ...answer, usage: undefined, cost: undefined, attempts: [], via: 'in process' }
  assert.equal(
    factsLine(unknown, 61_000),
    'ollama_cloud/gpt-oss:120b · cloud · fallback · cost not reported · 2 attempts · 61.0 s · in process',
  )
  const json = answerJson(unknown)
  assert.ok('usage' in json && json.usage === null && 'cost_usd' in json && json.cost_usd === null)
})
