/**
 * Records what a real Ollama answers, byte for byte, into `test/fixtures/ollama/`.
 *
 * It writes three files a case: `NAME.request.json` (`{method, path, body}` or `rawBody` where the body is not JSON),
 * `NAME.response.{json,ndjson,sse,txt}` (the body as it came) and `NAME.meta.json` (`{status, contentType,
 * ollamaVersion}`). The README beside them says how the servers were started. Over 400 lines because the list of cases
 * is the content and splitting it would hide which recordings exist.
 *
 *   node scripts/record-ollama-fixtures.ts --host http://127.0.0.1:11434 --model smollm2:135m \
 *     [--cloud-host http://127.0.0.1:11436] [--server-pid PID] [--only PREFIX]... [--into SUBFOLDER]
 *
 * `--cloud-host` is a second Ollama that has cloud enabled and takes the first one for its cloud, so that remote
 * replies are recorded without leaving the machine. `--server-pid` is the process of `--host`: its model runner is
 * killed in the middle of a reply. Without these two flags their cases keep the recordings they have.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
type JsonObject = { readonly [key: string]: Json }

interface Case {
  readonly name: string
  readonly host: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: JsonObject
  /** Sent as it stands, where the point of the case is a body that is not JSON. */
  readonly rawBody?: string
  /** Called after the first bytes of a streamed reply, or 400 ms after sending if the reply is not streamed. */
  readonly interrupt?: () => Promise<void>
  /** Send this many at once and record the first one that is refused. */
  readonly burst?: number
}

interface Reply {
  readonly status: number
  readonly contentType: string
  readonly bytes: Buffer
}

const flags = parseArgs({
  options: {
    host: { type: 'string', default: 'http://127.0.0.1:11434' },
    model: { type: 'string', default: 'smollm2:135m' },
    'cloud-host': { type: 'string' },
    'server-pid': { type: 'string' },
    only: { type: 'string', multiple: true, default: [''] },
    into: { type: 'string', default: '' },
  },
}).values
const { host, model } = flags
const cloudHost = flags['cloud-host']
const serverPid = flags['server-pid']
const fixtures = new URL(`../test/fixtures/ollama/${flags.into === '' ? '' : `${flags.into}/`}`, import.meta.url)

const missingModel = 'no-such-model:1b'
/** A remote-backed model on the cloud host whose name says nothing about it. */
const remoteStub = 'looks-local:latest'
/** Temperature and seed make the text repeatable; 12 tokens keep it short. */
const options = { temperature: 0, seed: 1, num_predict: 12 }
const hello = [{ role: 'user', content: 'Name one primary colour.' }]
const chat = { model, messages: hello, stream: false, options }
const v1Chat = { model, messages: hello, temperature: 0, seed: 1 }
/** 414 tokens, over a `num_ctx` of 256; a smaller context is rounded up to 256 by the runner of 0.30. */
const longText = `${'one two three four five six seven eight nine ten '.repeat(40)}Name one primary colour.`
const smallContext = { ...options, num_ctx: 256 }

const weatherTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather in a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
/** A model of 135M parameters rarely calls a tool by itself; constraining the text to a call shows the wire shape. */
const callSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', enum: ['get_weather'] },
    arguments: { type: 'object', properties: { city: { type: 'string', enum: ['Paris'] } }, required: ['city'] },
  },
  required: ['name', 'arguments'],
}
const colourSchema = {
  type: 'object',
  properties: { colour: { type: 'string', enum: ['red', 'green', 'blue'] } },
  required: ['colour'],
}
/** Forces one token over and over (this tokenizer takes digits singly); the server gives up after 30 equal ones. */
const loopSchema = { type: 'string', enum: ['0'.repeat(60)] }
const tools = [weatherTool]
const forcedCall = { ...chat, tools, format: callSchema, options: { ...options, num_predict: 64 } }
const calling = [
  { role: 'user', content: 'What is the weather in Paris?' },
  { role: 'assistant', content: '', tool_calls: [{ function: { name: 'get_weather', arguments: { city: 'Paris' } } }] },
  { role: 'tool', tool_name: 'get_weather', content: '18 degrees and rain' },
]
const looping = { ...chat, format: loopSchema, options: { ...options, num_predict: 120 } }
const history = [
  { role: 'system', content: 'Answer with one word.' },
  { role: 'user', content: longText },
  { role: 'assistant', content: 'Red.' },
  ...hello,
]
/** A transparent PNG of one pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const long = { ...chat, options: { ...options, num_predict: 400 } }

const get = (name: string, path: string, at = host): Case => ({ name, host: at, method: 'GET', path })
const post = (name: string, path: string, body: JsonObject, more: Partial<Case> = {}): Case => ({
  name,
  host,
  method: 'POST',
  path,
  body,
  ...more,
})
const postRaw = (name: string, path: string, rawBody: string): Case => ({ name, host, method: 'POST', path, rawBody })

const main: readonly Case[] = [
  get('root', '/'),
  get('version', '/api/version'),
  get('status', '/api/status'),
  get('tags', '/api/tags'),
  post('show', '/api/show', { model }),
  post('show-local-suffix', '/api/show', { model: `${model}:local` }),
  post('show-missing-model', '/api/show', { model: missingModel }),
  post('show-cloud-disabled', '/api/show', { model: `${model}-cloud` }),

  post('chat', '/api/chat', chat),
  get('ps', '/api/ps'),
  post('chat-stream', '/api/chat', { ...chat, stream: true }),
  post('chat-stream-length', '/api/chat', { ...chat, stream: true, options: { ...options, num_predict: 3 } }),
  post('chat-stream-default', '/api/chat', { model, messages: hello, options: { ...options, num_predict: 2 } }),
  post('chat-stop', '/api/chat', { ...chat, options: { ...options, num_predict: 60, stop: ['.'] } }),
  post('chat-local-suffix', '/api/chat', { ...chat, model: `${model}:local` }),
  post('chat-cloud-disabled', '/api/chat', { ...chat, model: `${model}-cloud` }),
  post('chat-cloud-tag-disabled', '/api/chat', { ...chat, model: 'smollm2:cloud' }),
  post('chat-conflicting-suffix', '/api/chat', { ...chat, model: `${model}:cloud:local` }),

  post('chat-tools', '/api/chat', { ...chat, tools }),
  post('chat-tools-forced', '/api/chat', forcedCall),
  post('chat-tools-forced-stream', '/api/chat', { ...forcedCall, stream: true }),
  post('chat-tool-result', '/api/chat', { ...chat, messages: calling, tools }),
  post('chat-tool-arguments-string', '/api/chat', {
    ...chat,
    messages: [
      ...hello,
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: '{"a":1}' } }] },
    ],
  }),
  post('chat-format-schema', '/api/chat', { ...chat, format: colourSchema, options: { ...options, num_predict: 32 } }),
  post('chat-format-json', '/api/chat', { ...chat, format: 'json', options: { ...options, num_predict: 8 } }),
  post('chat-format-invalid', '/api/chat', { ...chat, format: 'yaml' }),
  post('chat-think-unsupported', '/api/chat', { ...chat, think: true }),
  post('chat-think-false', '/api/chat', { ...chat, think: false }),
  post('chat-think-invalid', '/api/chat', { ...chat, think: 'extreme' }),
  post('chat-logprobs', '/api/chat', {
    ...chat,
    logprobs: true,
    top_logprobs: 2,
    options: { ...options, num_predict: 3 },
  }),
  post('chat-logprobs-stream', '/api/chat', {
    ...chat,
    stream: true,
    logprobs: true,
    options: { ...options, num_predict: 3 },
  }),
  post('chat-image-no-vision', '/api/chat', { ...chat, messages: [{ ...hello[0], images: [pixel] }] }),
  post('chat-image-not-base64', '/api/chat', { ...chat, messages: [{ ...hello[0], images: ['not base64!'] }] }),
  post('chat-image-data-url', '/api/chat', {
    ...chat,
    messages: [{ ...hello[0], images: [`data:image/png;base64,${pixel}`] }],
  }),
  post('chat-content-parts', '/api/chat', {
    ...chat,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  }),
  post('chat-developer-role-rendered', '/api/chat', {
    ...chat,
    messages: [{ role: 'developer', content: 'Answer with one word.' }, ...hello],
    _debug_render_only: true,
  }),
  post('chat-system-role-rendered', '/api/chat', {
    ...chat,
    messages: [{ role: 'system', content: 'Answer with one word.' }, ...hello],
    _debug_render_only: true,
  }),
  post('chat-unknown-fields', '/api/chat', { ...chat, nonsense: 1, options: { ...options, nonsense: 1 } }),
  post('chat-option-wrong-type', '/api/chat', { ...chat, options: { num_ctx: 'many' } }),
  post('chat-missing-model', '/api/chat', { ...chat, model: missingModel }),
  post('chat-no-model', '/api/chat', { messages: hello }),
  postRaw('chat-malformed-json', '/api/chat', `{"model": "${model}", "messages": [`),
  postRaw('chat-empty-body', '/api/chat', ''),
  post('chat-wrong-type', '/api/chat', { model, messages: 'hello' }),
  post('web-search-cloud-disabled', '/api/experimental/web_search', { query: 'primary colours' }),
  get('chat-method-not-allowed', '/api/chat'),
  get('unknown-route', '/api/nothing'),
  post('chat-repeat-abort', '/api/chat', looping),
  post('chat-repeat-abort-stream', '/api/chat', { ...looping, stream: true }),

  post('chat-over-context', '/api/chat', {
    ...chat,
    messages: [{ role: 'user', content: longText }],
    options: smallContext,
  }),
  post('chat-over-context-truncate-false', '/api/chat', {
    ...chat,
    messages: [{ role: 'user', content: longText }],
    options: smallContext,
    truncate: false,
  }),
  post('chat-over-context-truncate-false-stream', '/api/chat', {
    ...chat,
    stream: true,
    messages: [{ role: 'user', content: longText }],
    options: smallContext,
    truncate: false,
  }),
  post('chat-over-context-shift-false', '/api/chat', {
    ...chat,
    messages: [{ role: 'user', content: longText }],
    options: smallContext,
    shift: false,
  }),
  post('chat-over-context-history', '/api/chat', { ...chat, messages: history, options: smallContext }),
  post('chat-over-context-generation', '/api/chat', {
    ...chat,
    messages: [{ role: 'user', content: 'Tell a long story.' }],
    options: { ...smallContext, num_predict: 280 },
  }),
  post('chat-over-context-generation-shift-false', '/api/chat', {
    ...chat,
    messages: [{ role: 'user', content: 'Tell a long story.' }],
    options: { ...smallContext, num_predict: 280 },
    shift: false,
  }),

  post('generate', '/api/generate', { model, prompt: 'Name one primary colour.', stream: false, options }),
  post('generate-stream', '/api/generate', { model, prompt: 'Name one primary colour.', options }),
  post('generate-missing-model', '/api/generate', { model: missingModel, prompt: 'Hello' }),

  post('embed', '/api/embed', { model, input: ['red', 'blue'], dimensions: 4 }),
  post('embed-over-context', '/api/embed', { model, input: longText, dimensions: 4, options: { num_ctx: 256 } }),
  post('embed-over-context-truncate-false', '/api/embed', {
    model,
    input: longText,
    truncate: false,
    options: { num_ctx: 256 },
  }),
  post('embed-missing-model', '/api/embed', { model: missingModel, input: 'red' }),

  post('v1-chat', '/v1/chat/completions', { ...v1Chat, max_tokens: 12 }),
  post('v1-chat-max-completion-tokens', '/v1/chat/completions', {
    ...v1Chat,
    max_completion_tokens: 3,
    messages: [{ role: 'user', content: 'Count from one to ten.' }],
  }),
  post('v1-chat-max-tokens', '/v1/chat/completions', {
    ...v1Chat,
    max_tokens: 3,
    messages: [{ role: 'user', content: 'Count from one to ten.' }],
  }),
  post('v1-chat-stream', '/v1/chat/completions', { ...v1Chat, max_tokens: 6, stream: true }),
  post('v1-chat-stream-usage', '/v1/chat/completions', {
    ...v1Chat,
    max_tokens: 6,
    stream: true,
    stream_options: { include_usage: true },
  }),
  post('v1-chat-tools-forced', '/v1/chat/completions', {
    ...v1Chat,
    max_tokens: 64,
    tools,
    response_format: { type: 'json_schema', json_schema: { name: 'call', schema: callSchema } },
  }),
  post('v1-chat-tools-forced-stream', '/v1/chat/completions', {
    ...v1Chat,
    max_tokens: 64,
    stream: true,
    tools,
    response_format: { type: 'json_schema', json_schema: { name: 'call', schema: callSchema } },
  }),
  post('v1-chat-logprobs', '/v1/chat/completions', { ...v1Chat, max_tokens: 2, logprobs: true, top_logprobs: 2 }),
  post('v1-chat-n', '/v1/chat/completions', { ...v1Chat, max_tokens: 3, n: 2 }),
  post('v1-chat-image-url', '/v1/chat/completions', {
    ...v1Chat,
    max_tokens: 3,
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://127.0.0.1:9/a.png' } }] }],
  }),
  post('v1-chat-missing-model', '/v1/chat/completions', { ...v1Chat, model: missingModel }),
  post('v1-chat-cloud-disabled', '/v1/chat/completions', { ...v1Chat, model: `${model}-cloud` }),
  postRaw('v1-chat-malformed-json', '/v1/chat/completions', `{"model": "${model}", "messages": [`),
  post('v1-chat-repeat-abort', '/v1/chat/completions', {
    ...v1Chat,
    max_tokens: 120,
    response_format: { type: 'json_schema', json_schema: { name: 'loop', schema: loopSchema } },
  }),
  post('v1-chat-repeat-abort-stream', '/v1/chat/completions', {
    ...v1Chat,
    max_tokens: 120,
    stream: true,
    stream_options: { include_usage: true },
    response_format: { type: 'json_schema', json_schema: { name: 'loop', schema: loopSchema } },
  }),
  post('v1-completions', '/v1/completions', { model, prompt: 'Red, green and', max_tokens: 3, temperature: 0 }),
  post('v1-embeddings', '/v1/embeddings', { model, input: 'red', dimensions: 4 }),
  get('v1-models', '/v1/models'),

  post('chat-keep-alive', '/api/chat', { ...chat, keep_alive: '30s', options: { ...options, num_predict: 2 } }),
  get('ps-keep-alive', '/api/ps'),
  post('chat-keep-alive-invalid', '/api/chat', { ...chat, keep_alive: 'soon' }),
  post('chat-unload', '/api/chat', { model, messages: [], keep_alive: 0 }),
  post('chat-load', '/api/chat', { model, messages: [] }),
]

/** Two servers on one machine: the second believes that the first is ollama.com. */
const remote = (at: string): readonly Case[] => [
  get('cloud-status', '/api/status', at),
  get('cloud-tags', '/api/tags', at),
  post('cloud-stub-show', '/api/show', { model: remoteStub }, { host: at }),
  post('cloud-stub-show-local-suffix', '/api/show', { model: `${remoteStub}:local` }, { host: at }),
  post('cloud-stub-chat', '/api/chat', { ...chat, model: remoteStub }, { host: at }),
  post('cloud-stub-chat-stream', '/api/chat', { ...chat, model: remoteStub, stream: true }, { host: at }),
  post('cloud-stub-chat-local-suffix', '/api/chat', { ...chat, model: `${remoteStub}:local` }, { host: at }),
  post('cloud-stub-v1-chat', '/v1/chat/completions', { ...v1Chat, model: remoteStub, max_tokens: 6 }, { host: at }),
  post('cloud-suffix-chat', '/api/chat', { ...chat, model: `${model}-cloud` }, { host: at }),
  post('cloud-suffix-chat-stream', '/api/chat', { ...chat, model: `${model}-cloud`, stream: true }, { host: at }),
  post('cloud-suffix-upper-case', '/api/chat', { ...chat, model: `${model}-CLOUD` }, { host: at }),
  post('cloud-suffix-model-key-case', '/api/chat', { ...chat, MODEL: `${model}-cloud` }, { host: at }),
  post(
    'cloud-suffix-v1-model-key-case',
    '/v1/chat/completions',
    { ...v1Chat, MODEL: `${model}-cloud`, max_tokens: 6 },
    { host: at },
  ),
  post(
    'cloud-suffix-v1-chat',
    '/v1/chat/completions',
    { ...v1Chat, model: `${model}-cloud`, max_tokens: 6 },
    { host: at },
  ),
  post('cloud-suffix-show', '/api/show', { model: `${model}-cloud` }, { host: at }),
  get('cloud-ps', '/api/ps', at),
  post('cloud-local-suffix-chat', '/api/chat', { ...chat, model: `${model}:local`, keep_alive: 0 }, { host: at }),
  post('queue-full', '/api/chat', { ...chat, keep_alive: 0 }, { host: at, burst: 8 }),
]

