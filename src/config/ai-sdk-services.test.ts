// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these tests are about
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { publicPriceList } from '../prices/genai-prices.ts'
import type { ProviderConfig } from './aegis-config.ts'
import { aiSdkServices, isPackageInstalled } from './ai-sdk-services.ts'
import { whyServiceClosed } from './ai-sdk-settings.ts'
import { discover } from './discover.ts'
import type { Environment } from './env-reference.ts'
import { Findings } from './findings.ts'
import { parseConfig } from './load-config.ts'
import { readObject } from './read-object.ts'
import type { ConfigInput } from './schema.ts'

type Entry = ConfigInput['providers'][string]

function provider(name: string, entry: Entry, env: Environment = {}): ProviderConfig {
  const [only] = parseConfig({ providers: { [name]: entry } }, { source: 'test', env }).providers
  assert.ok(only)
  return only
}

const place = { region: 'eu-central-1', project: 'my-project' }
const key = { api_key: 'key', models: ['m'] }

/** What makes the address, for the kinds that need it. */
const placeOf = (kind: string): Partial<Entry> =>
  kind === 'bedrock' ? { region: place.region } : kind === 'vertex' ? place : {}

for (const service of aiSdkServices) {
  const { kind, title, addressOf, names } = service
  const baseUrl = addressOf(place)

  describe(title, () => {
    test('is known by its kind, by its name and by its address', () => {
      assert.ok(baseUrl)
      for (const found of [
        provider('any', { kind, ...placeOf(kind), ...key }),
        ...names.map((name) => provider(`my_${name.toUpperCase()}`, { ...placeOf(kind), ...key })),
        provider('any', { base_url: baseUrl, ...key }),
      ]) {
        assert.deepEqual(
          [found.kind, found.location, found.role, found.baseUrl, found.closedBecause],
          [kind, 'cloud', 'cloud', baseUrl, undefined],
        )
      }
    })

    test('is not meant by its name at another address', () => {
      const found = provider(names[0] ?? '', { base_url: 'http://127.0.0.1:8000/v1', models: ['m'] })
      assert.deepEqual([found.kind, found.location], ['openai_compatible', 'local'])
    })

    test('counts as cloud at this machine’s address, until told otherwise', () => {
      const base_url = 'http://127.0.0.1:4000'
      assert.equal(provider('any', { kind, base_url, ...key }).location, 'cloud')
      assert.equal(provider('any', { kind, base_url, location: 'local', ...key }).location, 'local')
    })

    test('is closed without its package, and says how to install it', () => {
      const findings = new Findings(readObject({}, 'aegis.yml'))
      const why = (installed: boolean) =>
        whyServiceClosed('any', { models: ['m'], api_key: 'key' }, kind, new Map(), findings, () => installed)
      assert.match(why(false) ?? '', new RegExp(`npm install ${service.package}`))
      assert.equal(why(true), undefined)
    })

    test('is closed without a key, and says which variable would open it', () => {
      const { closedBecause } = provider('any', { kind, ...placeOf(kind), models: ['m'] })
      assert.match(
        closedBecause ?? '',
        kind === 'vertex' ? /GOOGLE_APPLICATION_CREDENTIALS/ : new RegExp(service.variable),
      )
      const unset = provider('any', { kind, ...placeOf(kind), models: ['m'], api_key: '${SOME_KEY}' })
      assert.match(unset.closedBecause ?? '', /^SOME_KEY is not set: export SOME_KEY=/)
    })

    test('has prices for the models that discovery uses', () => {
      const list = publicPriceList(new Map(), Date.now)
      for (const model of service.models) {
        const found = list.find(provider('any', { kind, ...placeOf(kind), ...key }), model)
        assert.equal(found?.price.state, 'priced', model)
        assert.ok(found?.outputTokens, model)
      }
    })
  })
}

test('OpenAI’s wire at the same hosts stays OpenAI’s wire', () => {
  for (const base_url of [
    'https://generativelanguage.googleapis.com/v1beta/openai',
    'https://api.cohere.com/compatibility/v1',
    'https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1',
    'https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/openapi',
  ]) {
    assert.equal(provider('any', { base_url, ...key }).kind, 'openai_compatible', base_url)
  }
})

test('Bedrock and Vertex AI say what makes their addresses', () => {
  assert.throws(() => provider('bedrock', key), /base_url: is missing: add region: eu-central-1/)
  assert.throws(() => provider('vertex', { region: 'europe-west4', ...key }), /add region: .* and project: my-project/)
  const vertexAt = (region: string) => provider('vertex', { region, project: 'p', ...key }).baseUrl
  assert.equal(vertexAt('global'), 'https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global')
  assert.equal(vertexAt('eu'), 'https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/p/locations/eu')
  assert.throws(() => provider('bedrock', { region: 'evil.example/', ...key }), /must be a region/)
})

