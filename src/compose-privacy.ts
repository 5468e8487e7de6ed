// Owns the construction of what guards and records restricted data: memory of conversations, doors, audit, exceptions.
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type { Alerts } from './alerts/alerts.ts'
import { headText } from './audit/audit-files.ts'
import { AuditLog, type AuditLogOptions } from './audit/audit-log.ts'
import type { Surroundings } from './compose.ts'
import type { AegisConfig } from './config/aegis-config.ts'
import type { OnViolation } from './domain/privacy-violation.ts'
import { DoorBook } from './doors/door-book.ts'
import type { LedgerStore } from './ledger/store.ts'
import { OpenParts } from './open-parts.ts'
import type { RestrictedDoors } from './providers/transport/restricted-doors.ts'
import { TaintBook } from './taint/taint-book.ts'
import type { PrivacyState } from './telemetry/system-status.ts'
import { version } from './version.ts'

export interface Privacy {
  readonly taint: TaintBook
  readonly audit: AuditLog | undefined
  readonly doors: RestrictedDoors
  readonly onViolation: OnViolation
  /** By a person. False when it was not closed. @throws StoreUnavailable */
  readonly openDoor: (provider: string) => Promise<boolean>
  /** For those who ask how it stands. */
  readonly state: (config: AegisConfig) => PrivacyState
  close(): Promise<void>
}

interface Told {
  readonly store: Pick<LedgerStore, 'doors' | 'taint'>
  readonly alerts: Alerts
  readonly countViolation: () => void
}

/** @throws AuditError, StoreUnavailable */
export async function composePrivacy(config: AegisConfig, surroundings: Surroundings, told: Told): Promise<Privacy> {
  const open = new OpenParts()
  try {
    return await composeInto(open, config, surroundings, told)
  } catch (error) {
    await open.close()
    throw error
  }
}

async function composeInto(
  open: OpenParts,
  config: AegisConfig,
  { clock, logger }: Surroundings,
  { store, alerts, countViolation }: Told,
): Promise<Privacy> {
  const { audit: auditConfig, exceptions, rememberMs } = config.privacy
  const audit = openAudit(config, { clock, logger })
  if (audit) open.add(audit)
  for (const { id, key, types, untilMs, reason } of exceptions) {
    audit?.record({ type: 'exception', data: { id, key, types, until: new Date(untilMs).toISOString(), reason } })
  }
  if (audit && auditConfig) logger.info('audit_open', { folder: auditConfig.folder, head: headText(audit.heads()) })
  const book = await DoorBook.open({
    ...{ store: store.doors, clock, logger },
    onOpened: (provider, by) => {
      logger.warn('privacy_reopened', { provider, by })
      audit?.record({ type: 'reopened', data: { provider, by } })
    },
  })
  open.add(book)
  const { doors } = book
  let violations = 0
  const onViolation: OnViolation = (violation) => {
    const { provider, cause, requestId } = violation
    violations += 1
    countViolation()
    doors.close(provider, cause)
    logger.error('privacy_violation', { provider, cause, request_id: requestId })
    audit?.record({ type: 'violation', data: { provider, cause, request_id: requestId ?? null } })
    void audit?.flush()
    alerts.violation(violation)
  }
  const taint = await TaintBook.open({ store: store.taint, clock, logger, lifetimeMs: rememberMs })
  open.add(taint)
  return {
    taint,
    audit,
    doors,
    onViolation,
    state: ({ providers, privacy }) => ({
      violations,
      closed: providers.flatMap(({ name }) => {
        const door = doors.closed(name)
        return door ? [{ provider: name, cause: door.cause, since: new Date(door.sinceMs).toISOString() }] : []
      }),
      remembered: taint.size,
      exceptions: privacy.exceptions.map(({ id, key, types, untilMs }) => ({
        ...{ id, key, types, until: new Date(untilMs).toISOString() },
        in_force: clock.wallMs() < untilMs,
      })),
      audit: audit && auditConfig ? { folder: auditConfig.folder, head: headText(audit.heads()) } : null,
    }),
    openDoor: (provider) => book.openByPerson(provider),
    close: () => open.close(),
  }
}

/**
 * The record of a process that decides or changes something; undefined when it is off.
 * @throws AuditError
 */
export function openAudit(
  config: AegisConfig,
  { clock, logger }: Pick<Surroundings, 'clock' | 'logger'>,
): AuditLog | undefined {
  const { audit } = config.privacy
  const fsync = config.ledger.kind !== 'memory' && config.ledger.fsync
  return audit && AuditLog.open({ ...audit, clock, logger, fsync, about: aboutOf(config) })
}

/** Under which rules the decisions of a process were made; the same text for the same rules. */
function policyOf({ privacy, routing, providers }: AegisConfig): string {
  const { detect, defaultClassification, onExplicitCloudModel, localNetworks } = privacy
  // Names of a tenant's lists say which there are; their words are secrets, and a plain hash of them could be guessed.
  const lists = {
    dictionaries: detect.dictionaries.map(({ name }) => name),
    patterns: detect.patterns.map(({ name }) => name),
  }
  const rules = [{ ...detect, ...lists }, defaultClassification, onExplicitCloudModel, localNetworks, routing]
  const places = providers.map(({ name, kind, location }) => [name, kind, location])
  return createHash('sha256')
    .update(JSON.stringify([rules, places]))
    .digest('hex')
    .slice(0, 16)
}

function aboutOf(config: AegisConfig): AuditLogOptions['about'] {
  return { version, policy: policyOf(config), host: hostname(), pid: process.pid }
}
