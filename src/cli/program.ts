// Owns the list of commands and their flags. The reference page is generated from it.
import { Command } from 'commander'
import { version } from '../version.ts'
import { serveCommand } from './commands/serve.ts'

export const program = new Command('aegis')
  .description('An LLM proxy: private data stays home, spend stays under the cap, every client keeps working.')
  .version(version)
  .showHelpAfterError('(aegis --help lists the commands)')
  .addCommand(serveCommand)
