// Owns the language model of the AI SDK's specification: whole answers and streams.
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider'
import type { AegisClient, ClientEvent } from '../client/aegis-client.ts'
import type { TaskFields } from '../client/task-fields.ts'
import { callErrorOf } from './call-error.ts'
import { finishReasonOf, metadataOf, toolCallOf, usageOf } from './from-answer.ts'
import { taskOf } from './to-task.ts'

export class AegisLanguageModel implements LanguageModelV4 {
  readonly specificationVersion = 'v4'
  readonly provider = 'aegis'
  readonly modelId: string
  /** The SDK fetches no address by itself, which would be a request that Aegis does not see. */
  readonly supportedUrls = { '*/*': [/^https?:\/\//] }
  readonly #client: AegisClient
  readonly #fields: TaskFields

  constructor(client: AegisClient, fields: TaskFields) {
    this.#client = client
    this.#fields = fields
    this.modelId = fields.model ?? 'auto'
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { task, warnings } = taskOf(options, this.#fields)
    const answer = await this.#client.generate(task).catch((error: unknown) => {
      throw callErrorOf(error)
    })
    const content: LanguageModelV4Content[] = []
    if (answer.reasoning !== '') content.push({ type: 'reasoning', text: answer.reasoning })
    if (answer.text !== '') content.push({ type: 'text', text: answer.text })
    content.push(...answer.toolCalls.map(toolCallOf))
    return {
      content,
      finishReason: finishReasonOf(answer),
      usage: usageOf(answer.usage),
      providerMetadata: metadataOf(answer),
      response: { id: answer.requestId, modelId: answer.model },
      warnings,
    }
  }

  /** Rejects when there is no answer; one that breaks off ends with an error part. */
  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { task, warnings } = taskOf(options, this.#fields)
    const events = this.#client.stream(task)
    const first = await events.next().catch((error: unknown) => {
      throw callErrorOf(error)
    })
    const parts = partsOf(first, events)
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      start: (controller) => controller.enqueue({ type: 'stream-start', warnings }),
      async pull(controller) {
        const { value, done } = await parts.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await parts.return()
      },
    })
    return { stream }
  }
}

async function* partsOf(
  first: IteratorResult<ClientEvent, void>,
  events: AsyncGenerator<ClientEvent, void, undefined>,
): AsyncGenerator<LanguageModelV4StreamPart, void, undefined> {
  let open: 'text' | 'reasoning' | undefined
  try {
    for (let next = first; !next.done; next = await events.next()) {
      const event = next.value
      const kind = event.type === 'text' || event.type === 'reasoning' ? event.type : undefined
      if (open !== undefined && open !== kind) yield { type: `${open}-end`, id: open }
      if (kind !== undefined && open !== kind) yield { type: `${kind}-start`, id: kind }
      open = kind
      yield* piecesOf(event)
    }
  } catch (error) {
    yield { type: 'error', error: callErrorOf(error) }
  } finally {
    await events.return()
  }
}

function* piecesOf(event: ClientEvent): Generator<LanguageModelV4StreamPart, void, undefined> {
  switch (event.type) {
    case 'text':
      yield { type: 'text-delta', id: 'text', delta: event.text }
      return
    case 'reasoning':
      yield { type: 'reasoning-delta', id: 'reasoning', delta: event.text }
      return
    case 'tool_call': {
      const call = toolCallOf(event.toolCall)
      yield { type: 'tool-input-start', id: call.toolCallId, toolName: call.toolName }
      yield { type: 'tool-input-delta', id: call.toolCallId, delta: call.input }
      yield { type: 'tool-input-end', id: call.toolCallId }
      yield call
      return
    }
    case 'done': {
      const { answer } = event
      yield { type: 'response-metadata', id: answer.requestId, modelId: answer.model }
      const [finishReason, usage] = [finishReasonOf(answer), usageOf(answer.usage)]
      yield { type: 'finish', finishReason, usage, providerMetadata: metadataOf(answer) }
    }
  }
}
