/* SPDX-License-Identifier: MIT
 *
 * tests/clients/mqttjs.cjs - the broker seen by MQTT.js, protocol versions 4 and 5.
 *
 * Started by tests/clients/run. Prints "ok NAME" or "FAIL NAME: why" per check, "end" last.
 */
'use strict'

const { check, same, until, connect, publish, subscribe, end, crash, run } = require('./mqttjs_lib.cjs')

const tests = {}
/* A PUBREL that is sent again may get this PUBCOMP; "not an error during recovery" (MQTT 5 table 2-6). */
const recovered = error => { if (error.code !== 0x92) throw error }
const both = [4, 5]
const sorted = object => Object.entries(object ?? {}).sort(([a], [b]) => a < b ? -1 : 1)
const persistent = (level, id) => ({
  protocolVersion: level, clean: false, clientId: id, ...(level === 5 ? { properties: { sessionExpiryInterval: 3600 } } : {})
})

for (const level of both) {
  const mqttOf = `MQTT ${level}`
  const base = `js${level}`

  tests[`${mqttOf} QoS`] = async () => {
    const subscribers = []
    for (const qos of [0, 1, 2]) {
      const client = await connect({ protocolVersion: level })
      await subscribe(client, `${base}/qos/+`, { qos })
      subscribers.push(client)
    }
    const publisher = await connect({ protocolVersion: level })
    for (const qos of [0, 1, 2]) await publish(publisher, `${base}/qos/${qos}`, `sent with ${qos}`, { qos })
    for (const [granted, client] of subscribers.entries()) {
      await until(() => client.got.length >= 3)
      same(`${mqttOf}: subscription with QoS ${granted}`,
        client.got.map(({ text, qos, dup }) => `${text}, got with ${qos}, ${dup}`),
        [0, 1, 2].map(qos => `sent with ${qos}, got with ${Math.min(qos, granted)}, false`))
    }
  }

  tests[`${mqttOf} retained`] = async () => {
    const publisher = await connect({ protocolVersion: level })
    for (const name of ['a/x', 'a/y', 'b/x']) await publish(publisher, `${base}/keep/${name}`, name, { qos: 1, retain: true })
    for (const [filter, wanted] of [['+/x', ['a/x', 'b/x']], ['a/+', ['a/x', 'a/y']], ['#', ['a/x', 'a/y', 'b/x']], ['b/x', ['b/x']]]) {
      const client = await connect({ protocolVersion: level })
      await subscribe(client, `${base}/keep/${filter}`)
      await until(() => client.got.length >= wanted.length)
      same(`${mqttOf}: retained for ${filter}`, client.got.map(m => `${m.text} ${m.retain}`).sort(), wanted.map(name => `${name} true`))
      await end(client)
    }
    for (const name of ['a/x', 'a/y', 'b/x']) await publish(publisher, `${base}/keep/${name}`, '', { qos: 1, retain: true })
    const client = await connect({ protocolVersion: level })
    await subscribe(client, `${base}/keep/#`)
    await publish(publisher, `${base}/keep/last`, 'live', { qos: 1 })
    await until(() => client.got.length > 0)
    same(`${mqttOf}: retained, cleared`, client.texts(), ['live'])
  }

  tests[`${mqttOf} will`] = async () => {
    const watcher = await connect({ protocolVersion: level })
    await subscribe(watcher, `${base}/will/#`)
    const orderly = await connect({ protocolVersion: level, will: { topic: `${base}/will/no`, payload: 'no', qos: 1 } })
    await end(orderly)
    const crashing = await connect({ protocolVersion: level, will: { topic: `${base}/will/yes`, payload: 'yes', qos: 2, retain: true } })
    await crash(crashing)
    await until(() => watcher.got.length > 0)
    same(`${mqttOf}: will of a crash only`, watcher.texts(), ['yes'])
    const late = await connect({ protocolVersion: level })
    await subscribe(late, `${base}/will/#`)
    await until(() => late.got.length > 0)
    same(`${mqttOf}: the will is retained`, late.got.map(m => `${m.text} ${m.retain} ${m.qos}`), ['yes true 2'])
  }

  tests[`${mqttOf} session`] = async () => {
    const first = await connect(persistent(level, `${base}-session`))
    check(`${mqttOf}: no session at first`, first.connack.sessionPresent === false, JSON.stringify(first.connack))
    await subscribe(first, `${base}/session/+`)
    await end(first)
    const publisher = await connect({ protocolVersion: level })
    for (let i = 0; i < 20; i++) await publish(publisher, `${base}/session/${i}`, `${i}`, { qos: 1 + i % 2 })
    const second = await connect(persistent(level, `${base}-session`))
    check(`${mqttOf}: the session is there again`, second.connack.sessionPresent === true, JSON.stringify(second.connack))
    await until(() => second.got.length >= 20)
    for (const qos of [1, 2]) {
      same(`${mqttOf}: messages of QoS ${qos} waited for the client`, second.got.filter(m => m.qos === qos).map(m => Number(m.text)),
        [...Array(20).keys()].filter(i => 1 + i % 2 === qos))
    }
    await end(second)
    const third = await connect({ ...persistent(level, `${base}-session`), clean: true })
    check(`${mqttOf}: a clean start has no session`, third.connack.sessionPresent === false, JSON.stringify(third.connack))
    await publish(publisher, `${base}/session/late`, 'late', { qos: 1 })
    await subscribe(third, `${base}/session/end`)
    await publish(publisher, `${base}/session/end`, 'end', { qos: 1 })
    await until(() => third.got.length > 0)
    same(`${mqttOf}: nor its subscriptions`, third.texts(), ['end'])
  }

  // The subscriber's connection is cut at some packet of each message's way; MQTT.js comes back by itself.
  for (const cut of ['publish', 'pubrel']) {
    tests[`${mqttOf} subscriber cut at ${cut}`] = async () => {
      const client = await connect({ ...persistent(level, `${base}-sub-${cut}`), reconnectPeriod: 5 })
      await subscribe(client, [`${base}/cut-sub/${cut}`, `${base}/cut-sub/${cut}/end`])
      let seen = 0
      client.on('packetreceive', packet => {
        if (packet.cmd === cut && ++seen % 7 === 0 && seen < 60) client.stream.destroy()
      })
      const publisher = await connect({ protocolVersion: level })
      const numbers = [...Array(50).keys()].map(String)
      await Promise.all(numbers.map(number => publish(publisher, `${base}/cut-sub/${cut}`, number, { qos: 2 })))
      await until(() => client.got.length >= 50)
      await publish(publisher, `${base}/cut-sub/${cut}/end`, 'end', { qos: 2 })
      await until(() => client.texts().includes('end'))
      same(`${mqttOf}: QoS 2 to a subscriber cut at ${cut} many times: each once`,
        client.texts().sort((a, b) => a - b), [...numbers, 'end'].sort((a, b) => a - b))
    }
  }

  // The publisher's connection is cut when the broker has answered so far.
  for (const cut of ['puback', 'pubrec', 'pubcomp']) {
    const qos = cut === 'puback' ? 1 : 2
    tests[`${mqttOf} publisher cut at ${cut}`] = async () => {
      const watcher = await connect({ protocolVersion: level })
      await subscribe(watcher, `${base}/cut-pub/${cut}`)
      const client = await connect({ ...persistent(level, `${base}-pub-${cut}`), reconnectPeriod: 5 })
      let seen = 0
      client.on('packetreceive', packet => {
        if (packet.cmd === cut && ++seen % 9 === 0 && seen < 60) client.stream.destroy()
      })
      const numbers = [...Array(50).keys()].map(String)
      await Promise.all(numbers.map(number => publish(client, `${base}/cut-pub/${cut}`, number, { qos }).catch(recovered)))
      await publish(client, `${base}/cut-pub/${cut}`, 'end', { qos })
      await until(() => watcher.texts().includes('end'))
      const got = watcher.texts().filter(text => text !== 'end').sort((a, b) => a - b)
      same(`${mqttOf}: QoS ${qos} of a publisher cut at ${cut} many times: ${qos === 2 ? 'each once' : 'each'}`,
        qos === 2 ? got : [...new Set(got)], numbers)
    }
  }

  tests[`${mqttOf} take-over`] = async () => {
    const first = await connect({ protocolVersion: level, clientId: `${base}-same` })
    const closed = new Promise(resolve => first.once('close', resolve))
    let told
    first.on('disconnect', packet => { told = packet.reasonCode })
    const second = await connect({ protocolVersion: level, clientId: `${base}-same` })
    await closed
    check(`${mqttOf}: the old connection is closed`, !first.connected)
    if (level === 5) same(`${mqttOf}: and told why`, told, 0x8E)
    await subscribe(second, `${base}/same`)
    await publish(second, `${base}/same`, 'alive', { qos: 1 })
    await until(() => second.got.length > 0)
    same(`${mqttOf}: the new one works`, second.texts(), ['alive'])
  }

  tests[`${mqttOf} 200 clients`] = async () => {
    const all = await Promise.all([...Array(200).keys()].map(async number => {
      const client = await connect({ protocolVersion: level, clientId: `${base}-many-${number}` })
      await subscribe(client, `${base}/many/${number}`, { qos: number % 3 })
      return client
    }))
    await Promise.all(all.map((client, number) => publish(client, `${base}/many/${(number + 1) % 200}`, `from ${number}`, { qos: number % 3 })))
    await until(() => all.every(client => client.got.length > 0))
    same(`${mqttOf}: 200 clients, each gets its own`, all.map(client => client.texts().join()), all.map((client, number) => `from ${(number + 199) % 200}`))
    await Promise.all(all.map(client => end(client)))
  }

  tests[`${mqttOf} unsubscribe`] = async () => {
    const client = await connect({ protocolVersion: level })
    await subscribe(client, [`${base}/un/a`, `${base}/un/b`])
    await client.unsubscribeAsync(`${base}/un/a`)
    await publish(client, `${base}/un/a`, 'a', { qos: 1 })
    await publish(client, `${base}/un/b`, 'b', { qos: 1 })
    await until(() => client.got.length > 0)
    same(`${mqttOf}: after UNSUBSCRIBE nothing comes`, client.texts(), ['b'])
  }

  tests[`${mqttOf} order and volume`] = async () => {
    const publisher = await connect({ protocolVersion: level })
    const client = await connect({ protocolVersion: level })
    await subscribe(client, `${base}/volume/#`)
    const payload = 'x'.repeat(1000)
    for (const qos of [0, 1, 2]) {
      await Promise.all([...Array(500).keys()].map(i => publish(publisher, `${base}/volume/${qos}`, `${i} ${payload}`, { qos })))
    }
    await until(() => client.got.length >= 1500)
    for (const qos of [0, 1, 2]) {
      same(`${mqttOf}: 500 messages of QoS ${qos} in order`, client.got.filter(m => m.qos === qos).map(m => parseInt(m.text)), [...Array(500).keys()])
    }
  }
}

