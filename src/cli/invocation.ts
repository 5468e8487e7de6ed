// Owns how this program was called, for commands that are shown to be copied.

/** @returns `aegis`, `npx aegis-llm`, or `npm run aegis --` in a checkout. */
export function invocation(): string {
  const { npm_lifecycle_event: script, npm_command: command } = process.env
  if (script === 'aegis') return 'npm run aegis --'
  if (command === 'exec') return 'npx aegis-llm'
  return process.argv[1]?.endsWith('.ts') ? `node ${process.argv[1]}` : 'aegis'
}
