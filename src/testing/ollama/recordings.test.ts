// Proves the simulated Ollama against recordings of a real one: same status, same content type, same shape.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Behaviour, startOllamaUpstream, type Upstream } from '../index.ts'
import {
  asNumber,
  asObject,
  asString,
  isArray,
  isObject,
  type JsonObject,
  type JsonValue,
  parseJson,
} from '../json-value.ts'
import { get, lineJson, post, sseData, sseJson } from '../raw-http.ts'

const folder = join(import.meta.dirname, '../../../test/fixtures/ollama')

/** Recordings whose point the simulator does not have, and why. */
const notSimulated: Readonly<Record<string, string>> = {
  'chat-logprobs': 'no log probabilities',
  'chat-logprobs-stream': 'no log probabilities',
  'v1-chat-logprobs': 'no log probabilities',
  'chat-system-role-rendered': 'no prompt template',
  'chat-developer-role-rendered': 'no prompt template',
  'chat-repeat-abort': 'a test scripts it: rawBody',
  'chat-repeat-abort-stream': 'a test scripts it: truncateAfter',
  'v1-chat-repeat-abort': 'a test scripts it: rawBody',
  'v1-chat-repeat-abort-stream': 'a test scripts it: truncateAfter',
  'chat-over-context-shift-false': 'its single token took no measurable time',
  'chat-tools': 'the recorded model was too small to call the tool',
  'v1-chat-image-url': 'images are not looked at on /v1',
  'v1-completions': 'no such route',
  'web-search-cloud-disabled': 'no such route',
  'cloud-suffix-v1-model-key-case': 'a mangled reply of that version',
  show: 'no tensors',
  'show-local-suffix': 'no tensors',
  'cloud-suffix-show': 'no tensors',
  'cloud-stub-show': 'the recorded stub was made by hand, without family and capabilities',
  'cloud-tags': 'the recorded stub was made by hand, without family',
}

const failures: Readonly<Record<string, Behaviour>> = {
  'queue-full': { status: 503 },
  'runner-killed': { status: 500 },
  'runner-killed-stream': { inBandErrorAfter: 1 },
  'v1-runner-killed-stream': { inBandErrorAfter: 1 },
}

const upstreams: { local?: Upstream; cloud?: Upstream } = {}

before(async () => {
  const stub = { name: 'looks-local', remoteHost: 'http://127.0.0.1:11434', remoteModel: 'smollm2:135m' }
  upstreams.local = await startOllamaUpstream({ models: ['smollm2:135m'], cloudDisabled: true, simulated: false })
  upstreams.cloud = await startOllamaUpstream({ models: ['smollm2:135m', stub], simulated: false })
})

after(async () => {
  await upstreams.local?.close()
  await upstreams.cloud?.close()
})

for (const name of recordings()) {
  const skip = notSimulated[name] ?? false
  test(`the recording ${name} and the simulator agree`, { skip }, () => compare(name))
}

function recordings(): readonly string[] {
  const suffix = '.meta.json'
  return readdirSync(folder).flatMap((file) => (file.endsWith(suffix) ? [file.slice(0, -suffix.length)] : []))
}

async function compare(name: string): Promise<void> {
  const request = readJson(`${name}.request.json`)
  const meta = readJson(`${name}.meta.json`)
  const upstream = /^cloud-|^queue/.test(name) ? upstreams.cloud : upstreams.local
  assert.ok(upstream)
  const failure = failures[name]
  if (failure) upstream.next(failure)
  const url = upstream.url + asString(request.path)
  const body = request.rawBody ?? request.body ?? ''
  const reply = request.method === 'GET' ? await get(url) : await post(url, body)
  assert.equal(reply.status, asNumber(meta.status))
  assert.equal(mediaType(reply.headers['content-type']), mediaType(asString(meta.contentType)))
  const recorded = recordedText(name)
  if (reply.status >= 400) assert.deepEqual(parseJson(reply.text) ?? reply.text, parseJson(recorded) ?? recorded)
  else assert.deepEqual(shapesOf(reply.text), shapesOf(recorded))
}

function readJson(file: string): JsonObject {
  return asObject(parseJson(readFileSync(join(folder, file), 'utf8')))
}

function recordedText(name: string): string {
  const file = ['json', 'ndjson', 'sse', 'txt']
    .map((ending) => join(folder, `${name}.response.${ending}`))
    .find(existsSync)
  assert.ok(file)
  return readFileSync(file, 'utf8')
}

function mediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(';')[0]
}

/** The shapes that occur, in order of first appearance; for a stream also whether it says that it is over. */
function shapesOf(text: string): readonly string[] {
  if (text.startsWith('data: ')) {
    const over = sseData(text).at(-1) === '[DONE]' ? ['[DONE]'] : []
    return [...new Set(sseJson(text).map(shape)), ...over]
  }
  const whole = parseJson(text)
  return whole === undefined ? [...new Set(lineJson(text).map(shape))] : [shape(whole)]
}

/** Keys in order with the types of their values; of an array, the shape of its first item. */
function shape(value: JsonValue): string {
  if (isArray(value)) return `[${value.length > 0 ? shape(value[0] ?? null) : ''}]`
  if (!isObject(value)) return value === null ? 'null' : typeof value
  const fields = Object.entries(value).map(([key, inner]) => `${key}:${shape(inner ?? null)}`)
  return `{${fields.join(',')}}`
}
