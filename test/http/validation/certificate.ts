import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface CertificateParts {
  /** What `subjectAltName` names: an IPv4 address or a host name. */
  readonly host: string
  /** Both in days from now. */
  readonly validFrom?: number
  readonly validTo?: number
}

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/**
 * A certificate that is signed by its own key, as X.509 DER. It is made here because no tool for it is on every
 * machine, and a stored one would expire.
 * @see RFC 5280 section 4.1
 */
export function selfSignedCertificate({ host, validFrom = -1, validTo = 1 }: CertificateParts): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(set(sequence(OID_COMMON_NAME, utf8String(host))))
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(validFrom), time(validTo)),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    explicit(3, sequence(sequence(OID_SUBJECT_ALT_NAME, octetString(sequence(generalName(host)))))),
  )
  const der = sequence(toBeSigned, ECDSA_WITH_SHA256, bitString(sign('sha256', toBeSigned, privateKey)))
  return {
    key: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}

function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body])
  return Buffer.concat([Buffer.of(tag, 0x82, body.length >> 8, body.length & 0xff), body])
}

const sequence = (...content: readonly Uint8Array[]) => element(0x30, ...content)
const set = (...content: readonly Uint8Array[]) => element(0x31, ...content)
const integer = (value: Uint8Array) => element(0x02, value)
const utf8String = (text: string) => element(0x0c, Buffer.from(text))
const octetString = (content: Uint8Array) => element(0x04, content)
const bitString = (content: Uint8Array) => element(0x03, Buffer.of(0), content)
const explicit = (number: number, content: Uint8Array) => element(0xa0 | number, content)

const OID_COMMON_NAME = element(0x06, Buffer.from('550403', 'hex'))
const OID_SUBJECT_ALT_NAME = element(0x06, Buffer.from('551d11', 'hex'))
const ECDSA_WITH_SHA256 = sequence(element(0x06, Buffer.from('2a8648ce3d040302', 'hex')))

function generalName(host: string): Buffer {
  const address = /^\d+(?:\.\d+){3}$/.test(host)
  return address ? element(0x87, Buffer.from(host.split('.').map(Number))) : element(0x82, Buffer.from(host))
}

/** UTCTime: two digits for the year, no fraction. */
function time(daysFromNow: number): Buffer {
  const instant = new Date(Date.now() + daysFromNow * 86_400_000)
  return element(
    0x17,
    Buffer.from(
      instant
        .toISOString()
        .slice(2)
        .replace(/[-:T]|\.\d+/g, ''),
    ),
  )
}