const interrupted = (pid: string): readonly Case[] => [
  post('runner-killed', '/api/chat', long, { interrupt: () => killRunner(pid) }),
  post('runner-killed-stream', '/api/chat', { ...long, stream: true }, { interrupt: () => killRunner(pid) }),
  post(
    'v1-runner-killed-stream',
    '/v1/chat/completions',
    { ...v1Chat, max_tokens: 400, stream: true, stream_options: { include_usage: true } },
    { interrupt: () => killRunner(pid) },
  ),
]

/** Kills the model runner (up to 0.24 `ollama runner`, from 0.30 `llama-server`), a child of the server. Linux only. */
async function killRunner(pid: string): Promise<void> {
  const processes = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))
  for (const child of processes) {
    // The second field of `stat` is the command in brackets and may hold spaces; the parent's id is two fields later.
    const stat = await readFile(`/proc/${child}/stat`, 'utf8').catch(() => '')
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
    const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')
    if (parent === pid && /\0runner\0|llama-server/.test(command)) process.kill(Number(child), 'SIGKILL')
  }
}

async function send(item: Case): Promise<Reply> {
  const payload = item.rawBody ?? (item.body === undefined ? null : JSON.stringify(item.body))
  const sent = fetch(`${item.host}${item.path}`, {
    method: item.method,
    ...(payload === null ? {} : { body: payload, headers: { 'content-type': 'application/json' } }),
  })
  const streamed = item.body?.stream === true
  if (item.interrupt !== undefined && !streamed) {
    await new Promise((resolve) => setTimeout(resolve, 400))
    await item.interrupt()
  }
  const response = await sent
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    if (chunks.length === 1 && streamed) await item.interrupt?.()
  }
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    bytes: Buffer.concat(chunks),
  }
}

