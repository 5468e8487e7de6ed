// Owns what the pipelines ask of language models, whoever answers: the seam between the old client and Aegis.
import type { DataClassification } from 'aegis-llm'
import type * as z from 'zod'

/** What the pipeline knows of a piece of work. The old client had no use for it. */
export interface Work {
  readonly dataClassification: DataClassification
  /** What belongs together, such as one asker's questions: a rollout keeps it under one policy. */
  readonly session?: string
  /** Requests of this kind that are on their way: a large batch goes where there is scale. */
  readonly batchSize?: number
  readonly qualityRequirement?: 'low' | 'medium' | 'high' | 'critical'
  readonly complexity?: 'low' | 'medium' | 'high'
}

export interface Extraction<Output> {
  readonly schema: z.ZodType<Output>
  /** What to do; the text comes apart from it. */
  readonly instructions: string
  readonly text: string
}

export interface Models {
  /** An answer in pieces, and in the end who gave it. */
  answer(prompt: string, work: Work): AsyncGenerator<string, ModelCall, undefined>
  /** What a schema asks for, out of a text. */
  extract<Output extends Record<string, unknown>>(task: Extraction<Output>, work: Work): Promise<Output>
  /** A vector for each text, all of one model that runs on this machine. */
  embed(texts: readonly string[], work: Work): Promise<number[][]>
}

/** One call that was answered, for the summary at the end. Never a word of its content. */
export interface ModelCall {
  readonly kind: 'answer' | 'extract' | 'embed'
  readonly provider: string
  readonly location: 'local' | 'cloud'
  readonly reason: string
  readonly classification: DataClassification
  /** US dollars. */
  readonly costUsd: number
}

export type NoteCall = (call: ModelCall) => void
