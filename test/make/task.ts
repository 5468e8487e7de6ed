// Owns the making of tasks in tests.

import {
  type DataClassification,
  type EffectiveClassification,
  isRestricted,
} from '../../src/domain/data-classification.ts'
import type { Task } from '../../src/domain/task.ts'
import { chatBody } from './chat-body.ts'

/** A task about which its caller said nothing, and what `more` replaces. */
export function task(more: Partial<Task> = {}): Task {
  return {
    id: 'req_0123456789abcdef',
    receivedAtMs: Date.parse('2026-11-23T12:00:00Z'),
    timeoutMs: 60_000,
    model: { by: 'policy' },
    hints: {},
    body: chatBody(),
    ...more,
  }
}

/** The effective classification of a level that the caller declared. */
export function classifiedAs(level: DataClassification): EffectiveClassification {
  return { level, undecidable: false, restricted: isRestricted(level), source: 'declared' }
}

/** What cannot be judged is restricted, whatever its level. */
export const undecidable: EffectiveClassification = {
  level: 'internal',
  undecidable: true,
  restricted: true,
  source: 'undecidable',
}
