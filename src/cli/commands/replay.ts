// Owns `aegis replay`: its flags and its help.
import { Command, Option } from 'commander'
import { guarded } from '../command-error.ts'
import { pastMoment, wholeNumberUpTo } from '../parse-flags.ts'
import type { ReplayFlags } from '../replay/run-replay.ts'

export const replayCommand = new Command('replay')
  .description('what the recorded decisions would have been, and would have cost, under another policy')
  .requiredOption('--policy <file>', 'a candidate (routing: and models:), or a whole configuration')
  .option('--since <when>', 'only from then on: 30m, 24h, 7d, 4w, or a date such as 2026-11-01', checkedMoment, '7d')
  .option('--until <when>', 'only before then, written as --since is', checkedMoment)
  .addOption(
    new Option('-n, --differences <n>', 'at most so many kinds of differences')
      .argParser(wholeNumberUpTo(10_000))
      .default(20),
  )
  .option('-c, --config <file>', 'the configuration whose ledger has the decisions')
  .option('--json', 'write a JSON object')
  .addHelpText(
    'after',
    `
Reads the ledger, also while gateways write it. Nobody is called. Of each decision the hints, the classification, the
model that was asked for and the usage are kept, never content; telemetry.decisions.keep_days says for how long.
The first candidate of the other policy is taken to answer with the same usage: which providers fail and which budgets
are empty is not replayed. Variables of --policy that are not set are given a stand-in, so that no key is needed.

Examples:
  $ aegis replay --policy candidate.yml
  $ aegis replay --policy candidate.yml --since 24h --json`,
  )
  .action(
    guarded(async (flags: ReplayFlags, _command: Command) => {
      const { runReplay } = await import('../replay/run-replay.ts')
      await runReplay(flags)
    }),
  )

/** Checked here, so that commander names the flag; read again when the command runs. */
function checkedMoment(text: string): string {
  pastMoment(text, 0)
  return text
}
