/* SPDX-License-Identifier: MIT
 *
 * tests/clients/mqttjs_raw.cjs - what takes a client that holds back its answers: flow control, retransmission, back
 * pressure, faults. Packets are made and read by the codec of MQTT.js.
 *
 * Started by tests/clients/run. Prints "ok NAME" or "FAIL NAME: why" per check, "end" last.
 */
'use strict'

const { check, same, until, connect, publish, subscribe, end, Raw, run, port } = require('./mqttjs_lib.cjs')

const tests = {}
const topicsOf = list => list.map(packet => `${packet.topic} ${packet.payload}`)
const subscribePacket = (topic, qos, messageId = 1) => ({ cmd: 'subscribe', messageId, subscriptions: [{ topic, qos, nl: false, rap: false, rh: 0 }] })

tests['receive maximum'] = async () => {
  for (const qos of [1, 2]) {
    const slow = new Raw(5)
    await slow.connect(`raw-receive-${qos}`, { properties: { receiveMaximum: 3 } })
    slow.send(subscribePacket(`raw/receive/${qos}`, qos))
    await slow.get('suback')
    const publisher = await connect({ protocolVersion: 5 })
    for (let i = 0; i < 10; i++) await publish(publisher, `raw/receive/${qos}`, String(i), { qos })
    await slow.flush()
    const counts = [slow.all('publish').length]
    for (let i = 0; i < 7; i++) {
      const { messageId } = slow.all('publish')[i]
      if (qos === 1) {
        slow.send({ cmd: 'puback', messageId })
      } else {
        slow.send({ cmd: 'pubrec', messageId })
        await slow.get('pubrel', i + 1)
        await slow.flush()
        counts.push(slow.all('publish').length)
        slow.send({ cmd: 'pubcomp', messageId })
      }
      await slow.flush()
      counts.push(slow.all('publish').length)
    }
    same(`receive maximum 3, QoS ${qos}: one more after each ${qos === 1 ? 'PUBACK' : 'PUBCOMP'}, not before`, counts,
      qos === 1 ? [3, 4, 5, 6, 7, 8, 9, 10] : [3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10])
    same(`receive maximum 3, QoS ${qos}: in order`, slow.all('publish').map(p => Number(p.payload)), [...Array(10).keys()])
    // A refusal by the receiver frees the place, too.
    slow.send({ cmd: qos === 1 ? 'puback' : 'pubrec', messageId: slow.all('publish')[7].messageId, reasonCode: 0x80 })
    for (let i = 10; i < 13; i++) await publish(publisher, `raw/receive/${qos}`, String(i), { qos })
    await slow.flush()
    same(`receive maximum 3, QoS ${qos}: a failure code ends the message`, slow.all('publish').length, 11)
  }
}

