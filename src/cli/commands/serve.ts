// Owns `aegis serve`: its flags and its help.
import { Command } from 'commander'
import { guarded } from '../command-error.ts'
import { portNumber, wholeNumberUpTo } from '../parse-flags.ts'
import type { ServeFlags } from '../serve/run-serve.ts'

export const serveCommand = new Command('serve')
  .description('start the gateway')
  .option('-c, --config <file>', 'configuration file; without it aegis.yml, or what this machine offers')
  .option('--host <address>', 'address to listen on; any but loopback needs a master key')
  .option('-p, --port <number>', 'port to listen on, 0 for any', portNumber)
  .option(
    '-w, --workers <number>',
    'processes that share the address and the ledger; 1 unless told',
    wholeNumberUpTo(64),
  )
  .option('--sandbox', 'simulated providers, no model and no key needed')
  .option('--json', 'say where it listens as one line of JSON')
  .addHelpText(
    'after',
    `
The log goes to standard error, as JSON lines unless that is a terminal. The first Ctrl-C lets running answers end.

Examples:
  $ aegis serve
  $ aegis serve --sandbox --port 0
  $ aegis serve --workers 4
  $ AEGIS_MASTER_KEY=... aegis serve --config aegis.yml --host 0.0.0.0`,
  )
  .action(
    guarded(async (flags: ServeFlags, _command: Command) => {
      const { runServe } = await import('../serve/run-serve.ts')
      await runServe(flags)
    }),
  )
