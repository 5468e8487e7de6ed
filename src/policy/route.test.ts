// Proves where tasks go: the default rules in their order, explicit models, tiers, the chain behind the choice, and
// that no plan for restricted data holds an attempt that leaves the machine.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { routingPolicy } from '../../test/make/policy.ts'
import fc from '../../test/make/property.ts'
import { cloudProvider, localProvider, openaiProvider } from '../../test/make/provider.ts'
import { classifiedAs, task, undecidable } from '../../test/make/task.ts'
import { type DataClassification, dataClassifications, isRestricted } from '../domain/data-classification.ts'
import { locationOf } from '../domain/model-location.ts'
import { providerKinds, providerRoles } from '../domain/provider-ref.ts'
import type { RoutingRule } from '../domain/routing-rule.ts'
import { complexities, type ModelChoice, qualityRequirements, type Task } from '../domain/task.ts'
import { type RoutableProvider, type RoutePlan, type RoutingPolicy, route } from './route.ts'

const ask = (
  more: Partial<Task> = {},
  level: DataClassification = 'public',
  policy: RoutingPolicy = routingPolicy(),
): RoutePlan => route(task(more), classifiedAs(level), policy)

/** `provider/model` of each attempt, in order. */
const order = (plan: RoutePlan) => plan.attempts.map(({ provider, model }) => `${provider.name}/${model}`)
const providersOf = (plan: RoutePlan) => plan.attempts.map(({ provider }) => provider.name)
const reasons = (plan: RoutePlan) => plan.attempts.map(({ reason }) => reason)

describe('the default rules', () => {
  /** Worked out from the contract's table, for every combination of hints. */
  function expected(level: DataClassification, quality: number, complexity: number, batchSize: number): string {
    if (isRestricted(level)) return 'local_ollama sensitive_data_local_only'
    if (quality === 3 && complexity >= 2) return 'openai critical_quality'
    if (batchSize > 10 || complexity >= 2) return 'ollama_cloud scale_or_quality'
    return 'local_ollama default_local'
  }

  for (const level of dataClassifications) {
    test(`send ${level} data where the contract's table says, for every quality, complexity and batch size`, () => {
      for (const [quality, qualityRequirement] of qualityRequirements.entries()) {
        for (const [grade, complexity] of complexities.entries()) {
          for (const batchSize of [1, 10, 11, 1000]) {
            const plan = ask({ hints: { qualityRequirement, complexity, batchSize } }, level)
            const chosen = `${plan.attempts[0]?.provider.name} ${plan.reason}`
            assert.equal(
              chosen,
              expected(level, quality, grade, batchSize),
              `${qualityRequirement} ${complexity} ${batchSize}`,
            )
            assert.equal(plan.attempts[0]?.reason, plan.reason)
            assert.equal(plan.rule, plan.reason)
          }
        }
      }
    })
  }

  test('send what nobody said anything about to the local provider', () => {
    const plan = ask()
    assert.equal(plan.reason, 'default_local')
    assert.deepEqual(order(plan), ['local_ollama/gemma-3-4b', 'openai/gpt-4o', 'ollama_cloud/gpt-oss:120b'])
    assert.deepEqual(reasons(plan), ['default_local', 'fallback', 'fallback'])
  })

  test('keep undecidable data here', () => {
    const plan = route(task(), undecidable, routingPolicy())
    assert.equal(plan.reason, 'sensitive_data_local_only')
    assert.deepEqual(providersOf(plan), ['local_ollama'])
    assert.match(plan.excluded[0]?.detail ?? '', /^undecidable data/)
  })

  test('are asked in their order: the first that applies decides', () => {
    const rule = (name: string, use: string): RoutingRule => ({ name, when: {}, use, reason: 'rule' })
    const rules = [rule('first', 'openai'), rule('second', 'ollama_cloud')]
    assert.equal(ask({}, 'public', routingPolicy(undefined, { rules })).rule, 'first')
    assert.equal(ask({}, 'public', routingPolicy(undefined, { rules: rules.reverse() })).rule, 'second')
  })

  test('that name nobody are passed over', () => {
    const rules: RoutingRule[] = [
      { name: 'gone', when: {}, use: 'nobody', reason: 'rule' },
      { name: 'there', when: {}, use: 'openai', reason: 'rule' },
    ]
    assert.equal(ask({}, 'public', routingPolicy(undefined, { rules })).rule, 'there')
  })

  test('may name a model', () => {
    const rules: RoutingRule[] = [{ name: 'r', when: {}, use: 'openai', model: 'gpt-5', reason: 'rule' }]
    const plan = ask({ hints: { modelOpenai: 'gpt-4o-mini' } }, 'public', routingPolicy(undefined, { rules }))
    assert.equal(order(plan)[0], 'openai/gpt-5')
  })

  test('leave the chain when none applies', () => {
    const plan = ask({}, 'public', routingPolicy(undefined, { rules: [] }))
    assert.equal(plan.rule, 'none')
    assert.deepEqual(providersOf(plan), ['openai', 'ollama_cloud', 'local_ollama'])
  })
})

