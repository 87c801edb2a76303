import { describe, expect, test } from 'vitest';
import { connectionSettings } from './connection-settings.ts';
import { derivedTable, inList, values } from './fragments.ts';
import { toSqlDateTime, toSqlParameter } from './sql-values.ts';

describe('fragments', () => {
  test('are what the database reads', () => {
    expect(values(2, 3)).toBe('(?,?,?),(?,?,?)');
    expect(values(1, 1)).toBe('(?)');
    expect(inList(3)).toBe('?,?,?');
    expect(derivedTable(['id', 'status'], 1)).toBe('SELECT ? AS id, ? AS status');
    expect(derivedTable(['id', 'status'], 3)).toBe(
      'SELECT ? AS id, ? AS status UNION ALL SELECT ?,? UNION ALL SELECT ?,?',
    );
  });

  test('none of nothing: that would be a syntax error far away', () => {
    for (const empty of [
      () => values(0, 1),
      () => values(1, 0),
      () => inList(0),
      () => derivedTable(['a'], 0),
      () => derivedTable([], 1),
    ]) {
      expect(empty).toThrow(RangeError);
    }
    expect(() => inList(Number.NaN)).toThrow(RangeError);
  });
});

test('a time is written in UTC to the millisecond', () => {
  expect(toSqlDateTime(new Date('2026-11-22T10:00:00.007+09:00'))).toBe('2026-11-22 01:00:00.007');
  expect(() => toSqlDateTime(new Date(8.64e15))).toThrow(RangeError);
  expect(() => toSqlParameter(new Date(Number.NaN))).toThrow(RangeError);
});

describe('a database URL', () => {
  test('gives host, login and database, percent-decoded', () => {
    expect(connectionSettings('mysql://que%40ue:p%2Fw%3A@db.example/re%20s')).toMatchObject({
      host: 'db.example',
      port: 3306,
      user: 'que@ue',
      password: 'p/w:',
      database: 're s',
    });
    expect(connectionSettings('mariadb://a:b@[::1]:3307/x')).toMatchObject({ host: '::1', port: 3307 });
  });

  test('asks for TLS, checked against the given authority', () => {
    expect(connectionSettings('mysql://a:b@h/x?ssl=true')).toMatchObject({ ssl: {} });
    expect(connectionSettings('mysql://a:b@h/x')).not.toHaveProperty('ssl');
    expect(() => connectionSettings('mysql://a:b@h/x?ssl=true&ca=/nowhere.pem')).toThrow(/nowhere/);
    expect(() => connectionSettings('mysql://a:b@h/x?sslmode=require')).toThrow(/sslmode/);
  });
});
