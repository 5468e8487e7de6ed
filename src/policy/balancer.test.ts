// Proves who comes first among the providers of a group, and that nobody else's place changes; chance and time are arguments.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fundedAttempt } from '../../test/make/attempt.ts'
import fc from '../../test/make/property.ts'
import { localProvider, openaiProvider } from '../../test/make/provider.ts'
import { task } from '../../test/make/task.ts'
import type { ClearedAttempt } from '../domain/attempt.ts'
import { Balancer, type WeightedProvider } from './balancer.ts'

const server = (name: string, weight?: number, models = ['llama3.2']): WeightedProvider => ({
  ...localProvider({ name, models }),
  weight,
})

function planOf(providers: readonly WeightedProvider[]): ClearedAttempt[] {
  return providers.map((provider, index) =>
    fundedAttempt({ provider, task: task(), reason: index === 0 ? 'default_local' : 'fallback' }),
  )
}

const balancerOf = (providers: readonly WeightedProvider[], random: () => number) =>
  new Balancer(providers, [providers.map(({ name }) => name)], random)

const names = (attempts: readonly ClearedAttempt[]) => attempts.map(({ provider }) => provider.name)

describe('providers with weights', () => {
  test('share by them, and one without a weight counts as one', () => {
    const providers = [server('one', 3), server('two'), server('three', 4)]
    const counts = new Map<string, number>()
    for (let step = 0; step < 800; step += 1) {
      const first = balancerOf(providers, () => step / 800).order(planOf(providers), 0)[0]?.provider.name ?? ''
      counts.set(first, (counts.get(first) ?? 0) + 1)
    }
    assert.deepEqual(Object.fromEntries(counts), { one: 300, two: 100, three: 400 })
  })

  test('keep the reason of the first place, and the others stay in their order behind', () => {
    const cloud = { ...openaiProvider(), weight: undefined }
    const providers = [server('one', 1), cloud, server('two', 1)]
    const ordered = balancerOf(providers, () => 0.9).order(planOf(providers), 0)
    assert.deepEqual(names(ordered), ['two', 'one', 'openai'])
    assert.deepEqual(
      ordered.map(({ reason }) => reason),
      ['default_local', 'fallback', 'fallback'],
    )
  })
})

describe('providers without weights', () => {
  const providers = [server('one'), server('two')]

  test('come first when they began to answer sooner of late', () => {
    const balancer = balancerOf(providers, () => 0)
    balancer.answered(server('one'), 400, 0)
    balancer.answered(server('two'), 100, 0)
    assert.deepEqual(names(balancer.order(planOf(providers), 1)), ['two', 'one'])
    for (let time = 0; time < 20; time += 1) balancer.answered(server('two'), 900, 1)
    assert.deepEqual(names(balancer.order(planOf(providers), 2)), ['one', 'two'])
  })

  test('are tried when nothing is known of them, or nothing any more', () => {
    const balancer = balancerOf(providers, () => 0)
    balancer.answered(server('one'), 5, 0)
    assert.deepEqual(names(balancer.order(planOf(providers), 1)), ['two', 'one'])
    balancer.answered(server('two'), 500, 1)
    assert.deepEqual(names(balancer.order(planOf(providers), 2)), ['one', 'two'])
    balancer.answered(server('one'), 5, 30_000)
    assert.deepEqual(names(balancer.order(planOf(providers), 30_002)), ['two', 'one'])
  })

  test('share by chance while nothing is known of any', () => {
    const first = (random: number) => names(balancerOf(providers, () => random).order(planOf(providers), 0))[0]
    assert.deepEqual([first(0), first(0.49), first(0.5), first(0.99)], ['one', 'one', 'two', 'two'])
  })
})

describe('the order stays as it was', () => {
  test('for a provider that was named', () => {
    const providers = [server('one', 1), server('two', 100)]
    const model = { by: 'provider', provider: 'one', model: 'llama3.2' } as const
    const plan = providers.map((provider) => fundedAttempt({ provider, task: task({ model }) }))
    assert.deepEqual(names(balancerOf(providers, () => 0.99).order(plan, 0)), ['one', 'two'])
  })

  test('for providers that are in no group, or in another one', () => {
    const providers = [server('one', 1), server('two', 100), server('three', 100)]
    for (const groups of [[], [['two', 'three']], [['one'], ['two', 'three']]]) {
      const plan = planOf(providers)
      assert.equal(new Balancer(providers, groups, () => 0.99).order(plan, 0), plan)
    }
  })

  test('for providers at another place or with another model', () => {
    const first = server('one', 1)
    for (const other of [{ ...server('two', 100), location: 'cloud' as const }, server('two', 100, ['gemma3'])]) {
      const providers = [first, other]
      const plan = planOf(providers)
      assert.equal(balancerOf(providers, () => 0.99).order(plan, 0), plan)
    }
  })
})

test('whatever the weights and the chance, nobody is lost, added or doubled', () => {
  const weights = fc.array(fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }), {
    minLength: 1,
    maxLength: 6,
  })
  fc.assert(
    fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (all, random) => {
      const providers = all.map((weight, index) => server(`provider-${index}`, weight))
      const ordered = balancerOf(providers, () => random).order(planOf(providers), 0)
      assert.deepEqual(names(ordered).toSorted(), providers.map(({ name }) => name).toSorted())
    }),
  )
})