for (const level of [4, 5]) {
  const name = `MQTT ${level}`
  const session = level === 5 ? { clean: false, properties: { sessionExpiryInterval: 100 } } : { clean: false }

  tests[`${name} retransmission`] = async () => {
    let client = new Raw(level)
    await client.connect(`raw-again-${level}`, session)
    client.send(subscribePacket(`raw/again/${level}/1`, 1, 1), subscribePacket(`raw/again/${level}/2`, 2, 2))
    await client.get('suback', 2)
    const publisher = await connect({ protocolVersion: level })
    for (let i = 0; i < 3; i++) {
      await publish(publisher, `raw/again/${level}/1`, String(i), { qos: 1 })
      await publish(publisher, `raw/again/${level}/2`, String(i), { qos: 2 })
    }
    const sent = (await client.get('publish', 6), client.all('publish'))
    same(`${name}: first time without DUP`, sent.map(p => p.dup), Array(6).fill(false))
    const [one, two] = [1, 2].map(qos => sent.filter(p => p.qos === qos))
    client.send({ cmd: 'puback', messageId: one[0].messageId }, { cmd: 'pubrec', messageId: two[0].messageId })
    await client.get('pubrel')
    client.end()

    client = new Raw(level)
    check(`${name}: the session is there`, (await client.connect(`raw-again-${level}`, session)).sessionPresent)
    await client.flush()
    same(`${name}: unacknowledged messages come again with DUP and their identifiers, in order`,
      client.all('publish').map(p => [p.messageId, p.dup, p.qos, String(p.payload)]),
      sent.filter(p => p !== one[0] && p !== two[0]).map(p => [p.messageId, true, p.qos, String(p.payload)]))
    same(`${name}: PUBREL comes again for the message that got PUBREC`, client.all('pubrel').map(p => p.messageId), [two[0].messageId])
    client.send({ cmd: 'pubcomp', messageId: two[0].messageId })
    for (const packet of client.all('publish')) {
      client.send({ cmd: packet.qos === 1 ? 'puback' : 'pubrec', messageId: packet.messageId })
    }
    await client.get('pubrel', 3)
    for (const packet of client.all('pubrel').slice(1)) client.send({ cmd: 'pubcomp', messageId: packet.messageId })
    await client.flush()
    client.end()

    client = new Raw(level)
    await client.connect(`raw-again-${level}`, session)
    await client.flush()
    same(`${name}: then nothing is left`, client.packets.map(p => p.cmd), ['connack', 'pingresp'])
  }

  tests[`${name} QoS 2 received once`] = async () => {
    const watcher = await connect({ protocolVersion: level })
    await subscribe(watcher, `raw/once/${level}`)
    const message = (text, dup) => ({ cmd: 'publish', topic: `raw/once/${level}`, payload: text, qos: 2, messageId: 7, dup })
    let client = new Raw(level)
    await client.connect(`raw-once-${level}`, session)
    client.send(message('a', false), message('a', true))
    await client.get('pubrec', 2)
    client.end()
    client = new Raw(level)
    await client.connect(`raw-once-${level}`, session)
    client.send(message('a', true))
    await client.get('pubrec')
    client.send({ cmd: 'pubrel', messageId: 7 })
    await client.get('pubcomp')
    client.send({ cmd: 'pubrel', messageId: 7 })
    const again = await client.get('pubcomp', 2)
    same(`${name}: PUBREL for an identifier that is free`, again.reasonCode ?? 0, level === 5 ? 0x92 : 0)
    client.send(message('b', false))
    await client.get('pubrec', 2)
    client.send({ cmd: 'pubrel', messageId: 7 })
    await client.get('pubcomp', 3)
    await until(() => watcher.got.length >= 2)
    same(`${name}: a message of QoS 2 sent three times counts once, the next one counts`, watcher.texts(), ['a', 'b'])
  }

  tests[`${name} cuts of the stream`] = async () => {
    const watcher = await connect({ protocolVersion: level })
    await subscribe(watcher, `raw/cuts/${level}`)
    // A flight of packets without waiting for answers, in one write and in many.
    const flight = () => {
      const list = [
        { cmd: 'connect', protocolId: 'MQTT', protocolVersion: level, clean: true, clientId: `raw-cuts-${level}`, keepalive: 0 },
        subscribePacket('raw/cuts/none', 1),
        { cmd: 'publish', topic: `raw/cuts/${level}`, payload: 'in flight', qos: 1, messageId: 2 },
        { cmd: 'pingreq' }
      ]
      const { generate } = require('mqtt-packet')
      return Buffer.concat(list.map(packet => generate(packet, { protocolVersion: level })))
    }
    const whole = new Raw(level)
    whole.send(flight())
    await whole.get('pingresp')
    same(`${name}: packets sent before CONNACK are answered in order`, whole.packets.map(p => p.cmd), ['connack', 'suback', 'puback', 'pingresp'])
    const pieces = new Raw(level)
    pieces.socket.setNoDelay(true)
    for (const byte of flight()) {
      pieces.socket.write(Buffer.from([byte]))
      await new Promise(resolve => setImmediate(resolve))
    }
    await pieces.get('pingresp')
    same(`${name}: byte by byte`, pieces.packets.map(p => p.cmd), ['connack', 'suback', 'puback', 'pingresp'])
    await until(() => watcher.got.length >= 2)
    same(`${name}: and each message arrived`, watcher.texts(), ['in flight', 'in flight'])
  }

  tests[`${name} keep-alive`] = async () => {
    const watcher = await connect({ protocolVersion: level })
    await subscribe(watcher, `raw/alive/${level}`)
    const client = new Raw(level)
    await client.connect(`raw-alive-${level}`, { keepalive: 1, will: { topic: `raw/alive/${level}`, payload: Buffer.from('silent'), qos: 0, retain: false } })
    await until(() => client.closed)
    check(`${name}: a client that is silent longer than its keep-alive is closed`, client.closed)
    if (level === 5) same('MQTT 5: and told Keep Alive timeout', client.all('disconnect').map(p => p.reasonCode), [0x8D])
    await until(() => watcher.got.length > 0)
    same(`${name}: and its will is sent`, watcher.texts(), ['silent'])
  }

  // Each: bytes or packets sent by a client that is connected (or not), and what it is told in 5.0.
  const faults = [
    ['a packet before CONNECT', false, [{ cmd: 'pingreq' }], null],
    ['a second CONNECT', true, [{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: level, clean: true, clientId: 'x', keepalive: 0 }], 0x82],
    ['packet type 0', true, [Buffer.from([0x00, 0x00])], 0x81],
    ['QoS 3', true, [Buffer.from([0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01])], 0x81],
    ['SUBSCRIBE without its flags', true, [Buffer.from([0x80, 0x06, 0x00, 0x01, 0x00, 0x01, 0x61, 0x00])], 0x81],
    ['a remaining length of five bytes', true, [Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01])], 0x81],
    ['a topic with a wildcard', true, [Buffer.concat([Buffer.from([0x30, level === 5 ? 4 : 3, 0, 1, 0x23]), Buffer.alloc(level === 5 ? 1 : 0)])], 0x90],
    ['a topic that is no UTF-8', true, [Buffer.concat([Buffer.from([0x30, level === 5 ? 4 : 3, 0, 1, 0xff]), Buffer.alloc(level === 5 ? 1 : 0)])], 0x81]
  ]
  tests[`${name} faults`] = async () => {
    for (const [what, connected, list, reason] of faults) {
      const client = new Raw(level)
      if (connected) await client.connect('raw-fault')
      client.send(...list)
      await until(() => client.closed)
      check(`${name}: ${what} closes the connection`, client.closed, JSON.stringify(client.packets))
      if (level === 5) same(`${name}: ${what}: DISCONNECT`, client.all('disconnect').map(p => p.reasonCode), reason === null ? [] : [reason])
    }
    const client = await connect({ protocolVersion: level })
    await subscribe(client, 'raw/after-faults')
    await publish(client, 'raw/after-faults', 'fine', { qos: 1 })
    await until(() => client.got.length > 0)
    same(`${name}: the broker goes on`, client.texts(), ['fine'])
  }
}

