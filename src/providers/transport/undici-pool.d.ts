// Owns the type of the one class of undici that every request needs. Its index loads fetch, WebSocket and caches as well:
// 13 MB that a proxy never uses. See docs/decisions/0002.
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici'
  export default Pool
}
