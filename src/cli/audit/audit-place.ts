// Owns which audit record a command looks into: the folder that is named, else that of the configuration.
import { existsSync } from 'node:fs'
import { sandboxLedger } from '../../open-aegis.ts'
import { CommandError } from '../command-error.ts'
import { configFromFile, findGateway } from '../gateway/find-gateway.ts'
import { tell } from '../terminal.ts'

export interface AuditPlaceFlags {
  readonly config?: string
  readonly dir?: string
  readonly sandbox?: boolean
}

/** @throws CommandError when nothing is recorded, or there is no such folder. */
export async function auditFolder({ config, dir, sandbox }: AuditPlaceFlags): Promise<string> {
  const folder = dir ?? (sandbox ? sandboxFolder() : await configuredFolder(config))
  if (existsSync(folder)) return folder
  const wayOut = 'it is made when a gateway starts, or name its --dir or its --config.'
  throw new CommandError(`There is no audit record in ${folder}: ${wayOut}`)
}

function sandboxFolder(): string {
  const ledger = sandboxLedger()
  return `${'path' in ledger ? ledger.path : ''}-audit`
}

async function configuredFolder(stated: string | undefined): Promise<string> {
  const config = await configFromFile(stated)
  if (!config) return unconfiguredFolder()
  const { audit } = config.privacy
  if (!audit) throw new CommandError('This configuration records no decisions: see privacy.audit.')
  return audit.folder
}

/**
 * Without a file a gateway keeps it beside the ledger of its directory, and a sandbox elsewhere: one that runs is what the
 * person at the terminal means, and so is one that ran when there is nothing else.
 */
async function unconfiguredFolder(): Promise<string> {
  const [here, sandbox] = ['./aegis.db-audit', sandboxFolder()]
  const simulated = (await findGateway({ sandbox: true })) !== undefined || !existsSync(here)
  if (!simulated || !existsSync(sandbox)) return here
  tell(`the record of the sandbox, in ${sandbox}`)
  return sandbox
}
