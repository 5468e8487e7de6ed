// The signature, against values that another implementation made.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../domain/secret.ts'
import { webhookSignature } from './webhook-signature.ts'

// The vector of https://github.com/standard-webhooks/standard-webhooks, libraries/javascript/src/webhook.test.ts.
const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, payload: '{"test": 2432232314}' }
const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='

test('a message is signed as the Standard Webhooks libraries sign it', () => {
  assert.equal(webhookSignature(message, new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')), expected)
})

test('a secret without whsec_ is the key itself', () => {
  const key = 'not base64, but a long passphrase'
  const encoded = `whsec_${Buffer.from(key).toString('base64')}`
  assert.equal(webhookSignature(message, new Secret(key)), webhookSignature(message, new Secret(encoded)))
})
