// The question of `ask` and `explain`.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { httpQuestion, type PromptInput, readPrompt, taskOf } from './question.ts'

function input(text: string, isTTY = false): PromptInput {
  return Object.assign(Readable.from([Buffer.from(text)]), { isTTY })
}

test('words of the command line are the prompt, quoted or not', async () => {
  assert.equal(await readPrompt(['what', 'is', 'this?'], input('ignored')), 'what is this?')
  assert.equal(await readPrompt(['-'], input('from the pipe\r\n', true)), 'from the pipe')
  assert.equal(await readPrompt([], input('two\n\n')), 'two\n')
})

test('no prompt is wrong usage, and a terminal is not waited for', async () => {
  await assert.rejects(readPrompt([], input('never read', true)), { name: 'CommandError', exitCode: 2 })
  await assert.rejects(readPrompt([' '], input('')), { exitCode: 2 })
  await assert.rejects(readPrompt(['-'], input('')), { exitCode: 2 })
})

test('hints become headers, and only those that were given', () => {
  const task = taskOf('p', { classification: 'pii', quality: 'high', complexity: 'low', batchSize: 3, stream: true })
  assert.deepEqual(httpQuestion(task, true), {
    headers: {
      'x-aegis-data-classification': 'pii',
      'x-aegis-quality-requirement': 'high',
      'x-aegis-complexity': 'low',
      'x-aegis-batch-size': '3',
    },
    body: {
      model: 'auto',
      messages: [{ role: 'user', content: 'p' }],
      stream: true,
      stream_options: { include_usage: true },
    },
  })
  const bare = httpQuestion(taskOf('p', { model: 'openai/gpt-4o', maxTokens: 5, system: 's', stream: false }), false)
  assert.deepEqual(bare, {
    headers: {},
    body: {
      model: 'openai/gpt-4o',
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'p' },
      ],
      max_tokens: 5,
    },
  })
})
