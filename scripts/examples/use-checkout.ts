// Owns how an example runs in a checkout: `aegis-llm` is this repository's source, all else is in its node_modules.
import { registerHooks } from 'node:module'
import packageJson from '../../package.json' with { type: 'json' }

const root = new URL('../../', import.meta.url)
const published: Readonly<Record<string, unknown>> = packageJson.exports

/** The source behind an entry of `exports`: `./dist/langchain/index.js` is built from `./src/langchain/index.ts`. */
function sourceOf(entry: string): string | undefined {
  const target = published[entry]
  if (typeof target !== 'object' || target === null || !('default' in target)) return undefined
  return new URL(String(target.default).replace('./dist/', './src/').replace(/\.js$/, '.ts'), root).href
}

registerHooks({
  resolve(specifier, context, next) {
    const source = /^aegis-llm(?=$|\/)/.test(specifier)
      ? sourceOf(`.${specifier.slice('aegis-llm'.length)}`)
      : undefined
    return source === undefined ? next(specifier, context) : { url: source, shortCircuit: true }
  },
})
