import { describe, expect, test } from 'vitest';
import { additionalCertificates, aptSettings, aptSources, networkEnvironment } from './host-settings.mjs';

const pem = (body) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`;

describe("this machine's way to the network", () => {
  test('proxies in both spellings, and nothing else', () => {
    const env = { HTTPS_PROXY: 'http://p:1', no_proxy: 'localhost', http_proxy: '', HOME: '/root', TOKEN: 'x' };
    expect(networkEnvironment(env)).toEqual({ HTTPS_PROXY: 'http://p:1', no_proxy: 'localhost' });
  });

  test('only certificates that the other does not know, each once', () => {
    const ours = [`# company\n${pem('AAAA\nBBBB')}\n${pem('CCCC')}`, `${pem('CCCC')}\n`];
    expect(additionalCertificates(ours, `${pem('AAAABBBB')}\n`)).toEqual([pem('CCCC')]);
    expect(additionalCertificates([], '')).toEqual([]);
  });

  test('archives of the same release, the release itself first', () => {
    const targets = [
      'http://mirror/debian-security bookworm-security main',
      'http://mirror/debian bookworm main',
      'http://mirror/debian bookworm contrib',
      'http://else/tools stable main',
    ].join('\n');
    expect(aptSources(targets, 'bookworm')).toEqual([
      'deb http://mirror/debian bookworm main',
      'deb http://mirror/debian bookworm contrib',
      'deb http://mirror/debian-security bookworm-security main',
    ]);
  });

  test('another release is refused with what to do', () => {
    expect(() => aptSources('http://mirror/ubuntu noble main', 'bookworm')).toThrow(/add one to its sources/);
    expect(() => aptSources('', 'bookworm')).toThrow(/no archive of Debian bookworm/);
  });

  test("apt's proxies and dates, not its hooks", () => {
    const dump = [
      'APT::Architecture "amd64";',
      'Acquire::http::Proxy "http://p:1";',
      'Acquire::Check-Date "false";',
      'DPkg::Post-Invoke:: "rm -f x";',
    ].join('\n');
    expect(aptSettings(dump)).toEqual(['Acquire::http::Proxy "http://p:1";', 'Acquire::Check-Date "false";']);
  });
});
