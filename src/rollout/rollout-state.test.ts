import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import {
  INITIAL_STATE,
  lastGoodPercent,
  nextStage,
  nextState,
  type RolloutAction,
  RolloutRefusal,
  type RolloutState,
  stageOf,
} from './rollout-state.ts'

const stages = [10, 30, 50, 75, 100].map((percent) => ({ percent, minTimeMs: 60_000, minRequests: 100 }))
const start: RolloutAction = { kind: 'start', shadow: false }
const shadow: RolloutAction = { kind: 'start', shadow: true }
const back = (toPercent = 0): RolloutAction => ({ kind: 'rollback', toPercent })

/** The state after these actions, a second apart. */
const after = (...actions: readonly (RolloutAction | 'advance' | 'pause' | 'resume')[]): RolloutState =>
  actions.reduce<RolloutState>(
    (state, action, index) =>
      nextState(state, typeof action === 'string' ? { kind: action } : action, stages, (index + 1) * 1000),
    INITIAL_STATE,
  )
const brief = ({ phase, percent }: RolloutState) => `${phase} ${percent}`

describe('the states of a rollout', () => {
  test('it starts with its first stage, and each advance gives it the next, until all traffic is its', () => {
    const state = [0, 1, 2, 3, 4, 5].map((count) => brief(after(start, ...Array(count).fill('advance'))))
    const expected = ['running 10', 'running 30', 'running 50', 'running 75', 'running 100', 'completed 100']
    assert.deepEqual(state, expected)
  })

  test('a shadow has no traffic, and the start after it is the first stage', () => {
    assert.equal(brief(after(shadow)), 'shadow 0')
    assert.equal(brief(after(shadow, start)), 'running 10')
    assert.equal(brief(after(shadow, back())), 'rolled_back 0')
  })

  test('each change of the share begins a new epoch, a pause does not', () => {
    assert.equal(after(start).epoch, 1)
    assert.equal(after(start, 'advance').epoch, 2)
    assert.equal(after(start, 'pause').epoch, 1)
    assert.equal(after(start, 'pause', 'resume').epoch, 1)
    assert.equal(after(start, 'advance', back(10)).epoch, 3)
    assert.equal(after(start, 'advance', back(10), 'resume').epoch, 4)
  })

  test('the time of a pause does not count for the stage', () => {
    const { sinceMs, pausedAtMs, phase } = after(start, 'pause', 'resume')
    assert.deepEqual({ sinceMs, pausedAtMs, phase }, { sinceMs: 2000, pausedAtMs: undefined, phase: 'running' })
  })

  test('after a rollback to a stage it is resumed there, or advanced; after one to nothing it is started anew', () => {
    assert.equal(brief(after(start, 'advance', 'advance', back(30))), 'rolled_back 30')
    assert.equal(brief(after(start, 'advance', 'advance', back(30), 'resume')), 'running 30')
    assert.equal(brief(after(start, 'advance', 'advance', back(30), 'advance')), 'running 50')
    assert.equal(brief(after(start, 'advance', back(), start)), 'running 10')
  })

  test('why a gate sent it back stays until it goes on', () => {
    const cause = { gate: 'p95_ms', value: 1200, limit: 1000 }
    const state = after(start, 'advance', { kind: 'rollback', toPercent: 10, cause })
    assert.deepEqual(state.cause, cause)
    assert.equal(nextState(state, { kind: 'resume' }, stages, 9000).cause, undefined)
  })

  for (const [what, actions, says] of [
    ['advance before a start', ['advance'], /start it/],
    ['advance after the end', [start, ...Array(6).fill('advance')], /all traffic already/],
    ['start twice', [start, start], /10 %/],
    ['shadow twice', [shadow, shadow], /already/],
    ['pause before a start', ['pause'], /idle/],
    ['pause twice', [start, 'pause', 'pause'], /paused/],
    ['resume what runs', [start, 'resume'], /running/],
    ['resume what was given back entirely', [start, back(), 'resume'], /rolled_back/],
    ['roll back before a start', [back()], /Nothing has been started/],
    ['roll back to a share that is no stage', [start, 'advance', back(20)], /0, 10 %/],
    ['roll back to a higher stage', [start, back(30)], /0 %/],
    ['roll back to nothing twice', [start, back(), back()], /already/],
  ] as const) {
    test(`refuses to ${what}, and says what would be possible`, () => {
      assert.throws(
        () => after(...(actions as readonly RolloutAction[])),
        (error) => error instanceof RolloutRefusal && says.test(error.message),
      )
    })
  }

  test('whatever is wanted in whatever order, the share is a stage or nothing, and epochs only grow', () => {
    const anyAction: fc.Arbitrary<RolloutAction> = fc.oneof(
      fc.record({ kind: fc.constant('start' as const), shadow: fc.boolean() }),
      fc.constantFrom<RolloutAction>({ kind: 'advance' }, { kind: 'pause' }, { kind: 'resume' }),
      fc.record({ kind: fc.constant('rollback' as const), toPercent: fc.constantFrom(0, 10, 30, 42, 50, 75, 100) }),
    )
    fc.assert(
      fc.property(fc.array(anyAction, { maxLength: 40 }), (actions) => {
        let state = INITIAL_STATE
        for (const [index, action] of actions.entries()) {
          const before = state
          try {
            state = nextState(state, action, stages, index * 1000)
          } catch (error) {
            assert.ok(error instanceof RolloutRefusal, String(error))
          }
          assert.ok([0, 10, 30, 50, 75, 100].includes(state.percent))
          assert.ok(state.epoch >= before.epoch)
          assert.equal(
            state.percent === before.percent || state.epoch > before.epoch,
            true,
            'a new share is counted anew',
          )
          if (state.phase === 'idle' || state.phase === 'shadow') assert.equal(state.percent, 0)
          if (state.phase === 'completed') assert.equal(state.percent, 100)
        }
      }),
    )
  })

  test('a share that is no stage any more counts as the one below it', () => {
    assert.equal(stageOf(stages, 40)?.percent, 30)
    assert.equal(nextStage(stages, 40)?.percent, 50)
    assert.equal(lastGoodPercent(stages, 40), 30)
    assert.equal(stageOf(stages, 5), undefined)
    assert.equal(lastGoodPercent(stages, 10), 0)
  })
})
