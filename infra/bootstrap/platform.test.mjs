import { describe, expect, test } from 'vitest';
import { chooseInfrastructure } from './platform.mjs';

const debian = { infra: undefined, platform: 'linux', hasApt: true, hasDocker: false, missing: ['java'] };
const mac = { infra: undefined, platform: 'darwin', hasApt: false, hasDocker: true, missing: ['mariadbd'] };

describe('where the infrastructure comes from', () => {
  test('a fresh Debian: apt, with Docker or without', () => {
    expect(chooseInfrastructure(debian).kind).toBe('native');
    expect(chooseInfrastructure({ ...debian, hasDocker: true }).kind).toBe('native');
  });

  test('everything there: native on any system', () => {
    expect(chooseInfrastructure({ ...mac, missing: [] }).kind).toBe('native');
    expect(chooseInfrastructure({ ...debian, hasApt: false, missing: [] }).kind).toBe('native');
  });

  test('macOS, or a Linux or WSL without apt: the Docker engine', () => {
    expect(chooseInfrastructure(mac).kind).toBe('compose');
    expect(chooseInfrastructure({ ...debian, hasApt: false, hasDocker: true }).kind).toBe('compose');
  });

  test('neither apt nor Docker: one sentence that says what to do', () => {
    const { error } = chooseInfrastructure({ ...mac, hasDocker: false });
    expect(error).toMatch(/mariadbd.*Docker engine.*INFRA=external/);
    expect(chooseInfrastructure({ ...debian, platform: 'win32', hasApt: false }).error).toMatch(/WSL/);
  });

  test('INFRA decides, where it makes sense', () => {
    expect(chooseInfrastructure({ ...debian, infra: 'external' }).kind).toBe('external');
    expect(chooseInfrastructure({ ...debian, infra: 'compose', hasDocker: true }).kind).toBe('compose');
    expect(chooseInfrastructure({ ...debian, infra: 'compose' }).error).toMatch(/Docker engine/);
    expect(chooseInfrastructure({ ...debian, infra: 'podman' }).error).toBe(
      'INFRA=podman is none of native, compose, external.',
    );
  });
});