tests['topic alias'] = async () => {
  const client = await connect({ protocolVersion: 5, properties: { topicAliasMaximum: 5 } })
  await subscribe(client, 'js5/alias/#')
  const publisher = await connect({ protocolVersion: 5, autoUseTopicAlias: true, autoAssignTopicAlias: true })
  check('the broker takes topic aliases', publisher.connack.properties.topicAliasMaximum > 0, JSON.stringify(publisher.connack))
  const sent = []
  publisher.on('packetsend', packet => { if (packet.cmd === 'publish') sent.push(packet.topic) })
  const wanted = []
  for (let i = 0; i < 120; i++) {
    const topic = `js5/alias/${i % 8}`
    wanted.push(`${topic} ${i}`)
    await publish(publisher, topic, String(i), { qos: 1 })
  }
  await until(() => client.got.length >= 120)
  check('aliases were used', sent.includes(''), JSON.stringify(sent))
  same('messages published with aliases arrive with their topics', client.got.map(m => `${m.topic} ${m.text}`), wanted)
}

tests['receive maximum 1'] = async () => {
  const client = await connect({ protocolVersion: 5, properties: { receiveMaximum: 1 } })
  await subscribe(client, 'js5/one/#')
  const publisher = await connect({ protocolVersion: 5 })
  for (const qos of [1, 2]) {
    await Promise.all([...Array(60).keys()].map(i => publish(publisher, `js5/one/${qos}`, String(i), { qos })))
  }
  await until(() => client.got.length >= 120)
  for (const qos of [1, 2]) {
    same(`receive maximum 1: all of QoS ${qos}, in order`, client.got.filter(m => m.qos === qos).map(m => Number(m.text)), [...Array(60).keys()])
  }
}

