// Owns the provider port: an upstream accepts a funded attempt and nothing else.
import type { FundedAttempt } from '../domain/attempt.ts'
import type { CancelSignal } from '../domain/cancellation.ts'
import type { Completion, CompletionStream } from '../domain/completion.ts'
import type { ListedFacts } from '../domain/model-facts.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'

/** What a health probe found. */
export type ProviderHealth =
  | { readonly reachable: true; readonly models: readonly string[]; readonly detail: string }
  | { readonly reachable: false; readonly detail: string }

export interface Provider {
  readonly ref: ProviderRef
  /**
   * Sends the attempt and answers in the OpenAI wire. A stream is returned when its headers have come.
   * @throws ProviderFailure when the provider did not answer; the failure's kind says what that permits.
   */
  execute(attempt: FundedAttempt, signal: CancelSignal): Promise<Completion | CompletionStream>
  /**
   * Sends an embedding and answers with OpenAI's list of them; absent where the wire has none. `execute` never gets one.
   * @throws ProviderFailure
   */
  embed?(attempt: FundedAttempt, signal: CancelSignal): Promise<Completion>
  /**
   * How many tokens the prompt of a native request has there; absent where that cannot be asked without an answer. Free.
   * @throws ProviderFailure
   */
  countTokens?(attempt: FundedAttempt, signal: CancelSignal): Promise<number>
  /**
   * What it says of its models when it is asked; absent where nobody can be asked. Slow, and without a prompt.
   * @throws ProviderFailure
   */
  describe?(signal: CancelSignal): Promise<readonly ListedFacts[]>
  /**
   * The models that it holds in memory now, each as it describes them; absent where nobody can be asked. Without a prompt.
   * @throws ProviderFailure
   */
  loaded?(signal: CancelSignal): Promise<readonly object[]>
  /** Reaches the provider without a prompt: lists its models. Never throws. */
  probe(signal: CancelSignal): Promise<ProviderHealth>
  /** Closes all sockets. */
  close(): Promise<void>
}
