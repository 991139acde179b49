/** A row of `docs/requirements.md`. */
export interface RequirementRow {
  readonly id: string
  readonly status: string
  readonly test: { readonly file: string; readonly name: string } | undefined
}

export function rowsOf(page: string): RequirementRow[] {
  return page.split('\n').flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim())
    const [, id = '', , , status = '', test = ''] = cells
    return /^[A-Z]{2}-\d+$/.test(id) ? [{ id, status, test: testOf(test) }] : []
  })
}

function testOf(cell: string) {
  const [, file, name] = /^`([^`]+)`: (.+)$/.exec(cell) ?? []
  return file === undefined || name === undefined ? undefined : { file, name: name.replaceAll('\\|', '|') }
}