tests['maximum packet size'] = async () => {
  const small = await connect({ protocolVersion: 5, properties: { maximumPacketSize: 200 } })
  const large = await connect({ protocolVersion: 5 })
  for (const client of [small, large]) await subscribe(client, 'js5/size/#')
  const publisher = await connect({ protocolVersion: 5 })
  for (const qos of [0, 1, 2]) {
    await publish(publisher, `js5/size/${qos}`, 'L'.repeat(300), { qos, properties: { userProperties: { a: 'b' } } })
    await publish(publisher, `js5/size/${qos}`, `small ${qos}`, { qos })
  }
  await until(() => small.got.length >= 3 && large.got.length >= 6)
  same('maximum packet size: only what fits is sent', small.texts().sort(), ['small 0', 'small 1', 'small 2'])
  same('maximum packet size: others get all', large.got.length, 6)
}

tests['user properties'] = async () => {
  const client = await connect({ protocolVersion: 5 })
  await subscribe(client, 'js5/props', { qos: 1, properties: { subscriptionIdentifier: 9, userProperties: { why: 'test' } } })
  const properties = {
    payloadFormatIndicator: true,
    responseTopic: 'js5/answer',
    correlationData: Buffer.from([0, 1, 255]),
    contentType: 'x/y',
    userProperties: { one: ['1', '2'], two: 'ü' }
  }
  await publish(client, 'js5/props', 'p', { qos: 1, properties })
  await until(() => client.got.length > 0)
  same('properties arrive as they were sent', sorted(client.got[0]?.properties), sorted({ ...properties, subscriptionIdentifier: 9 }))
}

