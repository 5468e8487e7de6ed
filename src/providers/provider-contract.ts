// Owns what every provider must hold. An implementation passes it in a few lines; see openai-wire/presets.contract.test.ts.
import { describe } from 'node:test'
import { abortContract } from './contract/abort-contract.ts'
import { answerContract } from './contract/answer-contract.ts'
import { failureContract } from './contract/failure-contract.ts'
import type { ProviderSubject } from './contract/provider-world.ts'
import { streamContract } from './contract/stream-contract.ts'

/**
 * Declares the tests of the port for one implementation, against real HTTP servers.
 * @example describeProvider('OllamaProvider', { start, sameWire: false, hasTools: true, asksForUsage: true })
 */
export function describeProvider(name: string, subject: ProviderSubject): void {
  describe(`${name} keeps the provider contract`, { concurrency: 8 }, () => {
    describe('answers', { concurrency: true }, () => answerContract(subject))
    describe('streams', { concurrency: true }, () => streamContract(subject))
    describe('failures', { concurrency: true }, () => failureContract(subject))
    describe('callers who leave', { concurrency: true }, () => abortContract(subject))
  })
}
