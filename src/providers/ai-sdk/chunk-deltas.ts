// Owns the deltas that the parts of a stream become: text, reasoning, tool calls with stable indices.
import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider'
import { imageMember } from './image-member.ts'
import { signatureMember, thinkingBlock } from './reasoning-proof.ts'
import type { Wire } from './wire.ts'

type ReasoningPart = Extract<
  LanguageModelV4StreamPart,
  { type: 'reasoning-start' | 'reasoning-delta' | 'reasoning-end' }
>

interface OpenCall {
  readonly index: number
  sentArguments: boolean
}

interface OpenThought {
  text: string
  metadata: SharedV4ProviderMetadata
}

export class ChunkDeltas {
  readonly #wire: Wire
  readonly #calls = new Map<string, OpenCall>()
  readonly #thoughts = new Map<string, OpenThought>()
  #deliveredBytes = 0

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** Tool calls so far. */
  get calls(): number {
    return this.#calls.size
  }

  /** Bytes of generated text so far, of which a byte-level tokenizer makes at most as many tokens. */
  get deliveredBytes(): number {
    return this.#deliveredBytes
  }

  of(part: LanguageModelV4StreamPart): object[] {
    switch (part.type) {
      case 'text-delta':
        return part.delta === '' ? [] : [{ content: this.#counted(part.delta) }]
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        return this.#thought(part)
      case 'tool-input-start':
        return [this.#open(part.id, part.toolName, part.providerMetadata)]
      case 'tool-input-delta':
        return part.delta === '' ? [] : this.#arguments(part.id, part.delta)
      case 'tool-call':
        return this.#whole(part)
      case 'file':
        return [{ images: [imageMember(part)] }]
      default:
        return []
    }
  }

  /** Signed reasoning is given once more as a block when it is complete, because only the whole can be sent back. */
  #thought(part: ReasoningPart): object[] {
    if (part.type === 'reasoning-start' || !this.#thoughts.has(part.id)) {
      this.#thoughts.set(part.id, { text: '', metadata: {} })
    }
    const thought = this.#thoughts.get(part.id)
    if (!thought) return []
    const { optionsName } = this.#wire
    thought.metadata = {
      [optionsName]: { ...thought.metadata[optionsName], ...part.providerMetadata?.[optionsName] },
    }
    if (part.type === 'reasoning-delta' && part.delta !== '') {
      thought.text += part.delta
      return [{ reasoning_content: this.#counted(part.delta) }]
    }
    if (part.type !== 'reasoning-end') return []
    this.#thoughts.delete(part.id)
    const block = thinkingBlock(thought.text, thought.metadata, this.#wire)
    return block ? [{ thinking_blocks: [block] }] : []
  }

  #open(id: string, name: string, metadata: SharedV4ProviderMetadata | undefined): object {
    const index = this.#calls.size
    this.#calls.set(id, { index, sentArguments: false })
    const call = { index, id, type: 'function', function: { name: this.#counted(name), arguments: '' } }
    return { tool_calls: [{ ...call, ...signatureMember(metadata, this.#wire) }] }
  }

  #arguments(id: string, text: string): object[] {
    const call = this.#calls.get(id)
    if (!call) return []
    call.sentArguments = true
    return [{ tool_calls: [{ index: call.index, function: { arguments: this.#counted(text) } }] }]
  }

  /** The whole call: what of it has not been streamed. */
  #whole({
    toolCallId,
    toolName,
    input,
    providerMetadata,
  }: Extract<LanguageModelV4StreamPart, { type: 'tool-call' }>): object[] {
    const opening = this.#calls.has(toolCallId) ? [] : [this.#open(toolCallId, toolName, providerMetadata)]
    return this.#calls.get(toolCallId)?.sentArguments ? opening : [...opening, ...this.#arguments(toolCallId, input)]
  }

  #counted(text: string): string {
    this.#deliveredBytes += Buffer.byteLength(text)
    return text
  }
}
