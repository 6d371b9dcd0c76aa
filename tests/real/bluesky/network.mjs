// Starts Bluesky's own servers and says on one line when they are ready.
const { TestNetwork, mockMailer } = await import(process.env.DEV_ENV)
const [plc, pds, bsky, ozone, introspect] = process.env.PORTS.split(',').map(Number)

const network = await TestNetwork.create({
  plc: { port: plc },
  pds: {
    port: pds,
    hostname: 'localhost',
    enableDidDocWithSession: true,
    rateLimitsEnabled: process.env.RATE_LIMITS === '1',
  },
  bsky: {
    port: bsky,
    dbPostgresSchema: 'bsky',
    publicUrl: `http://localhost:${bsky}`,
  },
  ozone: { port: ozone, dbMaterializedViewRefreshIntervalMs: 30_000 },
  introspect: { port: introspect },
})
mockMailer(network.pds)
process.on('SIGTERM', async () => {
  await network.close()
  process.exit(0)
})
console.log('READY')
