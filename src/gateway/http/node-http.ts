// Owns how node:http is reached: not by `import`, which also reads the getters of that module for WebSocket and its events
// and so has Node load its own undici, 13 MB and 40 ms that nobody here needs.
const http = process.getBuiltinModule('node:http')

export const createServer = http.createServer
export const STATUS_CODES = http.STATUS_CODES
