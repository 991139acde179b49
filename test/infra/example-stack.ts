import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { BffStack } from '../../infra/bff-stack.ts'
import { readDeployableSettings } from '../../infra/deployable-settings.ts'
import { CLONED_CONTEXT, type Context, REAL_SETTINGS } from './example-settings.ts'

/** The stack of a team that set what it must, and what else is given. The function is not bundled. */
export function stackWith(settings: Context = {}): BffStack {
  const app = new App({ context: { ...CLONED_CONTEXT, 'aws:cdk:bundling-stacks': [] } })
  const given: Context = { ...REAL_SETTINGS, ...settings }
  const read = readDeployableSettings((key) => given[key])
  if (!read.ok) throw new Error(JSON.stringify(read.failure))
  return new BffStack(app, 'ServerlessBff', { settings: read.value })
}

export function templateWith(settings: Context = {}): Template {
  return Template.fromStack(stackWith(settings))
}

/** What there is of a type of resource, as CloudFormation will read it. */
export function resourcesOf(template: Template, type: string) {
  return Object.values(template.findResources(type))
}