tests['request and response'] = async () => {
  const server = await connect({ protocolVersion: 5 })
  await subscribe(server, 'js5/service')
  server.on('message', (topic, payload, { properties }) => {
    server.publish(properties.responseTopic, `${payload}!`, { qos: 1, properties: { correlationData: properties.correlationData } })
  })
  const client = await connect({ protocolVersion: 5 })
  await subscribe(client, 'js5/reply/me')
  await publish(client, 'js5/service', 'hello', { qos: 1, properties: { responseTopic: 'js5/reply/me', correlationData: Buffer.from('17') } })
  await until(() => client.got.length > 0)
  same('request and response', client.got.map(m => `${m.text} ${m.properties.correlationData}`), ['hello! 17'])
}

// Will delays are compared with each other, on the broker's clock.
tests['will delay'] = async () => {
  const watcher = await connect({ protocolVersion: 5 })
  await subscribe(watcher, 'js5/delay/#')
  const dying = (name, willDelayInterval, sessionExpiryInterval) => connect({
    protocolVersion: 5,
    clientId: `js5-delay-${name}`,
    clean: false,
    properties: { sessionExpiryInterval },
    will: { topic: `js5/delay/${name}`, payload: name, qos: 1, properties: { willDelayInterval } }
  })
  const three = await dying('three', 3, 100)
  const one = await dying('one', 1, 100)
  const back = await dying('back', 2, 100)
  const never = await dying('never', 3600, 100)
  const ended = await dying('ended', 3600, 0)
  const expiring = await dying('expiring', 3600, 1)
  await crash(three)
  await crash(back)
  await crash(never)
  await crash(expiring)
  await crash(one)
  await crash(ended)
  const again = await connect({ protocolVersion: 5, clientId: 'js5-delay-back', clean: false, properties: { sessionExpiryInterval: 100 } })
  check('will delay: the session is there', again.connack.sessionPresent)
  await until(() => watcher.texts().includes('three'))
  same('will delay: the end of the session comes first, then each after its delay, none of who came back',
    [watcher.texts()[0], watcher.texts().slice(1, 3).sort(), watcher.texts().slice(3)], ['ended', ['expiring', 'one'], ['three']])
  const fresh = await connect({ protocolVersion: 5, clientId: 'js5-delay-never', clean: true })
  check('will delay: a clean start has no session', !fresh.connack.sessionPresent)
  await until(() => watcher.texts().includes('never'))
  check('will delay: a clean start ends the session and sends its will', watcher.texts().includes('never'), watcher.texts())
}

