// Owns `aegis usage`: its flags and its help.
import { Command, Option } from 'commander'
import type { UsageGrouping } from '../../ledger/ledger.ts'
import { guarded } from '../command-error.ts'
import type { UsageFlags } from '../money/run-usage.ts'
import { gatewayUrl, pastMoment, wholeNumberUpTo } from '../parse-flags.ts'

const groupings = ['provider', 'model', 'key', 'user', 'tag', 'day'] as const satisfies readonly UsageGrouping[]

export const usageCommand = new Command('usage')
  .description('what was asked, who answered and what it cost')
  .addOption(new Option('--by <what>', 'sums instead of single requests').choices(groupings))
  .option('--since <when>', 'only from then on: 30m, 24h, 7d, 4w, or a date such as 2026-11-01', checkedMoment)
  .option('--until <when>', 'only before then, written as --since is', checkedMoment)
  .addOption(filter('provider', 'answered by this provider'))
  .addOption(filter('model', 'answered by this model'))
  .addOption(filter('key', 'with this key'))
  .addOption(filter('user', 'of this user'))
  .addOption(filter('tag', 'with this tag'))
  .addOption(
    new Option('-n, --limit <n>', 'at most so many requests, the newest')
      .argParser(wholeNumberUpTo(1_000_000))
      .default(20),
  )
  .addOption(new Option('--all', 'all of them').conflicts('limit'))
  .option('--cursor <cursor>', 'from where the requests before have ended')
  .option('-c, --config <file>', 'configuration file')
  .addOption(
    new Option('--url <address>', 'ask a running gateway instead of reading the ledger; default $AEGIS_URL')
      .argParser(gatewayUrl)
      .conflicts(['sandbox', 'config']),
  )
  .option('--sandbox', 'the requests of the sandbox')
  .addOption(new Option('--csv', 'write CSV with every column').conflicts('json'))
  .option('--json', 'write a JSON array')
  .addHelpText(
    'after',
    `
Reads the ledger, also while a gateway writes it. Days are UTC days. The cost of an attempt that failed is
booked where it was caused.

Examples:
  $ aegis usage --since 24h
  $ aegis usage --by provider --since 30d
  $ aegis usage --user ann --model gpt-4o
  $ aegis usage --all --csv > usage.csv`,
  )
  .action(
    guarded(async (flags: UsageFlags, _command: Command) => {
      const { runUsage } = await import('../money/run-usage.ts')
      await runUsage(flags)
    }),
  )

/** Sums have none of these. */
function filter(name: string, description: string): Option {
  return new Option(`--${name} <${name === 'key' ? 'id' : 'name'}>`, `only requests ${description}`).conflicts('by')
}

/** Checked here, so that commander names the flag; read again when the command runs. */
function checkedMoment(text: string): string {
  pastMoment(text, 0)
  return text
}
