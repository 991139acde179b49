import { describe, expect, it } from 'vitest'
import { isHttpsOrLoopback } from '../../functions/domain/origin.ts'

describe('a URL that we call or redirect to', () => {
  it.each([
    'https://as.example.com',
    'https://127.0.0.1:8443/x',
    'http://localhost',
    'http://localhost:3000/x?y#z',
    'http://LOCALHOST',
    'http://127.0.0.1:9000',
    'http://127.1',
    'http://127.255.255.254',
    'http://[::1]:3000',
    'http://[0:0:0:0:0:0:0:1]',
  ])('is https, or plain http on this machine: %s [MD-04] [PX-17]', (url) => {
    expect(isHttpsOrLoopback(new URL(url))).toBe(true)
  })

  it.each([
    'http://as.example.com',
    'http://localhost.evil.example',
    'http://localhost.',
    'http://evil-localhost',
    'http://127.0.0.1.evil.example',
    'http://localhost@evil.example',
    'http://evil.example#localhost',
    'http://evil.example/localhost',
    'http://0.0.0.0',
    'http://128.0.0.1',
    'http://10.0.0.1',
    'http://169.254.169.254',
    'http://[::]',
    'http://[::2]',
    'http://[::ffff:10.0.0.1]',
  ])('is not plain http to another machine: %s [MD-04] [PX-17]', (url) => {
    expect(isHttpsOrLoopback(new URL(url))).toBe(false)
  })

  it.each([
    'ftp://localhost',
    'ws://localhost',
    'file:///localhost',
    'javascript:1',
    'data:,x',
    'blob:https://x/y',
  ])('is of no other scheme: %s [MD-04]', (url) => {
    expect(isHttpsOrLoopback(new URL(url))).toBe(false)
  })
})