test('Bedrock signs with the keys of an account, Vertex AI with a credentials file', () => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret', CREDENTIALS: '/keys/google.json' }
  const bedrock = provider(
    'bedrock',
    {
      region: 'eu-central-1',
      access_key_id: '${AWS_ACCESS_KEY_ID}',
      secret_access_key: '${AWS_SECRET_ACCESS_KEY}',
      session_token: '${AWS_SESSION_TOKEN}',
      models: ['m'],
    },
    env,
  )
  assert.equal(bedrock.closedBecause, undefined)
  assert.deepEqual([bedrock.account?.region, bedrock.account?.keys?.accessKeyId], ['eu-central-1', 'AKIA'])
  assert.equal(bedrock.account?.keys?.secretAccessKey.reveal(), 'secret')
  assert.equal(bedrock.account?.keys?.sessionToken, undefined)
  assert.doesNotMatch(JSON.stringify(bedrock), /secret"/)
  const vertex = provider('vertex', { ...place, credentials_file: '${CREDENTIALS}', models: ['m'] }, env)
  assert.deepEqual([vertex.closedBecause, vertex.account?.credentialsFile], [undefined, '/keys/google.json'])
})

test('a setting of one cloud stands at no other provider', () => {
  assert.throws(() => provider('anthropic', { region: 'x', ...key }), /region: is for bedrock and vertex only/)
  assert.throws(
    () => provider('gpu', { base_url: 'http://127.0.0.1:1', access_key_id: 'x', models: ['m'] }),
    /access_key_id: is for bedrock only, and the kind is openai_compatible: remove it/,
  )
})

describe('discovery', () => {
  const probe = () => Promise.resolve(undefined)

  for (const { kind, variable, models } of aiSdkServices.filter((service) => service.models.length > 0)) {
    test(`uses ${kind} by ${variable}`, async () => {
      const env = { [variable]: 'secret' }
      const found = await discover({ env, probe })
      assert.ok(found.config)
      assert.doesNotMatch(JSON.stringify(found), /secret/)
      const [only, ...others] = parseConfig(found.config, { source: 'discovered', env }).providers
      assert.deepEqual(others, [])
      assert.deepEqual([only?.name, only?.kind, only?.models, only?.closedBecause], [kind, kind, models, undefined])
      assert.equal(only?.apiKey?.reveal(), 'secret')
    })
  }
  test('uses Bedrock by its own key and a region, and never by the general keys of an AWS account', async () => {
    const env = { AWS_BEARER_TOKEN_BEDROCK: 'secret', AWS_DEFAULT_REGION: 'eu-west-1' }
    const found = await discover({ env, probe })
    assert.ok(found.config)
    const [bedrock] = parseConfig(found.config, { source: 'discovered', env }).providers
    assert.deepEqual(
      [bedrock?.kind, bedrock?.baseUrl, bedrock?.models, bedrock?.closedBecause],
      ['bedrock', 'https://bedrock-runtime.eu-west-1.amazonaws.com', ['eu.amazon.nova-lite-v1:0'], undefined],
    )
    const messages = async (other: Environment) => {
      const { config, notices } = await discover({ env: other, probe })
      assert.equal(config, undefined)
      return notices.map(({ message }) => message).join('\n')
    }
    assert.match(await messages({ AWS_BEARER_TOKEN_BEDROCK: 'secret' }), /export AWS_REGION=/)
    const general = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' }
    assert.match(await messages(general), /Bedrock is not used by it: add to providers: bedrock: \{ region:/)
  })

  test('uses Vertex AI by project, region and credentials, and says which is missing', async () => {
    const env = {
      GOOGLE_VERTEX_PROJECT: 'my-project',
      GOOGLE_VERTEX_LOCATION: 'global',
      GOOGLE_APPLICATION_CREDENTIALS: '/keys/google.json',
    }
    const found = await discover({ env, probe })
    assert.ok(found.config)
    const [vertex] = parseConfig(found.config, { source: 'discovered', env }).providers
    assert.deepEqual(
      [vertex?.kind, vertex?.account?.credentialsFile, vertex?.closedBecause],
      ['vertex', '/keys/google.json', undefined],
    )
    const { config, notices } = await discover({ env: { GOOGLE_VERTEX_PROJECT: 'p' }, probe })
    assert.equal(config, undefined)
    assert.match(
      notices.map(({ message }) => message).join(),
      /GOOGLE_VERTEX_LOCATION and GOOGLE_APPLICATION_CREDENTIALS/,
    )
  })
})

test('a package is installed or it is not', () => {
  assert.equal(isPackageInstalled('zod'), true)
  assert.equal(isPackageInstalled('@ai-sdk/of-tomorrow'), false)
})

test('the configuration of the guide is one, with a price for every model', () => {
  const guide = readFileSync(new URL('../../docs/guides/other-services.md', import.meta.url), 'utf8')
  const [, text] = /```yaml\n([\s\S]*?)```/.exec(guide) ?? []
  assert.ok(text)
  const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name as string)
  const config = parseConfig(text, { source: 'guide', env: Object.fromEntries(names.map((name) => [name, 'value'])) })
  assert.deepEqual(
    config.providers.map(({ kind, closedBecause }) => [kind, closedBecause]),
    ['anthropic', 'google', 'cohere', 'bedrock', 'vertex'].map((kind) => [kind, undefined]),
  )
  const list = publicPriceList(new Map(), Date.now)
  for (const one of config.providers) {
    for (const model of one.models) assert.equal(list.find(one, model)?.price.state, 'priced', model)
  }
})
