// Proves what is Vertex AI's own: two families of models on two wires, and tokens from a credentials file.
import assert from 'node:assert/strict'
import { generateKeyPairSync, verify } from 'node:crypto'
import { describe, test } from 'node:test'
import { forgedAttempt } from '../../../../test/make/attempt.ts'
import { startServer } from '../../../../test/make/http-server.ts'
import { cloudProvider } from '../../../../test/make/provider.ts'
import { sentBody } from '../../../../test/make/sent-body.ts'
import { startService } from '../../../../test/make/service.ts'
import { classifiedAs } from '../../../../test/make/task.ts'
import { connectTo } from '../../../../test/make/upstream.ts'
import { Cancellation } from '../../../domain/cancellation.ts'
import type { Upstream } from '../../transport/upstream.ts'
import { GoogleTokens } from '../google-tokens.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

interface TokenWorld extends AsyncDisposable {
  readonly tokens: GoogleTokens
  readonly forms: URLSearchParams[]
  nowMs: number
  answer: { status: number; body: object }
}

/** A token server, and tokens by credentials of this content. */
async function startTokens(credentials: (tokenUri: string) => string): Promise<TokenWorld> {
  const forms: URLSearchParams[] = []
  const server = await startServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded')
    forms.push(new URLSearchParams(Buffer.concat(chunks).toString()))
    const { status, body } = world.answer
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const open: Upstream[] = []
  const world: TokenWorld = {
    forms,
    nowMs: 0,
    answer: { status: 200, body: { access_token: 'key', expires_in: 3600 } },
    tokens: new GoogleTokens({
      provider: 'vertex',
      readCredentials: async () => credentials(`${server.url}/token`),
      connect: (origin) => {
        const { upstream } = connectTo(origin, { ref: cloudProvider({ name: 'vertex' }) })
        open.push(upstream)
        return upstream
      },
      clock: { wallMs: () => 1_764_000_000_000, monotonicMs: () => world.nowMs },
    }),
    async [Symbol.asyncDispose]() {
      await world.tokens.close()
      await server[Symbol.asyncDispose]()
    },
  }
  return world
}

const serviceAccount = (token_uri: string) =>
  JSON.stringify({
    type: 'service_account',
    client_email: 'a@b.iam',
    private_key: pem,
    private_key_id: 'k1',
    token_uri,
  })

describe('Vertex AI', () => {
  test('is asked for Gemini with a token, and no key', async () => {
    await using service = await startService('vertex')
    await service.ask({ reasoning_effort: 'low' })
    const [request] = service.upstream.journal.requests
    const path = '/v1beta1/projects/p/locations/europe-west4/publishers/google/models/gemini-3.5-flash-lite'
    assert.equal(request?.path, `${path}:generateContent`)
    assert.deepEqual([request?.headers.authorization, request?.headers['x-goog-api-key']], ['Bearer key', undefined])
    assert.partialDeepStrictEqual(sentBody(service.upstream).generationConfig, {
      thinkingConfig: { includeThoughts: true },
    })
  })

  test('keeps the signature of a thought, as the Gemini API does', async () => {
    await using service = await startService('vertex')
    service.upstream.next({ toolCalls: [{ name: 'f', arguments: {} }] })
    const { body } = await service.ask({ tools: [{ type: 'function', function: { name: 'f' } }] })
    const [call] = body.choices[0].message.tool_calls ?? []
    assert.deepEqual(call?.extra_content, { google: { thought_signature: 'c2ltdWxhdGVkIHRob3VnaHQ=' } })
  })

  test('is asked for Claude by Anthropic’s wire below its own path', async () => {
    const seen: { path?: string | undefined; authorization?: string | undefined; body?: string } = {}
    await using server = await startServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      Object.assign(seen, { path: request.url, authorization: request.headers.authorization })
      seen.body = Buffer.concat(chunks).toString()
      const content = [{ type: 'text', text: 'Hi.' }]
      const usage = { input_tokens: 3, output_tokens: 2 }
      const message = {
        id: 'm',
        type: 'message',
        role: 'assistant',
        model: 'claude',
        content,
        stop_reason: 'end_turn',
        usage,
      }
      response.end(JSON.stringify(message))
    })
    await using service = await startService('vertex', { at: server.url })
    const { body, usage } = await service.ask({ max_tokens: 9 }, { model: 'claude-sonnet-5' })
    assert.equal(body.choices[0].message.content, 'Hi.')
    assert.partialDeepStrictEqual(usage, { inputTokens: 3, outputTokens: 2 })
    const path = '/v1/projects/p/locations/europe-west4/publishers/anthropic/models/claude-sonnet-5:rawPredict'
    assert.deepEqual([seen.path, seen.authorization], [path, 'Bearer key'])
    assert.partialDeepStrictEqual(JSON.parse(seen.body ?? ''), {
      anthropic_version: 'vertex-2023-10-16',
      max_tokens: 9,
    })
  })
})