async function refusedOf(item: Case, count: number): Promise<Reply> {
  const replies = await Promise.all(Array.from({ length: count }, () => send(item)))
  const refused = replies.find((reply) => reply.status >= 400)
  if (refused === undefined) throw new Error(`${item.name}: none of ${count} requests was refused`)
  return refused
}

function extension(contentType: string): string {
  if (contentType.startsWith('application/x-ndjson')) return 'ndjson'
  if (contentType.startsWith('text/event-stream')) return 'sse'
  return contentType.startsWith('application/json') ? 'json' : 'txt'
}

async function versionOf(at: string): Promise<string> {
  const body = (await (await fetch(`${at}/api/version`)).json()) as { version: string }
  return body.version
}

async function record(item: Case, ollamaVersion: string): Promise<void> {
  const reply = item.burst === undefined ? await send(item) : await refusedOf(item, item.burst)
  const write = (suffix: string, content: string | Buffer) =>
    writeFile(new URL(`${item.name}.${suffix}`, fixtures), content)
  const { method, path, body, rawBody } = item
  await write('request.json', `${JSON.stringify({ method, path, body, rawBody }, null, 2)}\n`)
  await write(`response.${extension(reply.contentType)}`, reply.bytes)
  const meta = { status: reply.status, contentType: reply.contentType, ollamaVersion }
  await write('meta.json', `${JSON.stringify(meta, null, 2)}\n`)
  console.log(`${reply.status} ${item.name} ${reply.bytes.length} bytes`)
}

/** A model that lives elsewhere under a name that looks local, and nothing loaded, so that a burst must queue. */
async function prepareCloudHost(at: string): Promise<void> {
  const create = { model: remoteStub, from: model, remote_host: host, stream: false }
  const created = await fetch(`${at}/api/create`, { method: 'POST', body: JSON.stringify(create) })
  if (!created.ok) throw new Error(`cannot create ${remoteStub} on ${at}: ${await created.text()}`)
}

const cases = [...main]
if (cloudHost !== undefined) {
  await prepareCloudHost(cloudHost)
  cases.push(...remote(cloudHost))
}
if (serverPid !== undefined) cases.push(...interrupted(serverPid))
const ollamaVersion = await versionOf(host)
await mkdir(fixtures, { recursive: true })
for (const item of cases) {
  if (flags.only.some((prefix) => item.name.startsWith(prefix))) await record(item, ollamaVersion)
}
