// Owns which audit record a command looks into: the folder that is named, else that of the configuration.
import { existsSync } from 'node:fs'
import { sandboxLedger } from '../../open-aegis.ts'
import { CommandError } from '../command-error.ts'
import { configFromFile } from '../gateway/find-gateway.ts'

export interface AuditPlaceFlags {
  readonly config?: string
  readonly dir?: string
  readonly sandbox?: boolean
}

/** @throws CommandError when nothing is recorded, or there is no such folder. */
export async function auditFolder({ config, dir, sandbox }: AuditPlaceFlags): Promise<string> {
  const folder = dir ?? (sandbox ? sandboxFolder() : await configuredFolder(config))
  if (!existsSync(folder)) {
    throw new CommandError(
      `There is no audit record in ${folder}: it is made when a gateway starts, or name its --dir.`,
    )
  }
  return folder
}

function sandboxFolder(): string {
  const ledger = sandboxLedger()
  return `${'path' in ledger ? ledger.path : ''}-audit`
}

async function configuredFolder(stated: string | undefined): Promise<string> {
  const config = await configFromFile(stated)
  // Without a file, that is where a gateway of this directory keeps it.
  if (!config) return './aegis.db-audit'
  const { audit } = config.privacy
  if (!audit) throw new CommandError('This configuration records no decisions: see privacy.audit.')
  return audit.folder
}
