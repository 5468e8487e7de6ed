// Owns `aegis init`: its flags and its help.
import { Command } from 'commander'
import { guarded } from '../command-error.ts'
import type { InitFlags } from '../init/run-init.ts'

export const initCommand = new Command('init')
  .description('write a commented aegis.yml and a master key')
  .option('--dir <directory>', 'where to write', '.')
  .option('--force', 'replace aegis.yml and the master key when they exist')
  .option('--json', 'write one JSON object')
  .addHelpText(
    'after',
    `
Writes aegis.yml, with the models of the Ollama on this machine if one answers, and AEGIS_MASTER_KEY into .env, which
only its owner may read. Every aegis command loads .env of the working directory at start; variables that are set
already win. Keep .env out of version control.

Examples:
  $ aegis init
  $ aegis init --dir deploy && cd deploy && aegis check`,
  )
  .action(
    guarded(async (flags: InitFlags, _command: Command) => {
      const { runInit } = await import('../init/run-init.ts')
      await runInit(flags)
    }),
  )
