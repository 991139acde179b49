import { App } from 'aws-cdk-lib'
import { describeProblems } from '../functions/lambda/settings-reader.ts'
import { BffStack } from './bff-stack.ts'
import { readDeployableSettings } from './deployable-settings.ts'

const app = new App()
const settings = readDeployableSettings((key) => app.node.tryGetContext(key))

if (settings.ok) {
  new BffStack(app, 'ServerlessBff', { settings: settings.value })
} else {
  const problems = describeProblems(settings.failure)
  process.stderr.write(
    `The settings in the CDK context (cdk.json, -c key=value) are not usable.\n${problems}\n`,
  )
  process.exitCode = 1
}
