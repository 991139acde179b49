/** One class of open-redirect vectors that relying parties were caught with. */
export interface VectorClass {
  readonly name: string
  readonly vectors: readonly string[]
}

const HOSTS = ['evil.example', 'evil.example:8443/x?y#z']
const STARTS = words('https:// http:// // /\\')
const RAW_CONTROLS = [...'\t\n\r\v\f \0\x01\x19\x7f\xa0\u2028\ufeff', '\t\r\n ']
const ENCODED_CONTROLS = words('%09 %0a %0D %0b %20 %00 %01 %19 %7f %c2%a0 %09%0a%20')

/** Every text that one part of each column makes. */
function cross(...columns: readonly (readonly string[])[]): string[] {
  return columns.reduce<string[]>(
    (texts, column) => texts.flatMap((text) => column.map((part) => text + part)),
    [''],
  )
}

function words(text: string): string[] {
  return text.split(' ')
}

/** The classes of the published corpora, composed for one application at `origin`, and two that those lack. */
export function vectorClasses(origin: string): VectorClass[] {
  return [
    ...slashes(),
    ...hostNames(origin),
    ...schemes(origin),
    ...disguises(origin),
    ...appendages(origin),
    { name: 'dot segments that vanish before a second slash', vectors: vanishing() },
    { name: 'our own endpoints, which would loop', vectors: ownEndpoints(origin) },
  ]
}

function slashes(): VectorClass[] {
  const backslashed = words('/\\ \\/ \\\\ /\\/ \\/\\/ //\\ ///\\;@ \\ /\\\\ \\\t\\')
  const controls = [...RAW_CONTROLS, ...ENCODED_CONTROLS]
  return [
    { name: 'two to five leading slashes', vectors: cross(words('// /// //// /////'), HOSTS) },
    { name: 'backslashes among slashes', vectors: cross(backslashed, HOSTS) },
    {
      name: 'control characters and spaces, raw or encoded, between slashes or before them',
      vectors: [
        ...cross(['/'], controls, ['/', '\\'], HOSTS),
        ...cross(controls, words('// /\\ https:// https:'), HOSTS),
      ],
    },
    {
      name: 'dot segments between slash and backslash',
      vectors: cross(['/', '\\'], words('. .. %2e %2E%2e'), words('\\ %5c /\\ \\/'), HOSTS),
    },
  ]
}

function hostNames(origin: string): VectorClass[] {
  const { host } = new URL(origin)
  const users = words(`${host}@ ${host}%40 a:b@ a@b@ ;@ ${host};@ ${host}:443@ ${host}%2f@ @`)
  const confusions = words('# ? :80# :80? %23 %3F : %3A \\ #@ ?@ %5c /')
  const parent = host.split('.').slice(1).join('.') || 'host'
  const likeOurs = words(
    `${host}.evil.example ${host}evil.example evil${host} evil-${host} .${host} sub.${host} ${parent} ${host}%2eevil.example`,
  )
  const addresses = words(
    '2130706433 0x7f000001 017700000001 0x7f.1 0177.0.0.1 127.1 0251.0376.0251.0376 0xA9FEA9FE ' +
      '425.510.425.510 169.254.169.254 [::1] [::ffff:10.0.0.1] [0:0:0:0:0:ffff:a00:1]',
  )
  return [
    { name: 'user information', vectors: cross(STARTS, users, [...HOSTS, host]) },
    {
      name: 'delimiters before a name that is allowed',
      vectors: cross(STARTS, ['evil.example'], confusions, [host]),
    },
    { name: 'names that begin or end like ours', vectors: cross(STARTS, likeOurs, ['', '/x']) },
    { name: 'addresses in other notations', vectors: cross(STARTS, addresses, ['', '/x']) },
    {
      name: 'a NUL in the name',
      vectors: cross(STARTS, ['evil.example', host], ['\0', '%00'], [`.${host}`, '@evil.example']),
    },
  ]
}

function schemes(origin: string): VectorClass[] {
  const { host, hostname, protocol } = new URL(origin)
  const other = protocol === 'https:' ? 'http:' : 'https:'
  const scripts = [
    ...words(
      'javascript JaVaScRiPt java%0ascript %6aavascript \\x6aavascript \\152avascript &#106;avascript',
    ),
    ...words('java\\script vbscript data view-source file about mailto'),
    ...[' javascript', '\x01javascript', 'java\tscript', 'java\r\nscript'],
  ]
  const payloads = words(`:alert(1) %3Aalert(1) &colon;alert(1) ://${host}/%0aalert(1) :alert(1)//${origin}/`)
  return [
    {
      name: 'schemes without their slashes, or with too many',
      vectors: cross(words('http: https: HTTPS: http:/ https:/ https:/// https:\\ : ://'), HOSTS),
    },
    {
      name: 'another port or scheme, or none',
      vectors: [
        ...cross([`${other}//${host}`, `${protocol}//${host}:8443`, `${protocol}//${host}:*`], ['', '/x']),
        ...cross(words('ftp: wss: ws: gopher: filesystem:https:'), [`//${host}/x`]),
        ...cross(['blob:', 'BLOB:', 'blob:blob:'], [`${origin}/x`, `${origin}/bff/login`]),
        ...words(`${host}/x ${hostname}:8443/x ${protocol}//${host}:0/ ${protocol}//${hostname}.:443/`),
      ],
    },
    { name: 'schemes that run or show something', vectors: cross(scripts, payloads) },
  ]
}

