// Proves `aegis detect` as a process: lines in, verdicts out, and nothing of what it read in what it says.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Workplace } from './aegis-process.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

async function detect(
  input: string,
  ...flags: string[]
): Promise<{ code: number | null; lines: Record<string, unknown>[]; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [main, 'detect', ...flags], { stdio: 'pipe' })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data) => (stdout += data))
  child.stderr.on('data', (data) => (stderr += data))
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    code,
    stdout,
    stderr,
    lines: stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  }
}

test('each line gets a verdict with its id, in order', async () => {
  const { code, lines, stderr } = await detect(
    [
      { id: 1, text: 'Card 4111 1111 1111 1111' },
      { id: 'b', body: { messages: [{ role: 'user', content: 'hi jane@acme.com' }] } },
      { id: 3, text: 'What is a monad?' },
    ]
      .map((line) => JSON.stringify(line))
      .join('\n'),
  )
  assert.equal(code, 0, stderr)
  assert.deepEqual(lines, [
    {
      id: 1,
      classification: 'pii',
      undecidable: false,
      spans: [{ start: 5, end: 24, type: 'credit_card', score: 0.95, path: '' }],
    },
    {
      id: 'b',
      classification: 'pii',
      undecidable: false,
      spans: [{ start: 3, end: 16, type: 'email_address', score: 0.95, path: 'messages[0].content' }],
    },
    { id: 3, classification: 'public', undecidable: false, spans: [] },
  ])
})

test('a bad line is named by its number, the others are answered, and the exit code is 1', async () => {
  const { code, lines, stdout, stderr } = await detect(
    '{"id":1,"text":"fine"}\njane@acme.com\n\n{"id":2}\n{"id":3,"text":"a","text":"b"}\n',
  )
  assert.equal(code, 1)
  assert.deepEqual(
    lines.map(({ line, id, error, undecidable }) => ({ line, id, error: typeof error, undecidable })),
    [
      { line: undefined, id: 1, error: 'undefined', undecidable: false },
      { line: 2, id: undefined, error: 'string', undecidable: undefined },
      { line: 4, id: undefined, error: 'string', undecidable: undefined },
      { line: undefined, id: 3, error: 'undefined', undecidable: true },
    ],
  )
  assert.equal(`${stdout}${stderr}`.includes('jane'), false)
})

test('an image is undecidable unless it is accepted', async () => {
  const line = JSON.stringify({
    id: 1,
    body: { messages: [{ content: [{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }] }] },
  })
  assert.equal((await detect(line)).lines[0]?.undecidable, true)
  assert.equal((await detect(line, '--accept-binary')).lines[0]?.undecidable, false)
})

test('names of persons are looked for as a gateway does by default, and as eagerly as is asked', async () => {
  const line = JSON.stringify({ id: 1, text: 'Please write to Mrs. Margaret Thornbury today' })
  const [found] = (await detect(line)).lines
  assert.equal(found?.classification, 'pii')
  assert.deepEqual(
    ((found?.spans ?? []) as { type: string }[]).map(({ type }) => type),
    ['person_name'],
  )
  assert.equal((await detect(line, '--names', 'off')).lines[0]?.classification, 'public')
  assert.equal((await detect(line, '--names', 'strict')).lines[0]?.classification, 'pii')
})

test('a configuration brings its words, its patterns and what it ignores', async () => {
  await using workplace = new Workplace()
  const detectSettings = {
    names: 'off',
    ignore: ['ip_address'],
    dictionaries: { projects: ['Bluebird'] },
    patterns: { number: 'KD-\\d{6}' },
  }
  const providers = { local_ollama: { base_url: 'http://127.0.0.1:9', models: ['m'] } }
  const config = workplace.write('aegis.yml', { providers, ledger: 'memory:', privacy: { detect: detectSettings } })
  const texts = ['Status of Bluebird', 'KD-123456', 'Mrs. Margaret Thornbury', 'Server 203.0.113.77 is down']
  const input = texts.map((text, id) => JSON.stringify({ id, text })).join('\n')
  const { lines } = await detect(input, '--config', config)
  assert.deepEqual(
    lines.map(({ classification }) => classification),
    ['confidential', 'confidential', 'public', 'public'],
  )
  const [withNames] = (await detect(input.split('\n')[2] as string, '--config', config, '--names', 'balanced')).lines
  assert.equal(withNames?.classification, 'pii')
})

test('`aegis explain` names findings by rule and place in words, and never what it found', async () => {
  await using workplace = new Workplace()
  const providers = {
    local_ollama: { base_url: 'http://127.0.0.1:9', models: ['m'] },
    openai: { api_key: 'sk-test', models: ['gpt-4o'] },
  }
  workplace.write('aegis.yml', { providers, ledger: 'memory:' })
  for (const more of [[], ['--show-values'], ['--json', '--show-values']]) {
    const { stdout, stderr, code } = await workplace.run(['explain', 'Card 4111 1111 1111 1111', ...more])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /\bcard\b/)
    assert.match(stdout, /messages\[0\]\.content/)
    assert.ok(!`${stdout}${stderr}`.includes('4111'), 'not the value, into a pipe')
  }
})
