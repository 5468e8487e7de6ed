// Owns `aegis usage`: its flags and its help.
import { Command, Option } from 'commander'
import type { UsageGrouping } from '../../ledger/ledger.ts'
import { guarded } from '../command-error.ts'
import type { UsageFlags } from '../money/run-usage.ts'
import { pastMoment, wholeNumberUpTo } from '../parse-flags.ts'

const groupings = ['provider', 'model', 'key', 'user', 'day'] as const satisfies readonly UsageGrouping[]

export const usageCommand = new Command('usage')
  .description('what was asked, who answered and what it cost')
  .addOption(new Option('--by <what>', 'sums instead of single requests').choices(groupings))
  .option('--since <when>', 'only from then on: 30m, 24h, 7d, 4w, or a date such as 2026-11-01', checkedMoment)
  .addOption(
    new Option('-n, --limit <n>', 'at most so many requests, the newest').argParser(wholeNumberUpTo(1000)).default(20),
  )
  .option('-c, --config <file>', 'configuration file')
  .option('--sandbox', 'the requests of the sandbox')
  .addOption(new Option('--csv', 'write CSV with every column').conflicts('json'))
  .option('--json', 'write a JSON array')
  .addHelpText(
    'after',
    `
Reads the ledger's file, also while a gateway writes it. Days are UTC days. The cost of an attempt that failed is
booked where it was caused.

Examples:
  $ aegis usage --since 24h
  $ aegis usage --by provider --since 30d
  $ aegis usage --limit 1000 --csv > usage.csv`,
  )
  .action(
    guarded(async (flags: UsageFlags, _command: Command) => {
      const { runUsage } = await import('../money/run-usage.ts')
      await runUsage(flags)
    }),
  )

/** Checked here, so that commander names the flag; read again when the command runs. */
function checkedMoment(text: string): string {
  pastMoment(text, 0)
  return text
}
