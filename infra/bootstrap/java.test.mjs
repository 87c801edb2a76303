import { describe, expect, test } from 'vitest';
import { findJava, javaMajorVersion } from './java.mjs';

describe('java by version', () => {
  test.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "21-ea" 2023-09-19', 21],
    ['java version "1.8.0_412"', 8],
    ['openjdk version "11.0.22" 2024-01-16\nOpenJDK Runtime Environment', 11],
    ['Picked up JAVA_TOOL_OPTIONS: -Dx=1\nopenjdk version "25" 2025-09-16', 25],
    ['The operation could not be completed. Unable to locate a Java Runtime.', null],
    ['', null],
  ])('%s', (output, version) => {
    expect(javaMajorVersion(output)).toBe(version);
  });

  test('an old one in PATH does not hide a new one beside it', () => {
    const versions = { '/usr/bin/java': 11, '/usr/lib/jvm/java-17/bin/java': 17 };
    const candidates = Object.keys(versions);
    expect(findJava({ candidates, versionOf: (java) => versions[java] })).toBe('/usr/lib/jvm/java-17/bin/java');
    expect(findJava({ candidates, versionOf: () => null })).toBeNull();
  });
});
