// Proves that a cancellation reaches every listener once, whenever it subscribed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, type CancelReason } from './cancellation.ts'

test('every listener hears the first reason once, and later reasons change nothing', () => {
  const cancellation = new Cancellation()
  const heard: string[] = []
  cancellation.onCancel((reason) => heard.push(`a ${reason}`))
  cancellation.onCancel((reason) => heard.push(`b ${reason}`))
  assert.equal(cancellation.cancelled, undefined)
  cancellation.cancel('client_closed')
  cancellation.cancel('deadline')
  assert.deepEqual(heard, ['a client_closed', 'b client_closed'])
  assert.equal(cancellation.cancelled, 'client_closed')
})

test('who subscribes too late hears it at once', () => {
  const cancellation = new Cancellation()
  cancellation.cancel('shutdown')
  const heard: CancelReason[] = []
  const unsubscribe = cancellation.onCancel((reason) => heard.push(reason))
  assert.deepEqual(heard, ['shutdown'])
  unsubscribe()
})

test('who unsubscribed hears nothing, also when it does so twice', () => {
  const cancellation = new Cancellation()
  const heard: string[] = []
  const listener = () => heard.push('twice')
  cancellation.onCancel(listener)
  const unsubscribe = cancellation.onCancel(() => heard.push('gone'))
  unsubscribe()
  unsubscribe()
  cancellation.cancel('deadline')
  assert.deepEqual(heard, ['twice'])
})

test('a listener may unsubscribe another while it is told', () => {
  const cancellation = new Cancellation()
  const heard: string[] = []
  cancellation.onCancel(() => {
    heard.push('first')
    unsubscribe()
  })
  const unsubscribe = cancellation.onCancel(() => heard.push('second'))
  cancellation.onCancel(() => heard.push('third'))
  cancellation.cancel('deadline')
  assert.deepEqual(heard.slice(0, 1), ['first'])
  assert.ok(heard.includes('third'))
})