tests['limits of 5.0'] = async () => {
  const publishPacket = (topic, properties, more = {}) => ({ cmd: 'publish', topic, payload: 'x', qos: 0, properties, ...more })
  let limits
  const told = async (what, reason, list, toPort = port, host = '127.0.0.1') => {
    const client = new Raw(5, toPort, host)
    limits = (await client.connect('raw-limits', { keepalive: 100 })).properties
    client.send(...(typeof list === 'function' ? list(limits) : list))
    await until(() => client.closed)
    same(`${what}: DISCONNECT ${reason.toString(16)}`, client.all('disconnect').map(p => p.reasonCode), [reason])
  }
  await told('more QoS 2 than receive maximum', 0x93, ({ receiveMaximum }) =>
    [...Array(receiveMaximum + 1).keys()].map(i => publishPacket('raw/many', {}, { qos: 2, messageId: i + 1 })))
  await told('a topic alias above the maximum', 0x94, ({ topicAliasMaximum }) => [publishPacket('a', { topicAlias: topicAliasMaximum + 1 })])
  await told('topic alias 0', 0x94, [Buffer.from([0x30, 8, 0, 1, 0x61, 3, 0x23, 0, 0, 0x78])])
  await told('a topic alias that was not defined', 0x82, [Buffer.from([0x30, 7, 0, 0, 3, 0x23, 0, 1, 0x78])])
  const deep = Array(250).fill('x').join('/')
  await told('a filter with more levels than allowed', 0x8F, [subscribePacket(deep, 1)])
  await told('a topic with more levels than allowed', 0x90, [publishPacket(deep, {})])
  const [limited, host] = [Number(process.env.MQTT_LIMITED_PORT), '::1']
  if (!limited) return
  await told('a packet above the maximum', 0x95, ({ maximumPacketSize }) => [publishPacket('a', {}, { payload: 'x'.repeat(maximumPacketSize) })], limited, host)
  same('the limits in CONNACK', Object.entries(limits).sort(), Object.entries({
    receiveMaximum: 5,
    maximumQoS: 1,
    retainAvailable: false,
    maximumPacketSize: 4096,
    topicAliasMaximum: 3,
    wildcardSubscriptionAvailable: false,
    subscriptionIdentifiersAvailable: false,
    sharedSubscriptionAvailable: false,
    serverKeepAlive: 30
  }).sort())
  await told('a subscription identifier', 0xA1, [{ ...subscribePacket('a', 1), properties: { subscriptionIdentifier: 1 } }], limited, host)
  await told('more user properties than allowed', 0x97, [publishPacket('a', { userProperties: { a: ['1', '2', '3', '4', '5'] } })], limited, host)
  await told('QoS above the maximum', 0x9B, [publishPacket('a', {}, { qos: 2, messageId: 1 })], limited, host)
  await told('RETAIN', 0x9A, [publishPacket('a', {}, { retain: true })], limited, host)
}

