// Proves the library's surface: the same decisions as the gateway, in process.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AegisError, AegisLLMProxy, ConfigError, type LLMTask } from '../../src/index.ts'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'

async function startLibrary() {
  const openai = await startOpenAIUpstream()
  const local = await startOllamaUpstream({ models: ['llama3.2:8b'] })
  const config = {
    providers: {
      local_ollama: { kind: 'ollama', location: 'local', base_url: local.url, models: ['llama3.2:8b'] },
      openai: {
        kind: 'openai',
        location: 'cloud',
        base_url: `${openai.url}/v1`,
        api_key: 'sk-test',
        models: ['gpt-4o'],
      },
    },
    ledger: 'memory:',
  }
  const aegis = await AegisLLMProxy.create(config, { env: {} })
  const close = async () => {
    await aegis.close()
    await Promise.all([openai.close(), local.close()])
  }
  return { aegis, openai, local, [Symbol.asyncDispose]: close }
}

describe('the library', () => {
  test('answers with who it was, why, what it used and what it cost', async () => {
    await using world = await startLibrary()
    world.openai.next({ text: 'Paris', usage: { prompt_tokens: 10, completion_tokens: 2 } })
    const answer = await world.aegis.generate({
      prompt: 'Capital?',
      qualityRequirement: 'critical',
      complexity: 'high',
    })
    assert.equal(answer.text, 'Paris')
    assert.deepEqual(
      [answer.provider, answer.model, answer.location, answer.reason],
      ['openai', 'gpt-4o', 'cloud', 'critical_quality'],
    )
    assert.deepEqual([answer.usage?.inputTokens, answer.costUsd], [10, 0.000045])
  })

  test('keeps restricted data at home whatever else the task says', async () => {
    await using world = await startLibrary()
    const answer = await world.aegis.generate({
      prompt: 'x',
      dataClassification: 'hipaa',
      qualityRequirement: 'critical',
      complexity: 'very_high',
      model: 'gpt-4o',
    })
    assert.equal(answer.provider, 'local_ollama')
    assert.equal(world.openai.journal.connections.length, 0)
  })

  test('streams text, then whole tool calls, then everything together', async () => {
    await using world = await startLibrary()
    const tools = [
      {
        type: 'function',
        function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
      },
    ]
    world.openai.next({ text: 'Hello there', toolCalls: [{ name: 'weather', arguments: { city: 'Paris' } }] })
    const kinds: string[] = []
    for await (const event of world.aegis.stream({ prompt: 'x', model: 'gpt-4o', tools })) {
      kinds.push(event.type)
      if (event.type === 'tool_call') assert.deepEqual(JSON.parse(event.toolCall.arguments), { city: 'Paris' })
      if (event.type === 'done') assert.equal(event.answer.toolCalls.length, 1)
    }
    assert.equal(kinds.at(-1), 'done')
    assert.ok(kinds.includes('tool_call'))
  })

  test('gives the upstream up when the reader leaves the loop', async () => {
    await using world = await startLibrary()
    world.openai.next({ chunks: ['one ', 'two ', 'three'], hang: 'mid_stream' })
    for await (const event of world.aegis.stream({ prompt: 'x', model: 'gpt-4o' })) if (event.type === 'text') break
    await world.openai.journal.waitFor(({ ended }) => ended === 'client_closed', 60_000)
  })

  test('ends a task whose signal is aborted', async () => {
    await using world = await startLibrary()
    world.local.next({ hang: 'before_headers' })
    const controller = new AbortController()
    const answer = world.aegis.generate({ prompt: 'x', signal: controller.signal })
    await world.local.journal.waitFor(({ path }) => path === '/api/chat', 60_000)
    controller.abort()
    await assert.rejects(answer, { code: 'client_closed' })
  })

  test('runs a batch of which one restricted item neither leaves nor keeps the others at home, and one failing item fails alone', async () => {
    await using world = await startLibrary()
    const tasks: LLMTask[] = Array.from({ length: 12 }, (_, index) => ({
      prompt: `task ${index}`,
      qualityRequirement: 'critical',
      complexity: 'high',
    }))
    tasks[3] = { prompt: 'secret', dataClassification: 'pii' }
    tasks[7] = { prompt: 'x', model: 'no-such-model' }
    const results = await world.aegis.generateBatch(tasks, { concurrency: 4 })
    assert.deepEqual(
      results.map((result) => (result.status === 'answered' ? result.answer.provider : result.error.code)),
      tasks.map((_, index) => (index === 3 ? 'local_ollama' : index === 7 ? 'unknown_model' : 'openai')),
    )
    assert.ok(!world.openai.journal.allBytes().includes('secret'))
  })

  test('explains without calling anybody', async () => {
    await using world = await startLibrary()
    const { candidates, excluded } = world.aegis.explain({ prompt: 'x', dataClassification: 'pii', model: 'gpt-4o' })
    assert.deepEqual(
      candidates.map(({ provider }) => provider),
      ['local_ollama'],
    )
    assert.deepEqual(
      excluded.map(({ cause }) => cause),
      ['restricted_data'],
    )
    assert.equal(world.local.journal.requests.length + world.openai.journal.requests.length, 0)
  })

  test('refuses a misspelt member instead of ignoring it, and a configuration with all its problems', async () => {
    await using world = await startLibrary()
    await assert.rejects(
      world.aegis.generate({ prompt: 'x', dataClasification: 'pii' } as LLMTask),
      (error) => error instanceof AegisError && error.param === 'dataClasification',
    )
    await assert.rejects(
      AegisLLMProxy.create({ providers: { a: { base_ur: 'x' } }, budget: {} }, { env: {} }),
      ConfigError,
    )
  })
})
