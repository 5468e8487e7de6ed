// Owns the run of `aegis privacy except`: from flags to a signed line for the configuration.
import { randomBytes } from 'node:crypto'
import { signException } from '../../config/exception-token.ts'
import { nearestName } from '../../config/nearest-name.ts'
import type { PrivacyException } from '../../domain/privacy-exception.ts'
import { Secret } from '../../domain/secret.ts'
import { createDetection } from '../../policy/classify/detect.ts'
import { CommandError } from '../command-error.ts'
import { configFromFile } from '../gateway/find-gateway.ts'
import { say, sayJson, tell } from '../terminal.ts'

export interface ExceptFlags {
  readonly key: string
  readonly types: string
  readonly until: string
  readonly reason: string
  readonly config?: string
  readonly json?: boolean
}

const MOST_MS = 366 * 86_400_000

export async function runExcept(flags: ExceptFlags): Promise<void> {
  const exception: PrivacyException = {
    id: randomBytes(4).toString('hex'),
    key: keyOf(flags.key),
    types: typesOf(flags.types),
    untilMs: untilOf(flags.until, Date.now()),
    reason: reasonOf(flags.reason),
  }
  const token = signException(exception, await masterKeyOf(flags.config))
  const until = new Date(exception.untilMs).toISOString()
  if (flags.json) sayJson({ ...exception, untilMs: undefined, until, token })
  else {
    say(token)
    tell(`exception ${exception.id} for ${exception.key}: ${exception.types.join(', ')} until ${until}`)
    tell('add the line to privacy.exceptions of the configuration and start the gateway again')
  }
}

function keyOf(key: string): string {
  if (!/^[\w.-]{1,128}$/.test(key)) throw new CommandError('--key is the id of a key, never the key itself.', 2)
  if (/^sk-aegis-[^-]+-./.test(key)) throw new CommandError('--key is a whole key: give its id only.', 2)
  return key
}

function typesOf(text: string): readonly string[] {
  const types = [...new Set(text.split(',').map((one) => one.trim()))].filter((one) => one !== '')
  if (types.length === 0) throw new CommandError('--types names no type.', 2)
  const levels = new Map(createDetection({ clock: performance }).detectors.map(({ type, level }) => [type, level]))
  // Names of persons and a tenant's own rules come beside the built-in detectors.
  levels.set('person_name', 'pii')
  for (const type of types) {
    const level = levels.get(type)
    if (level === 'hipaa') throw new CommandError(`${type} is of level hipaa, which nothing lifts.`, 2)
    if (level === undefined && !type.startsWith('tenant_')) {
      const near = nearestName(type, [...levels.keys()])
      throw new CommandError(`There is no type ${type}${near === undefined ? '' : `, did you mean ${near}?`}`, 2)
    }
  }
  return types
}

function untilOf(text: string, nowMs: number): number {
  const isIso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  const untilMs = isIso ? Date.parse(text) : Number.NaN
  if (Number.isNaN(untilMs)) throw new CommandError('--until is a time such as 2026-12-31T18:00:00Z.', 2)
  if (untilMs <= nowMs) throw new CommandError('--until is over already.', 2)
  if (untilMs > nowMs + MOST_MS) throw new CommandError('--until is more than a year away: exceptions end.', 2)
  return untilMs
}

function reasonOf(text: string): string {
  const reason = text.trim()
  if (reason === '' || reason.length > 500 || /\p{Cc}/u.test(reason)) {
    throw new CommandError('--reason is a text of one line, 500 characters at the most.', 2)
  }
  return reason
}

async function masterKeyOf(stated: string | undefined): Promise<Secret> {
  const config = await configFromFile(stated)
  const own = process.env.AEGIS_MASTER_KEY
  const key = config?.auth.masterKey ?? (own === undefined || own === '' ? undefined : new Secret(own))
  if (!key) throw new CommandError('There is no master key to sign with: set AEGIS_MASTER_KEY, or name --config.', 2)
  return key
}