tests['back pressure'] = async () => {
  const [count, size] = [256, 65536]
  const paused = new Raw(5)
  await paused.connect('raw-paused')
  paused.send(subscribePacket('raw/flood/+', 0), subscribePacket('raw/flood-end', 1, 2))
  await paused.get('suback', 2)
  paused.socket.pause()
  const reader = await connect({ protocolVersion: 5 })
  await subscribe(reader, 'raw/flood/+', { qos: 0 })
  const [left, right] = [await connect({ protocolVersion: 4 }), await connect({ protocolVersion: 4 })]
  await subscribe(right, 'raw/others', { qos: 1 })
  const flooder = await connect({ protocolVersion: 5 })
  const payload = Buffer.alloc(size, 'f')
  const flood = (async () => {
    for (let i = 0; i < count; i++) await publish(flooder, `raw/flood/${i}`, payload)
  })()
  for (let i = 0; i < 50; i++) await publish(left, 'raw/others', String(i), { qos: 1 })
  await until(() => right.got.length >= 50)
  same('back pressure: clients that have nothing to do with it go on', right.texts().map(Number), [...Array(50).keys()])
  await flood
  await until(() => reader.got.length >= count)
  same('back pressure: a reader of the same topic gets all', reader.got.map(m => `${m.topic} ${m.text.length}`),
    [...Array(count).keys()].map(i => `raw/flood/${i} ${size}`))
  paused.socket.resume()
  await paused.flush()
  await publish(left, 'raw/flood-end', 'end', { qos: 1 })
  await until(() => topicsOf(paused.all('publish')).includes('raw/flood-end end'))
  check('back pressure: the paused client gets whole packets and what is sent afterwards',
    topicsOf(paused.all('publish')).includes('raw/flood-end end') && !paused.broken && !paused.closed, String(paused.broken))
  const got = paused.all('publish').filter(p => p.topic.startsWith('raw/flood/'))
  check('back pressure: what it got is in order and whole',
    got.every((p, i) => p.payload.length === size && (i === 0 || Number(p.topic.slice(10)) > Number(got[i - 1].topic.slice(10)))), got.length)
}

tests['back pressure with QoS 1'] = async () => {
  const paused = new Raw(4)
  await paused.connect('raw-paused-1')
  paused.send(subscribePacket('raw/flood-1', 1))
  await paused.get('suback')
  paused.socket.pause()
  const publisher = await connect({ protocolVersion: 5 })
  const count = 300
  await Promise.all([...Array(count).keys()].map(i => publish(publisher, 'raw/flood-1', `${i} ${'f'.repeat(20000)}`, { qos: 1 })))
  let acknowledged = 0
  const acknowledge = setInterval(() => {
    for (const packet of paused.all('publish').slice(acknowledged)) {
      acknowledged++
      paused.send({ cmd: 'puback', messageId: packet.messageId })
    }
  }, 2)
  paused.socket.resume()
  await until(() => paused.all('publish').length >= count)
  clearInterval(acknowledge)
  same('a paused subscriber of QoS 1 loses nothing', paused.all('publish').map(p => parseInt(p.payload)), [...Array(count).keys()])
}

