/* SPDX-License-Identifier: MIT
 *
 * tests/clients/mqttjs_lib.cjs - what the MQTT.js scripts share: checks, bounded waits, clients that keep what they get,
 * and a raw connection whose every packet the test decides.
 */
'use strict'

const net = require('node:net')
const mqtt = require('mqtt')
const packets = require('mqtt-packet')

const port = Number(process.env.MQTT_PORT)
const patience = 1000 * Number(process.env.MQTT_TEST_PATIENCE || 20)
const open = new Set()

/** One line for a check. */
function check (name, good, why = '') {
  console.log(good ? `ok ${name}` : `FAIL ${name}: ${String(why).replaceAll('\n', '|').slice(0, 600)}`)
}

function same (name, got, wanted) {
  const [g, w] = [JSON.stringify(got), JSON.stringify(wanted)]
  check(name, g === w, `wanted ${w}, got ${g}`)
}

/** Waits until the condition holds; false when that takes too long. */
async function until (condition) {
  const end = Date.now() + patience
  while (!condition()) {
    if (Date.now() > end) return false
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  return true
}

/** The promise, or an error when it takes too long. */
function bounded (promise, what) {
  let timer
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: took too long`)), patience)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** A connected client; `got` has its messages, `packets` all packets that it received, `connack` the last CONNACK. */
async function connect (options = {}) {
  const client = mqtt.connect({ host: '127.0.0.1', port, reconnectPeriod: 0, connectTimeout: patience, ...options })
  open.add(client)
  client.got = []
  client.packets = []
  client.on('error', error => { client.failure = error })
  client.on('packetreceive', packet => { client.packets.push(packet) })
  client.on('message', (topic, payload, packet) => {
    client.got.push({ topic, text: payload.toString(), qos: packet.qos, retain: packet.retain, dup: packet.dup, properties: packet.properties })
  })
  client.connack = await bounded(new Promise((resolve, reject) => {
    client.once('connect', resolve)
    client.once('error', reject)
    client.once('close', () => reject(new Error('closed before CONNACK')))
  }), 'connect')
  client.on('connect', connack => { client.connack = connack })
  client.texts = () => client.got.map(message => message.text)
  return client
}

const publish = (client, topic, payload, options = {}) => bounded(client.publishAsync(topic, payload, options), `publish to ${topic}`)
const subscribe = (client, topic, options = { qos: 2 }) => bounded(client.subscribeAsync(topic, options), `subscribe to ${JSON.stringify(topic)}`)
const end = client => bounded(client.endAsync(), 'end')

/** The network connection is gone, without a DISCONNECT. */
function crash (client) {
  return bounded(new Promise(resolve => {
    client.once('close', resolve)
    client.stream.destroy()
  }), 'crash')
}

/** A socket and the packets that came over it; nothing is answered by itself. */
class Raw {
  constructor (level, toPort = port, host = '127.0.0.1') {
    this.level = level
    this.packets = []
    this.closed = false
    this.socket = net.connect(toPort, host)
    this.parser = packets.parser({ protocolVersion: level })
    this.parser.on('packet', packet => this.packets.push(packet))
    this.parser.on('error', error => { this.broken = error })
    this.socket.on('data', bytes => this.parser.parse(bytes))
    this.socket.on('close', () => { this.closed = true })
    this.socket.on('error', () => {})
    open.add(this)
  }

  send (...list) {
    this.socket.write(Buffer.concat(list.map(packet =>
      Buffer.isBuffer(packet) ? packet : packets.generate(packet, { protocolVersion: this.level }))))
  }

  /** All packets of a type so far. */
  all (cmd) {
    return this.packets.filter(packet => packet.cmd === cmd)
  }

  /** Waits for the n-th packet of a type. */
  async get (cmd, n = 1) {
    if (!await until(() => this.all(cmd).length >= n || this.closed) || this.all(cmd).length < n) {
      throw new Error(`no ${cmd} number ${n}; there are ${JSON.stringify(this.packets)}`)
    }
    return this.all(cmd)[n - 1]
  }

  async connect (clientId, more = {}) {
    this.send({ cmd: 'connect', protocolId: this.level === 3 ? 'MQIsdp' : 'MQTT', protocolVersion: this.level, clean: true, clientId, keepalive: 0, ...more })
    return this.get('connack')
  }

  /** The broker has dealt with all that was sent before, and its output so far has arrived. */
  async flush () {
    const count = this.all('pingresp').length + 1
    this.send({ cmd: 'pingreq' })
    await this.get('pingresp', count)
  }

  end () {
    this.socket.destroy()
  }
}

/** Runs the tests in their order; one that throws is a failed check, and the next ones run. */
async function run (tests) {
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test()
    } catch (error) {
      check(name, false, error.stack)
    }
    for (const each of open) {
      each.removeAllListeners?.('close')
      each.end(true)
    }
    open.clear()
  }
  console.log('end')
  process.exit(0)
}

module.exports = { check, same, until, bounded, connect, publish, subscribe, end, crash, Raw, run, port, patience }
