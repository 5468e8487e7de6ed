// Owns `aegis check`: its flags and its help.
import { Command } from 'commander'
import type { CheckFlags } from '../check/run-check.ts'
import { guarded } from '../command-error.ts'

export const checkCommand = new Command('check')
  .description('validate the configuration, reach every provider, verify that local is local')
  .option('-c, --config <file>', 'configuration file; without it aegis.yml, or what this machine offers')
  .option('--sandbox', 'examine the sandbox')
  .option('--no-completion', 'do not measure an answer of free models')
  .option('--json', 'write one JSON object')
  .addHelpText(
    'after',
    `
Nothing is spent: each provider is asked for its list of models, for 5 seconds at the most, and the default model of each
that is free gives a tiny answer, which is timed; a local server may load it first.
Exit code: 0 when everything that must work works, warnings included; 1 when something must be fixed; 2 when the
configuration cannot be read, with every problem and its line.

Examples:
  $ aegis check
  $ aegis check --config aegis.yml --json`,
  )
  .action(
    guarded(async (flags: CheckFlags, _command: Command) => {
      const { runCheck } = await import('../check/run-check.ts')
      await runCheck(flags)
    }),
  )
