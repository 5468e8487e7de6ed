// Owns `aegis keys`: its subcommands, their flags and their help.
import { Command, InvalidArgumentError, Option } from 'commander'
import { keyScopes } from '../../access/access-types.ts'
import { dataClassifications } from '../../domain/data-classification.ts'
import { guarded } from '../command-error.ts'
import type { KeyCreateFlags, KeyFlags, KeyRotateFlags } from '../keys/run-keys.ts'
import { gatewayUrl } from '../parse-flags.ts'

const urlOption = () =>
  new Option('--url <address>', 'ask a running gateway instead of opening the ledger; default $AEGIS_URL')
    .argParser(gatewayUrl)
    .conflicts(['sandbox', 'config'])

/** The flags that say which ledger. */
function withPlace(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file')
    .addOption(urlOption())
    .option('--sandbox', 'the keys of the sandbox')
    .option('--json', 'write JSON')
}

const createCommand = withPlace(new Command('create'))
  .description('make a virtual key; its text is shown this once')
  .option('--name <text>', 'what it is for')
  .option('--user <id>', 'whose money it spends; a user of its own unless told')
  .option('--any-user', 'requests with it may name users themselves, as the master key may')
  .addOption(new Option('--scope <scopes...>', 'what it opens; inference unless told').choices(keyScopes))
  .option('--model <names...>', 'it may use these models alone: gpt-4o-mini, or openai/gpt-4o-mini')
  .option('--provider <names...>', 'it may use these providers alone')
  .addOption(
    new Option('--classification <level>', 'the level of its requests at the least').choices(dataClassifications),
  )
  .addOption(
    new Option('--max-classification <level>', 'the highest level that it may send, wherever it would go').choices(
      dataClassifications,
    ),
  )
  .option('--expires <when>', 'a time such as 2026-12-31T00:00:00Z, or from now on: 90m, 12h, 30d')
  .option('--requests-per-minute <count>', 'requests in a minute', count)
  .option('--tokens-per-minute <count>', 'tokens in a minute, of input and output together', count)
  .option('--parallel-requests <count>', 'requests under way at once', count)
  .addHelpText(
    'after',
    `
Works while gateways run: all of them know it at once. Only a hash of its secret is kept.

Examples:
  $ aegis keys create --name ci --model gpt-4o-mini --expires 30d
  $ aegis keys create --user ada --max-classification internal --requests-per-minute 60
  $ aegis keys create --name dashboard --scope read --json`,
  )
  .action(
    guarded(async (flags: KeyCreateFlags, _command: Command) => {
      const { runKeysCreate } = await import('../keys/run-keys.ts')
      await runKeysCreate(flags)
    }),
  )

const listCommand = withPlace(new Command('list'))
  .description('each key, with what it may do; never its text')
  .addHelpText('after', '\nExamples:\n  $ aegis keys list\n  $ aegis keys list --url http://127.0.0.1:8080 --json')
  .action(
    guarded(async (flags: KeyFlags, _command: Command) => {
      const { runKeysList } = await import('../keys/run-keys.ts')
      await runKeysList(flags)
    }),
  )

const revokeCommand = withPlace(new Command('revoke'))
  .description('refuse a key from the next request on, in every gateway')
  .argument('<id>', 'as `aegis keys list` shows it')
  .addHelpText('after', '\nIt stays listed, and so does its usage.\n\nExample:\n  $ aegis keys revoke 4f1d09aa31c2')
  .action(
    guarded(async (id: string, flags: KeyFlags, _command: Command) => {
      const { runKeysRevoke } = await import('../keys/run-keys.ts')
      await runKeysRevoke(id, flags)
    }),
  )

const rotateCommand = withPlace(new Command('rotate'))
  .description('give a key a new secret; the new text is shown this once')
  .argument('<id>', 'as `aegis keys list` shows it')
  .option('--overlap <span>', 'how long the old secret goes on: 0s ends it now, 1h unless told, 30d at the most', '1h')
  .addHelpText(
    'after',
    `
Id, limits and usage stay. Who uses the key has until the end of the overlap to take the new text.

Example:
  $ aegis keys rotate 4f1d09aa31c2 --overlap 7d`,
  )
  .action(
    guarded(async (id: string, flags: KeyRotateFlags, _command: Command) => {
      const { runKeysRotate } = await import('../keys/run-keys.ts')
      await runKeysRotate(id, flags)
    }),
  )

export const keysCommand = new Command('keys')
  .description('virtual keys: create, list, revoke and rotate them')
  .addCommand(createCommand)
  .addCommand(listCommand)
  .addCommand(revokeCommand)
  .addCommand(rotateCommand)

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Write a whole number of at least 1.')
  return Number(text)
}