describe('a token of Google Cloud', () => {
  test('is asked for with a signed claim of the service account, once for its lifetime', async () => {
    await using world = await startTokens(serviceAccount)
    assert.deepEqual(await Promise.all([world.tokens.current(), world.tokens.current()]), ['key', 'key'])
    world.nowMs = 3_400_000
    await world.tokens.current()
    assert.equal(world.forms.length, 1)
    world.nowMs = 3_500_000
    await world.tokens.current()
    assert.equal(world.forms.length, 2)
    const assertion = world.forms[0]?.get('assertion') ?? ''
    const [header = '', claims = '', signature = ''] = assertion.split('.')
    const signed = Buffer.from(`${header}.${claims}`)
    assert.ok(verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url')))
    assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), { alg: 'RS256', typ: 'JWT', kid: 'k1' })
    assert.partialDeepStrictEqual(JSON.parse(Buffer.from(claims, 'base64url').toString()), {
      iss: 'a@b.iam',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      iat: 1_764_000_000,
      exp: 1_764_003_600,
    })
  })

  test('is asked for with a user’s refresh token', async () => {
    const user = { type: 'authorized_user', client_id: 'id', client_secret: 'secret', refresh_token: 'refresh' }
    await using world = await startTokens((token_uri) => JSON.stringify({ ...user, token_uri }))
    await world.tokens.current()
    assert.deepEqual(Object.fromEntries(world.forms[0] ?? []), {
      grant_type: 'refresh_token',
      client_id: 'id',
      client_secret: 'secret',
      refresh_token: 'refresh',
    })
  })

  test('that is refused is a matter of our account, and one that does not come is the provider’s', async () => {
    await using world = await startTokens(serviceAccount)
    world.answer = { status: 400, body: { error: 'invalid_grant' } }
    await assert.rejects(world.tokens.current(), { kind: 'account', dispatched: false })
    world.answer = { status: 500, body: {} }
    await assert.rejects(world.tokens.current(), { kind: 'server_error', dispatched: false })
    world.answer = { status: 200, body: { access_token: 'later' } }
    assert.equal(await world.tokens.current(), 'later')
  })

  test('needs a file that can be read and that is one of credentials, and says which it is not', async () => {
    const files: readonly (readonly [() => string, RegExp])[] = [
      [() => assert.fail('ENOENT'), /cannot be read/],
      [() => 'not JSON', /neither a service account’s nor a user’s/],
      [() => JSON.stringify({ type: 'service_account', client_email: 'a', private_key: 'x' }), /is no key/],
    ]
    for (const [credentials, message] of files) {
      await using world = await startTokens(credentials)
      await assert.rejects(world.tokens.current(), { kind: 'account', message, dispatched: false })
    }
  })

  test('that does not come keeps no caller who leaves, and the request is not sent', async () => {
    const accessToken = () => new Promise<string>(() => {})
    await using service = await startService('vertex', { accessToken })
    const signal = new Cancellation()
    const asked = service.ask({}, { signal })
    signal.cancel('client_closed')
    await assert.rejects(asked, { kind: 'cancelled', dispatched: false })
    assert.equal(service.upstream.journal.connections.length, 0)
  })

  test('is not asked for on behalf of restricted data', async () => {
    await using world = await startTokens(serviceAccount)
    await using service = await startService('vertex', { accessToken: () => world.tokens.current() })
    const attempt = forgedAttempt({ provider: service.provider.ref, classification: classifiedAs('pii') })
    await assert.rejects(service.provider.execute(attempt, new Cancellation()), { kind: 'privacy_refused' })
    assert.deepEqual([world.forms.length, service.upstream.journal.connections.length], [0, 0])
    assert.equal(service.violations.length, 1)
  })

  test('is fetched when Vertex AI is probed, so that wrong credentials are told', async () => {
    await using world = await startTokens(serviceAccount)
    await using service = await startService('vertex', { accessToken: () => world.tokens.current() })
    assert.equal((await service.provider.probe(new Cancellation())).reachable, true)
    await using wrong = await startTokens(serviceAccount)
    wrong.answer = { status: 401, body: { error: 'invalid_client' } }
    await using closed = await startService('vertex', { accessToken: () => wrong.tokens.current() })
    const health = await closed.provider.probe(new Cancellation())
    assert.deepEqual(health, {
      reachable: false,
      detail: 'vertex has credentials for which Google gives no access token (HTTP 401).',
    })
  })
})