describe('the model', () => {
  test('is the one the task names for the role, else the first of the provider', () => {
    const hints = { modelLocal: 'my-local', modelCloud: 'my-cloud', modelOpenai: 'my-openai' }
    assert.deepEqual(order(ask({ hints })), ['local_ollama/my-local', 'openai/my-openai', 'ollama_cloud/my-cloud'])
    assert.deepEqual(order(ask({ hints: { modelCloud: 'my-cloud' } })), [
      'local_ollama/gemma-3-4b',
      'openai/gpt-4o',
      'ollama_cloud/my-cloud',
    ])
  })

  test('that the task names for local use and that Ollama would forward is not cleared for restricted data', () => {
    const plan = ask({ hints: { modelLocal: 'gpt-oss:120b-cloud' } }, 'pii')
    assert.deepEqual(plan.attempts, [])
    assert.deepEqual(
      plan.excluded.map(({ provider, cause }) => `${provider} ${cause}`),
      ['local_ollama restricted_data', 'openai restricted_data', 'ollama_cloud restricted_data'],
    )
  })
})

describe('an explicit model', () => {
  const explicit = (provider: string, model: string): { model: ModelChoice } => ({
    model: { by: 'provider', provider, model },
  })

  test('goes to the named provider first, and to the others behind it', () => {
    const plan = ask(explicit('ollama_cloud', 'llava-13b'))
    assert.deepEqual(order(plan), ['ollama_cloud/llava-13b', 'local_ollama/gemma-3-4b', 'openai/gpt-4o'])
    assert.deepEqual(reasons(plan), ['explicit_model', 'fallback', 'fallback'])
    assert.equal(plan.rule, 'explicit model')
  })

  test('wins over every rule but privacy', () => {
    const hints = { qualityRequirement: 'critical', complexity: 'very_high', batchSize: 99 } as const
    assert.equal(order(ask({ ...explicit('local_ollama', 'llama3.2:8b'), hints }))[0], 'local_ollama/llama3.2:8b')
  })

  test('by its bare name goes to the first provider that has it', () => {
    const two = [openaiProvider({ name: 'a', models: ['x'] }), openaiProvider({ name: 'b', models: ['y', 'x'] })]
    assert.equal(order(ask({ model: { by: 'model', model: 'x' } }, 'public', routingPolicy(two)))[0], 'a/x')
    assert.equal(order(ask({ model: { by: 'model', model: 'y' } }, 'public', routingPolicy(two)))[0], 'b/y')
  })

  test('by its bare name goes to a local provider that has it when the data is restricted', () => {
    const shared = [cloudProvider({ models: ['x'] }), localProvider({ models: ['y', 'x'] })]
    const plan = ask({ model: { by: 'model', model: 'x' } }, 'pii', routingPolicy(shared))
    assert.deepEqual(order(plan), ['local_ollama/x'])
    assert.deepEqual([plan.reason, plan.rejected], ['explicit_model', false])
    assert.equal(
      order(ask({ model: { by: 'model', model: 'x' } }, 'public', routingPolicy(shared)))[0],
      'ollama_cloud/x',
    )
  })

  for (const choice of [
    explicit('openai', 'gpt-4o').model,
    { by: 'model', model: 'gpt-4o' },
    { by: 'tier', tier: 'cloud' },
    { by: 'provider', provider: 'local_ollama', model: 'gpt-oss:120b-cloud' },
  ] as const satisfies readonly ModelChoice[]) {
    test(`${JSON.stringify(choice)} with restricted data is served locally, or rejected where the policy says so`, () => {
      const rerouted = ask({ model: choice }, 'hipaa')
      assert.deepEqual(order(rerouted), ['local_ollama/gemma-3-4b'])
      assert.deepEqual([rerouted.reason, rerouted.rejected], ['sensitive_data_local_only', false])
      for (const reason of reasons(rerouted)) assert.equal(reason, 'sensitive_data_local_only')

      const rejected = ask({ model: choice }, 'hipaa', routingPolicy(undefined, { onExplicitCloudModel: 'reject' }))
      assert.deepEqual(rejected.attempts, [])
      assert.deepEqual([rejected.reason, rejected.rejected], ['sensitive_data_local_only', true])
    })
  }

  test('of a closed cloud provider with restricted data is treated as of an open one', () => {
    const closed = routingPolicy([localProvider(), openaiProvider({ closedBecause: 'set OPENAI_API_KEY' })])
    const rerouted = ask(explicit('openai', 'gpt-4o'), 'pii', closed)
    assert.deepEqual(order(rerouted), ['local_ollama/gemma-3-4b'])
    assert.equal(rerouted.reason, 'sensitive_data_local_only')
    const rejected = ask(explicit('openai', 'gpt-4o'), 'pii', { ...closed, onExplicitCloudModel: 'reject' })
    assert.equal(rejected.rejected, true)
    assert.deepEqual(rejected.attempts, [])
  })

  test('is never rejected for data that is open', () => {
    const plan = ask(
      explicit('openai', 'gpt-4o'),
      'internal',
      routingPolicy(undefined, { onExplicitCloudModel: 'reject' }),
    )
    assert.deepEqual([plan.rejected, plan.reason], [false, 'explicit_model'])
  })

  test('that policy chose is never rejected, even where no provider is local', () => {
    const cloudOnly = routingPolicy([openaiProvider()], { onExplicitCloudModel: 'reject' })
    const plan = ask({}, 'pii', cloudOnly)
    assert.deepEqual([plan.attempts.length, plan.rejected, plan.reason], [0, false, 'sensitive_data_local_only'])
  })
})

