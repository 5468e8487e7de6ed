// Owns `aegis rollout`: its subcommands, their flags and their help.
import { Command, Option } from 'commander'
import { guarded } from '../command-error.ts'
import { gatewayUrl, wholeNumberUpTo } from '../parse-flags.ts'
import type { RolloutFlags } from '../rollout/run-rollout.ts'

/** The flags of all of them: which rollout, and how it is shown. */
function withPlace(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file')
    .addOption(
      new Option('--url <address>', 'ask a running gateway instead of opening the ledger; default $AEGIS_URL')
        .argParser(gatewayUrl)
        .conflicts('config'),
    )
    .option('--json', 'write a JSON object')
}

function change(action: 'start' | 'advance' | 'pause' | 'resume' | 'rollback', description: string): Command {
  return withPlace(new Command(action).description(description)).action(
    guarded(async (flags: RolloutFlags, _command: Command) => {
      const { runRolloutChange } = await import('../rollout/run-rollout.ts')
      await runRolloutChange(action, flags)
    }),
  )
}

const statusCommand = withPlace(new Command('status').description('its share, its gates and every step so far')).action(
  guarded(async (flags: RolloutFlags, _command: Command) => {
    const { runRolloutStatus } = await import('../rollout/run-rollout.ts')
    await runRolloutStatus(flags)
  }),
)

export const rolloutCommand = new Command('rollout')
  .description('a candidate policy that takes over step by step')
  .addCommand(statusCommand)
  .addCommand(
    change('start', 'give the candidate its first stage').option(
      '--shadow',
      'let it decide beside the current policy and send nothing by it',
    ),
  )
  .addCommand(change('advance', 'go on to the next stage now, whatever the gates say'))
  .addCommand(change('pause', 'keep the share as it is; the gates go on watching'))
  .addCommand(change('resume', 'go on after a pause, or after the gates have sent it back to a stage'))
  .addCommand(
    change('rollback', 'give everything back to the current policy').addOption(
      new Option('--to <percent>', 'go back to this stage instead').argParser(wholeNumberUpTo(100)),
    ),
  )
  .addHelpText(
    'after',
    `
The rollout section of the configuration names the candidate, its stages and its gates. What is done here holds in all
gateways of the ledger within seconds, and is kept as a step.

Examples:
  $ aegis rollout start --shadow
  $ aegis rollout start
  $ aegis rollout status --json
  $ aegis rollout rollback --to 30`,
  )