function disguises(origin: string): VectorClass[] {
  const { host } = new URL(origin)
  const slashLike = words('／ ∕ ⁄ ⧸ 〳 〵 ノ ゝ ー ＼')
  const lineEnds = ['%0d%0a', '\r\n', '%0a', '\n', '%E5%98%8A%E5%98%8D']
  return [
    {
      name: 'letters that look like slashes and dots',
      vectors: [
        ...cross(slashLike, slashLike, ['evil.example']),
        ...cross(words('/ https: https:/ http:'), slashLike, HOSTS),
        ...cross(
          ['//', 'https://'],
          words(`evil。example evil．example ${host}／@evil.example evil.example℀.x`),
        ),
      ],
    },
    { name: 'encoded and doubly encoded URLs', vectors: encodedVectors() },
    {
      name: 'line ends and too long texts',
      vectors: [
        ...cross(['/x', '', '//evil.example/'], lineEnds, ['Location:%20//evil.example', 'Set-Cookie:a=b']),
        ...cross(words('/ //evil.example/ /é'), ['a'.repeat(2048), 'é'.repeat(4000), '%2f'.repeat(700)]),
      ],
    },
  ]
}

function encodedVectors(): string[] {
  const plain = [...cross(words('https:// // /\\ \\\\ http:'), HOSTS), 'javascript:alert(1)']
  const encoded = plain.map(encodeURIComponent)
  const leading = cross(words('%2f%2f /%2f %2f/ %2F /%5c %5c%5c /%2f%2f /%2e%2f'), HOSTS)
  const partly = cross(words('%68ttps:// https:%2f%2f https%3a// http%3A%2f'), HOSTS)
  const doubly = [...encoded, ...leading].map((text) => text.replaceAll('%', '%25'))
  return [...encoded, ...leading, ...partly, ...doubly, ...cross(['/'], encoded)]
}

function appendages(origin: string): VectorClass[] {
  const urls = words('https://evil.example //evil.example javascript:alert(1) https%3A%2F%2Fevil.example')
  const traversals = words(
    '/.. /%2e%2e /%2f.. //.. // /..// /%2e%2e// /..%2f /..%2f..%2f /%5c.. /../..//evil.example',
  )
  const markup = [
    ...words('"><script>alert(1)</script> \'onload=\'alert(1) `x` " %22%3E%3Cb%3E {{7*7}} <evil.example>'),
    '<svg onload=alert(1)>',
  ]
  return [
    {
      name: 'an absolute URL after a slash',
      vectors: cross(['/', '/x/', '/./', 'x/', `${origin}/`], urls),
    },
    {
      name: 'traversal at the end',
      vectors: cross(['//evil.example', '/evil.example', '/x', `${origin}//evil.example`], traversals),
    },
    {
      name: 'another redirect in the query or the fragment',
      vectors: cross(['/x', '', '/', '//evil.example', `${origin}/x`], words('?next= ?a=b&url= #'), urls),
    },
    { name: 'quotes and markup', vectors: cross(words('/ /x?y= /# //evil.example/ https://'), markup) },
  ]
}

function vanishing(): string[] {
  const paths = words('/. /.. /./. /%2e /%2e%2e /.%2E /%2e. /x/.. /x/%2e%2e /x/./.. /x/y/../.. x/.. .. %2e')
  const leftOver = words('// /// /\\ /%2f %2f/ %2f%2f //.// /./%2f //%2e%2e// %2f..%2f%2f')
  return cross(paths, leftOver, HOSTS)
}

function ownEndpoints(origin: string): string[] {
  const endpoints = words('/bff/login /%62ff/login /bff%2flogin /b%66f /bff /api /api/orders /%61pi%2Fx')
  const detours = words('/x/.. /. /x%2f.. /%2e /x%2f%2e%2e /%3f%2f.. /x%2f..%2fy%2f..')
  const ends = words(
    '/ ?x=y #x %3Fx %3f%2f..%2fx %3F%2f..%2f..%2fx /x%3F%2f..%2f..%2fx %2f..%2f..%2fx /%2e%2e%2f%2e%2e%2fx',
  )
  return cross(['', ...detours, origin, 'https:', 'http:'], endpoints, ['', ...ends])
}
