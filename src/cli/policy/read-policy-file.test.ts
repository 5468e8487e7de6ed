// Policy files: which mistakes are told, and where.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../../config/config-error.ts'
import { readPolicyFile } from './read-policy-file.ts'

async function problemsIn(text: string): Promise<string[]> {
  return readPolicyFile('cases.yml', undefined, async () => text).then(
    () => [],
    (error: unknown) => {
      if (error instanceof ConfigError) return error.message.split('\n')
      throw error
    },
  )
}

const block = `# A comment before it.
config:
  providers:
    local_ollama: { base_url: "http://localhost:11434", models: [a] }
    openai:
      api_key: \${NOT_SET_HERE}
      modelz: [gpt-4o]
cases: []
`

test('a mistake in an inline configuration is told at its own line and column', async () => {
  assert.match((await problemsIn(block)).join('\n'), /^cases\.yml:7:7 providers\.openai\.modelz: unknown key/)
  const flow =
    'cases: []\nconfig: { providers: { local_ollama: { base_url: "http://localhost:11434", model: [a] } } }\n'
  assert.match((await problemsIn(flow)).join('\n'), /^cases\.yml:2:76 providers\.local_ollama\.model: unknown key/)
})

const wrong: readonly (readonly [cases: string, problem: RegExp])[] = [
  ['', /^cases\.yml:1:8 cases: must be a list with at least one case/],
  ['[]', /must be a list with at least one case/],
  ['[one]', /case number 1: must be a mapping with name, task and expect/],
  ['[{ expect: { error: unknown_model } }]', /cases\[0\]\.name: case number 1: is missing/],
  ['[{ name: n }]', /cases\[0\]\.expect: case "n": expects nothing/],
  ['[{ name: n, expect: {} }]', /case "n": expects nothing/],
  ['[{ name: n, task: { batch_size: 0 }, expect: { provider: openai } }]', /batch_size: case "n": must be a whole/],
  ['[{ name: n, task: { data_classification: pi }, expect: { provider: openai } }]', /did you mean pii\?/],
  ['[{ name: n, task: { tags: night }, expect: { provider: openai } }]', /tags: case "n": must be a list of texts/],
  ['[{ name: n, task: { model: }, expect: { provider: openai } }]', /model: case "n": has no value/],
  ['[{ name: n, expect: { reason: default } }]', /reason: case "n": must be one of/],
  ['[{ name: n, expect: { excluded: { openai: because } } }]', /excluded: case "n": must be a mapping of providers/],
  ['[{ name: n, expect: { excluded: { opnai: restricted_data } } }]', /no provider has this name, did you mean openai/],
  ['[{ name: n, expect: { fallback: [openai, cloud] } }]', /fallback\[1\]: case "n": no provider has this name/],
  ['[{ name: n, expect: { error: unknown_model, provider: openai } }]', /says error and who answers/],
  ['[{ name: n, expect: { error: unknown_modl } }]', /did you mean unknown_model\?/],
  ['[{ name: n, expect: { provider: openai }, tsk: {} }]', /cases\[0\]\.tsk: case "n": unknown key, did you mean task/],
]

for (const [cases, problem] of wrong) {
  test(`refused: ${cases || 'no cases at all'}`, async () => {
    const problems = await problemsIn(`cases: ${cases}\n`)
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(problems[0] ?? '', problem)
  })
}

test('all mistakes are told at once', async () => {
  const text = 'casez: 1\ncases:\n  - { name: a, expect: { provider: x } }\n  - { name: b, expect: { reason: y } }\n'
  assert.equal((await problemsIn(text)).length, 3)
})