describe('a tier', () => {
  const tier = (name: 'local' | 'cloud'): { model: ModelChoice } => ({ model: { by: 'tier', tier: name } })

  test('auto:local asks local providers only', () => {
    const plan = ask(tier('local'))
    assert.deepEqual(order(plan), ['local_ollama/gemma-3-4b'])
    assert.deepEqual([plan.reason, plan.rule], ['explicit_model', 'model auto:local'])
    assert.deepEqual(
      plan.excluded.map(({ provider, cause }) => `${provider} ${cause}`),
      ['openai outside_tier', 'ollama_cloud outside_tier'],
    )
  })

  test('auto:local asks nobody where nobody is local', () => {
    assert.deepEqual(ask(tier('local'), 'public', routingPolicy([openaiProvider()])).attempts, [])
  })

  test('auto:local does not take a model that Ollama would forward', () => {
    const policy = routingPolicy([
      localProvider({ models: ['gpt-oss:120b-cloud'] }),
      localProvider({ name: 'b', models: ['x'] }),
    ])
    assert.deepEqual(order(ask(tier('local'), 'public', policy)), ['b/x'])
    const restricted = ask(tier('local'), 'pii', { ...policy, onExplicitCloudModel: 'reject' })
    assert.deepEqual([order(restricted), restricted.rejected], [['b/x'], false])
  })

  test('auto:cloud asks the provider of that role, else the first in the cloud, and falls back from there', () => {
    assert.deepEqual(providersOf(ask(tier('cloud'))), ['ollama_cloud', 'local_ollama', 'openai'])
    assert.equal(
      providersOf(ask(tier('cloud'), 'public', routingPolicy([localProvider(), openaiProvider()])))[0],
      'openai',
    )
  })

  test('passes over a closed provider', () => {
    const closed = cloudProvider({ closedBecause: 'set OLLAMA_API_KEY' })
    const plan = ask(tier('cloud'), 'public', routingPolicy([localProvider(), closed, openaiProvider()]))
    assert.equal(providersOf(plan)[0], 'openai')
  })
})

describe('the chain behind the choice', () => {
  const four = ['a', 'b', 'c', 'd'].map((name) => openaiProvider({ name, models: ['m'] }))
  const chainFrom = (use: string, fallback: readonly string[]) =>
    providersOf(
      ask({}, 'public', { ...routingPolicy(four), fallback, rules: [{ name: 'r', when: {}, use, reason: 'rule' }] }),
    ).join('')

  test("goes on from the chosen provider's place and around from the start", () => {
    assert.equal(chainFrom('a', ['a', 'b', 'c', 'd']), 'abcd')
    assert.equal(chainFrom('b', ['a', 'b', 'c', 'd']), 'bcda')
    assert.equal(chainFrom('d', ['a', 'b', 'c', 'd']), 'dabc')
  })

  test('begins at its start when the choice is not in it, and asks nobody who is not in it', () => {
    assert.equal(chainFrom('d', ['b', 'a']), 'dba')
    assert.equal(chainFrom('a', []), 'a')
    assert.equal(chainFrom('a', ['nobody', 'c']), 'ac')
  })

  test('asks nobody twice', () => {
    assert.equal(chainFrom('a', ['a', 'b', 'a', 'c', 'b']), 'abc')
  })

  test('leaves out closed providers and says how to open them', () => {
    const policy = routingPolicy([
      localProvider(),
      cloudProvider(),
      openaiProvider({ closedBecause: 'set OPENAI_API_KEY' }),
    ])
    const plan = ask({ hints: { qualityRequirement: 'critical', complexity: 'high' } }, 'public', policy)
    assert.deepEqual(providersOf(plan), ['ollama_cloud', 'local_ollama'])
    assert.deepEqual(plan.excluded, [
      { provider: 'openai', model: 'gpt-4o', cause: 'provider_closed', detail: 'set OPENAI_API_KEY' },
    ])
    assert.equal(plan.reason, 'critical_quality')
    assert.deepEqual(reasons(plan), ['fallback', 'fallback'])
  })

  test('for restricted data holds the local providers only, each with its reason', () => {
    const policy = routingPolicy([localProvider(), openaiProvider(), localProvider({ name: 'workshop' })])
    const plan = ask({}, 'confidential', policy)
    assert.deepEqual(providersOf(plan), ['local_ollama', 'workshop'])
    assert.deepEqual(reasons(plan), ['sensitive_data_local_only', 'sensitive_data_local_only'])
    assert.deepEqual(plan.excluded, [
      {
        provider: 'openai',
        model: 'gpt-4o',
        cause: 'restricted_data',
        detail: 'confidential data stays on this machine',
      },
    ])
  })
})

