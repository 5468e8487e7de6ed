// Owns what is said of a route beside its method and path: every route has it, so none can be left out of the document.
import type { ErrorCode } from '../../domain/errors.ts'
import type { Schema } from './schema.ts'

export const tags = ['OpenAI', 'Anthropic', 'Ollama', 'Management', 'Aegis', 'Operation', 'Administration'] as const
export type Tag = (typeof tags)[number]

export interface BodyDescription {
  readonly schema: Schema
  /** A request that is good as it stands. */
  readonly example: Readonly<Record<string, unknown>>
  /** JSON unless stated. */
  readonly type?: 'multipart/form-data'
}

export interface AnswerDescription {
  /** Of a JSON answer; absent where there is none. */
  readonly schema?: Schema
  /** 200 unless stated. */
  readonly status?: 204
  /** What else it can be, by content type: a stream, a page, a file. */
  readonly also?: Readonly<Record<string, Schema>>
  /** Of a status that is no error and carries the same schema. */
  readonly otherwise?: { readonly status: number; readonly description: string }
}

export interface Description {
  /** Of the operation; no two routes have the same. */
  readonly operation: string
  readonly tag: Tag
  readonly summary: string
  readonly description?: string
  /** Who documents the rest of the wire. */
  readonly documentation?: string
  readonly query?: Readonly<Record<string, Schema>>
  /** Headers of the request beside those that every route or every route with hints has. */
  readonly headers?: Readonly<Record<string, Schema>>
  readonly body?: BodyDescription
  readonly answer: AnswerDescription
  /** Takes the routing hints as headers. */
  readonly hints?: true
  /** Has a model answer, so it can fail as that can, and its headers say where the answer came from. */
  readonly asks?: true
  /** What it refuses beside what follows from all this; with a status where it is not the code's own. */
  readonly errors?: readonly (ErrorCode | readonly [ErrorCode, number])[]
}
