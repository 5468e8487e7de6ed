// Owns `aegis privacy`: its subcommands, their flags and their help.
import { Command, Option } from 'commander'
import { guarded } from '../command-error.ts'
import { gatewayUrl } from '../parse-flags.ts'
import type { ExceptFlags } from '../privacy/run-except.ts'
import type { OpenFlags } from '../privacy/run-open.ts'

const exceptCommand = new Command('except')
  .description('sign a permission for findings of some types to leave, for one key and until a time')
  .requiredOption('--key <id>', 'the id of the key that it is for; master is the master key')
  .requiredOption(
    '--types <list>',
    'types of findings: credit_card,email_address; docs/reference/detection.md lists them',
  )
  .requiredOption('--until <time>', 'when it ends: 2026-12-31 or 2026-12-31T18:00:00Z, a year from now at the most')
  .requiredOption('--reason <text>', 'why; it stands in the audit record')
  .option('-c, --config <file>', 'configuration file, for its master key')
  .option('--json', 'write one JSON object')
  .addHelpText(
    'after',
    `
Writes a line for privacy.exceptions of the configuration. It is signed with the master key of the configuration, or of
AEGIS_MASTER_KEY: who changes it, or has another master key, has no exception, and a gateway does not start with it.

Only what was found is lifted, never what was declared, what a session was before, nor anything of level hipaa.
Each use is in the audit record.

Example:
  $ aegis privacy except --key master --types email_address --until 2026-12-31 --reason "newsletter run"`,
  )
  .action(
    guarded(async (flags: ExceptFlags, _command: Command) => {
      const { runExcept } = await import('../privacy/run-except.ts')
      await runExcept(flags)
    }),
  )

const openCommand = new Command('open')
  .description('let a provider that a violation has closed have restricted data again')
  .argument('<provider>', 'its name in the configuration')
  .option('-c, --config <file>', 'configuration file')
  .addOption(new Option('--url <address>', 'a running gateway; default $AEGIS_URL').argParser(gatewayUrl))
  .option('--json', 'write one JSON object')
  .addHelpText(
    'after',
    `
Look at the server first: aegis audit show --type violation says what happened. It is opened for all processes on the ledger,
which follow within a second; a restart opens nothing.

Example:
  $ aegis privacy open local_ollama`,
  )
  .action(
    guarded(async (provider: string, flags: OpenFlags, _command: Command) => {
      const { runOpen } = await import('../privacy/run-open.ts')
      await runOpen(provider, flags)
    }),
  )

export const privacyCommand = new Command('privacy')
  .description('exceptions from what detection keeps at home, and providers that a violation has closed')
  .addCommand(exceptCommand)
  .addCommand(openCommand)
