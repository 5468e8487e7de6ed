// Owns the reading of what a simulated upstream was sent.
import assert from 'node:assert/strict'
import type { Upstream } from '../../src/testing/upstream.ts'

/** The JSON body of a request, the first unless told otherwise. */
export function sentBody(upstream: Upstream, index = 0): Record<string, unknown> {
  const request = upstream.journal.requests[index]
  assert.ok(request, 'there was no such request')
  return JSON.parse(request.rawBody.toString()) as Record<string, unknown>
}