describe('for any task and any set of providers', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd')
  const models = fc.constantFrom('m', 'llama3.2:8b', 'gpt-oss:120b-cloud', 'x:cloud', 'X:CLOUD ', 'cloud', '')
  const providers: fc.Arbitrary<RoutableProvider[]> = fc.uniqueArray(
    fc.record({
      name: names,
      kind: fc.constantFrom(...providerKinds),
      location: fc.constantFrom('local' as const, 'cloud' as const),
      role: fc.constantFrom(...providerRoles),
      models: fc.array(models, { maxLength: 3 }),
      simulated: fc.boolean(),
      closedBecause: fc.constantFrom(undefined, undefined, 'closed'),
    }),
    { selector: ({ name }) => name },
  )
  const choices: fc.Arbitrary<ModelChoice> = fc.oneof(
    fc.constant({ by: 'policy' as const }),
    fc.record({ by: fc.constant('tier' as const), tier: fc.constantFrom('local' as const, 'cloud' as const) }),
    fc.record({ by: fc.constant('model' as const), model: models }),
    fc.record({ by: fc.constant('provider' as const), provider: names, model: models }),
  )
  const maybeModel = fc.option(models, { nil: undefined })
  const tasks = fc
    .record({
      model: choices,
      hints: fc.record({
        qualityRequirement: fc.constantFrom(undefined, ...qualityRequirements),
        complexity: fc.constantFrom(undefined, ...complexities),
        batchSize: fc.constantFrom(undefined, 1, 11),
        modelLocal: maybeModel,
        modelCloud: maybeModel,
        modelOpenai: maybeModel,
      }),
    })
    .map(task)
  const rules = fc.array(
    fc.record({ name: names, when: fc.constant({}), use: names, model: models, reason: fc.constant('rule' as const) }),
    { maxLength: 2 },
  )
  const policies = fc
    .tuple(providers, fc.array(names), fc.constantFrom('reroute' as const, 'reject' as const), rules, fc.boolean())
    .map(([there, fallback, onExplicitCloudModel, own, defaults]) =>
      routingPolicy(there, { fallback, onExplicitCloudModel, ...(defaults ? {} : { rules: own }) }),
    )
  const classifications = fc.oneof(fc.constantFrom(...dataClassifications).map(classifiedAs), fc.constant(undecidable))

  test('a plan for restricted data holds only attempts that stay on this machine', () => {
    let attempts = 0
    fc.assert(
      fc.property(tasks, policies, classifications, (one, policy, classification) => {
        const plan = route(one, classification, policy)
        if (!classification.restricted) return
        for (const { provider, model } of plan.attempts) {
          attempts += 1
          assert.equal(provider.location, 'local')
          assert.equal(locationOf(provider, model), 'local')
        }
      }),
      { numRuns: 5000 },
    )
    assert.ok(attempts > 200, `only ${attempts} attempts were seen: the property says nothing`)
  })

  test('a plan holds no closed provider, nobody twice, and the reason of its first choice', () => {
    fc.assert(
      fc.property(tasks, policies, classifications, (one, policy, classification) => {
        const plan = route(one, classification, policy)
        const asked = order(plan)
        assert.equal(new Set(asked).size, asked.length)
        for (const { provider, reason } of plan.attempts) {
          assert.ok(policy.providers.some(({ name, closedBecause }) => name === provider.name && !closedBecause))
          if (reason !== plan.reason) assert.ok(['fallback', 'sensitive_data_local_only'].includes(reason))
        }
        if (plan.rejected) assert.deepEqual([asked, policy.onExplicitCloudModel], [[], 'reject'])
        for (const { provider, model } of plan.excluded) assert.ok(!asked.includes(`${provider}/${model}`))
        assert.deepEqual(route(one, classification, policy), plan)
      }),
      { numRuns: 3000 },
    )
  })
})
