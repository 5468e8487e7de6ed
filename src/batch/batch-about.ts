// Owns what is known of a batch beside its status and counts, and how OpenAI's API shows all of it.
import type { DataClassification } from '../domain/data-classification.ts'
import type { BatchCounts, BatchStatus } from '../ledger/content-store.ts'

export const batchEndpoints = ['/v1/chat/completions', '/v1/embeddings'] as const
export type BatchEndpoint = (typeof batchEndpoints)[number]

/** A line of the input file that cannot be asked, by its number. */
export interface LineError {
  readonly code: string
  readonly line: number | null
  readonly message: string
  readonly param: string | null
}

/** Sealed at rest. Times are milliseconds since 1970. */
export interface BatchAbout {
  readonly endpoint: BatchEndpoint
  readonly inputFileId: string
  /** The caller's own words. */
  readonly metadata: object | null
  /** Lines of the input file. */
  readonly total: number
  /** Names and values of the routing hints that hold for every line. */
  readonly hints: readonly string[]
  /** The key that made it. */
  readonly keyId: string | undefined
  readonly expiresAtMs: number
  readonly errors?: readonly LineError[]
  readonly failedAtMs?: number
  readonly finalizingAtMs?: number
  readonly completedAtMs?: number
  readonly cancellingAtMs?: number
  readonly cancelledAtMs?: number
  readonly expiredAtMs?: number
  readonly outputFileId?: string
  readonly errorFileId?: string
}

/** A batch, opened. */
export interface Batch {
  readonly id: string
  readonly tenant: string
  readonly createdAtMs: number
  readonly status: BatchStatus
  readonly about: BatchAbout
}

/** As https://platform.openai.com/docs/api-reference/batch/object has it. */
export function batchObject({ id, createdAtMs, status, about }: Batch, { completed, failed }: BatchCounts) {
  return {
    id,
    object: 'batch',
    endpoint: about.endpoint,
    errors: about.errors ? { object: 'list', data: about.errors } : null,
    input_file_id: about.inputFileId,
    completion_window: '24h',
    status,
    output_file_id: about.outputFileId ?? null,
    error_file_id: about.errorFileId ?? null,
    created_at: seconds(createdAtMs),
    in_progress_at: status === 'failed' ? null : seconds(createdAtMs),
    expires_at: seconds(about.expiresAtMs),
    finalizing_at: seconds(about.finalizingAtMs),
    completed_at: seconds(about.completedAtMs),
    failed_at: seconds(about.failedAtMs),
    expired_at: seconds(about.expiredAtMs),
    cancelling_at: seconds(about.cancellingAtMs),
    cancelled_at: seconds(about.cancelledAtMs),
    request_counts: { total: about.total, completed, failed },
    metadata: about.metadata,
  }
}

function seconds(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : Math.floor(milliseconds / 1000)
}

/** What is known of a file. Sealed at rest. */
export interface FileAbout {
  readonly filename: string
  readonly purpose: 'batch' | 'batch_output'
  readonly bytes: number
}

/** One question of a batch. */
export interface BatchLine {
  /** From 1. */
  readonly line: number
  readonly customId: string
  /** The request, as the caller wrote it. */
  readonly body: Buffer
}

/** What became of one question. */
export interface LineReply {
  readonly requestId: string
  readonly status: number
  readonly body: unknown
  /** The level under which it was asked. */
  readonly classification: DataClassification
}
