// SPDX-License-Identifier: MIT
// benchmarks/aedes.cjs PORT - aedes on 127.0.0.1, in memory. Found through NODE_PATH; started by benchmarks/compare.
'use strict'
const net = require('node:net')
const { Aedes } = require('aedes')

async function main () {
  const broker = Aedes.createBroker ? await Aedes.createBroker() : new Aedes()
  const server = net.createServer({ noDelay: true }, broker.handle)
  server.listen(Number(process.argv[2]), '127.0.0.1')
  process.on('SIGTERM', () => process.exit(0))
}
main()