tests['ends of sessions'] = async () => {
  const watcher = await connect({ protocolVersion: 5 })
  await subscribe(watcher, 'raw/ends/#')
  const will = (name, properties = {}) => ({ topic: `raw/ends/${name}`, payload: Buffer.from(name), qos: 1, retain: false, properties })
  const client = new Raw(5)
  await client.connect('raw-ends', { clean: false, properties: { sessionExpiryInterval: 100 }, will: will('with') })
  client.send({ cmd: 'disconnect', reasonCode: 4, properties: { sessionExpiryInterval: 0 } })
  await until(() => watcher.got.length > 0)
  same('DISCONNECT 0x04 sends the will', watcher.texts(), ['with'])
  const back = new Raw(5)
  check('DISCONNECT may end the session at once', !(await back.connect('raw-ends', { clean: false })).sessionPresent)
  back.send({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 100 } })
  await until(() => back.closed)
  same('an expiry of 0 cannot become another one', back.all('disconnect').map(p => p.reasonCode), [0x82])
}

tests['enhanced authentication'] = async () => {
  const handlers = Number(process.env.MQTT_HANDLERS_PORT)
  if (!handlers) return
  const exchange = async (number, answer, method = 'DOUBLE') => {
    const client = new Raw(5, handlers)
    client.send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clean: true, clientId: `raw-auth-${number}`, keepalive: 0, properties: { authenticationMethod: method, authenticationData: Buffer.from(String(number)) } })
    if (answer !== undefined) {
      const challenge = await client.get('auth')
      same(`AUTH ${number}: the challenge`, [challenge.reasonCode, challenge.properties.authenticationMethod, String(challenge.properties.authenticationData)], [0x18, 'DOUBLE', String(number)])
      client.send({ cmd: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'DOUBLE', authenticationData: Buffer.from(String(answer)) } })
    }
    const connack = await client.get('connack')
    return { client, connack }
  }
  const { client, connack } = await exchange(21, 42)
  same('AUTH: the right answer is let in, CONNACK names the method', [connack.reasonCode, connack.properties?.authenticationMethod], [0, 'DOUBLE'])
  client.send({ cmd: 'auth', reasonCode: 0x19, properties: { authenticationMethod: 'DOUBLE', authenticationData: Buffer.from('5') } })
  await client.get('auth', 2)
  client.send({ cmd: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'DOUBLE', authenticationData: Buffer.from('10') } })
  same('AUTH again while connected', (await client.get('auth', 3)).reasonCode, 0)
  client.send({ cmd: 'auth', reasonCode: 0x19, properties: { authenticationMethod: 'DOUBLE', authenticationData: Buffer.from('5') } })
  await client.get('auth', 4)
  client.send({ cmd: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'DOUBLE', authenticationData: Buffer.from('11') } })
  await until(() => client.closed)
  same('AUTH again with a wrong answer: DISCONNECT', client.all('disconnect').map(p => p.reasonCode), [0x87])
  same('AUTH: a wrong answer is refused', (await exchange(22, 43)).connack.reasonCode, 0x87)
  same('AUTH: an unknown method is refused', (await exchange(23, undefined, 'OTHER')).connack.reasonCode, 0x8C)
  const plain = new Raw(5)
  plain.send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clean: true, clientId: 'raw-auth-x', keepalive: 0, properties: { authenticationMethod: 'DOUBLE' } })
  same('AUTH: without a handler every method is refused', (await plain.get('connack')).reasonCode, 0x8C)
}

tests['idle connections'] = async () => {
  // 300 connections that do nothing and are then cut do not disturb anybody.
  const idle = [...Array(300).keys()].map(() => new Raw(4))
  const client = await connect({ protocolVersion: 5 })
  await subscribe(client, 'raw/idle')
  for (const each of idle) each.end()
  await publish(client, 'raw/idle', 'x', { qos: 2 })
  await until(() => client.got.length > 0)
  same('300 connections without CONNECT, cut', client.texts(), ['x'])
  await end(client)
}

run(tests)
