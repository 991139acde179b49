export const element = (id) => document.getElementById(id)

/** @param entries pairs of a term and its description. */
export function fill(id, entries) {
  element(id).replaceChildren(
    ...entries.flatMap(([name, value]) => {
      const term = document.createElement('dt')
      const description = document.createElement('dd')
      term.textContent = name
      description.textContent = value
      return [term, description]
    }),
  )
}

/** @param loginAddress where a login helps, if one does. */
export function showProblem(text, loginAddress = undefined) {
  element('problem').hidden = false
  element('problem-text').textContent = text
  element('log-in-again').hidden = loginAddress === undefined
  if (loginAddress !== undefined) element('log-in-again').href = loginAddress
}

export function hideProblem() {
  element('problem').hidden = true
}
