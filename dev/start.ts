import { describeProblems } from '../functions/lambda/settings-reader.ts'
import { TEST_USER } from './authorization-server/users.ts'
import { PortTaken } from './listen.ts'
import { type LocalRun, startLocalRun } from './local-run.ts'
import { type LocalSettings, readLocalSettings } from './local-settings.ts'

/** As of the start: once it is gone, another is given in its place. */
const parent = process.ppid

const settings = readLocalSettings(process.env)
if (settings.ok) await run(settings.value)
else fail(`These settings are wrong:\n\n${indented(describeProblems(settings.failure))}`)

async function run(local: LocalSettings): Promise<void> {
  try {
    const running = await startLocalRun(local)
    const stop = () => running.stop().then(() => process.exit(0))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
    if (process.env.npm_lifecycle_event !== undefined) whenParentIsGone(stop)
    process.stdout.write(summary(running))
  } catch (error) {
    const remedy = error instanceof PortTaken ? ' Stop it, or choose another: PORT=3100 npm start' : ''
    fail(`${error instanceof Error ? error.message : String(error)}${remedy}`)
  }
}

/** npm passes a signal to the shell that it runs scripts in, and many a shell ends without passing it on. */
function whenParentIsGone(stop: () => void): void {
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, 250)
  timer.unref()
}

function summary(running: LocalRun): string {
  const { settings, dynamodbEndpoint, authorizationServer, resourceServer } = running
  const user = authorizationServer === undefined ? '' : `sign in as ${TEST_USER.name} / ${TEST_USER.password}`
  const issuer = `${settings.issuer}${authorizationServer === undefined ? '' : ' (embedded)'}`
  const apiIsEmbedded = resourceServer === undefined ? '' : ' (embedded)'
  const apis = settings.upstreams.map(
    ({ name, target }) =>
      `    API                    ${settings.publicOrigin}/api/${name}/   at ${target}${apiIsEmbedded}\n`,
  )
  return `
  serverless-bff is running

    Open                   ${settings.publicOrigin}/   ${user}
    BFF                    ${settings.publicOrigin}${settings.basePath}/
    Authorization server   ${issuer}
${apis.join('')}    DynamoDB               ${dynamodbEndpoint}

  Every request below is one line of the log. Ctrl-C stops everything.

`
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}

function fail(message: string): void {
  process.stderr.write(`\n  serverless-bff cannot start.\n\n${indented(message)}\n\n`)
  process.exitCode = 1
}
