// Owns `aegis migrate`: its flags and its help.
import { Command } from 'commander'
import { guarded } from '../command-error.ts'
import type { MigrateFlags } from '../money/run-migrate.ts'

export const migrateCommand = new Command('migrate')
  .description('make the ledger, or bring its tables up to date')
  .option('-c, --config <file>', 'configuration file')
  .option('--sandbox', 'the ledger of the sandbox')
  .option('--json', 'write a JSON object')
  .addHelpText(
    'after',
    `
A gateway does the same when it starts; this is for doing it before, with the rights that it needs. It can be run any
number of times, and while gateways of this version run. Older versions refuse a ledger of a newer one.`,
  )
  .action(
    guarded(async (flags: MigrateFlags, _command: Command) => {
      const { runMigrate } = await import('../money/run-migrate.ts')
      await runMigrate(flags)
    }),
  )
