// Owns `aegis models`: its flags and its help.
import { Command } from 'commander'
import { guarded } from '../command-error.ts'
import type { ModelsFlags } from '../models/run-models.ts'

export const modelsCommand = new Command('models')
  .description('what is known of each model: context window, output cap, capabilities, price')
  .option('-c, --config <file>', 'configuration file; without it aegis.yml, or what this machine offers')
  .option('--sandbox', 'the models of the sandbox')
  .option('--refresh', 'ask every provider for its models first, and keep the answers')
  .option('--all', 'also models that providers list and the configuration does not name')
  .option('--json', 'write a JSON array')
  .addHelpText(
    'after',
    `
Known from, best first: the configuration, what the provider said when it was last asked, the price list of this version,
the model's name. What is not known is allowed: the provider decides. Without --refresh nobody is asked.
Exit code: 1 when a provider that was asked did not answer.

Examples:
  $ aegis models
  $ aegis models --refresh --all
  $ aegis models --json | jq '.[] | select(.capabilities.vision)'`,
  )
  .action(
    guarded(async (flags: ModelsFlags, _command: Command) => {
      const { runModels } = await import('../models/run-models.ts')
      await runModels(flags)
    }),
  )