tests['shared subscription'] = async () => {
  const members = []
  for (let i = 0; i < 4; i++) {
    const client = await connect({ protocolVersion: 5 })
    await subscribe(client, '$share/team/js5/jobs/+', { qos: 1 })
    members.push(client)
  }
  const publisher = await connect({ protocolVersion: 5 })
  await Promise.all([...Array(100).keys()].map(i => publish(publisher, `js5/jobs/${i}`, String(i), { qos: 1 })))
  await until(() => members.reduce((sum, client) => sum + client.got.length, 0) >= 100)
  same('shared subscription: each message to one member', members.flatMap(client => client.texts().map(Number)).sort((a, b) => a - b), [...Array(100).keys()])
  check('shared subscription: every member has work', members.every(client => client.got.length >= 10), members.map(client => client.got.length))
}

tests['PHP handlers'] = async () => {
  const port = Number(process.env.MQTT_HANDLERS_PORT)
  if (!port) return
  const client = await connect({ port, protocolVersion: 5, username: 'alice', password: 'wonderland' })
  same('CONNACK of a handler', [client.connack.properties.reasonString, client.connack.properties.userProperties], ['welcome', { hello: 'alice' }])
  for (const [topic, wanted] of [['secret/x', 0x87], ['throw', 0x83], ['type', 0x83], ['exit', 0x83], ['hidden', undefined], ['nobody/here', undefined]]) {
    for (const qos of [1, 2]) {
      const error = await publish(client, topic, 'x', { qos }).then(() => ({}), error => error)
      same(`PUBLISH of QoS ${qos} to ${topic}: reason code`, error.code, wanted)
    }
  }
  const puback = client.packets.find(packet => packet.cmd === 'puback' && packet.reasonCode === 0x87)
  same('PUBACK of a refusal: reason string', puback?.properties?.reasonString, 'not for you')
  const refused = await connect({ port, protocolVersion: 5, username: 'alice', password: 'x' }).catch(error => error)
  same('a login refused', [refused.code, refused.message], [0x86, 'Connection refused: Bad User Name or Password'])
  const old = await connect({ port, protocolVersion: 4, username: 'alice', password: 'x' }).catch(error => error)
  same('a login refused, 3.1.1', old.code, 4)
  const quiet = await connect({ port, protocolVersion: 5, username: 'alice', password: 'wonderland', properties: { requestProblemInformation: false } })
  await publish(quiet, 'secret/x', 'x', { qos: 1 }).catch(() => {})
  same('without request problem information: no reason string', quiet.packets.find(packet => packet.cmd === 'puback')?.properties, undefined)
}

run(tests)
