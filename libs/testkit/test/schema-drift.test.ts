import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, createConnection } from 'mariadb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { schemaDrift } from '../src/schema-drift.ts';

const prisma = `
// A comment with a { brace
datasource db { provider = "mysql" }
enum Colour {
  RED
  DARK_BLUE @map("dark-blue")
}
model Author {
  id    BigInt @id @default(autoincrement())
  name  String @unique @db.VarChar(64)
  books Book[]
  @@map("authors")
}
model Book {
  key       String    @id @db.VarChar(64) // "quoted" // twice
  authorId  BigInt    @map("author_id")
  author    Author    @relation(fields: [authorId], references: [id])
  colour    Colour
  pages     Int       @default(0) @db.UnsignedSmallInt
  onSale    Boolean   @default(false) @map("on_sale")
  note      String?   @db.LongText
  data      Json?
  cover     Bytes?
  title     String    @default("none") @db.VarChar(255)
  printedAt DateTime? @default(now()) @map("printed_at") @db.DateTime(3)
  @@unique([authorId, colour])
  @@index([printedAt, key(length: 10)], map: "by_print")
  @@map("books")
}`;
const authors = `CREATE TABLE authors (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(64) NOT NULL,
  UNIQUE INDEX authors_name_key (name)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`;
const books = `CREATE TABLE books (\`key\` VARCHAR(64) NOT NULL PRIMARY KEY, author_id BIGINT NOT NULL,
  colour ENUM('RED','dark-blue') NOT NULL, pages SMALLINT UNSIGNED NOT NULL DEFAULT 0, on_sale BOOLEAN NOT NULL DEFAULT false,
  note LONGTEXT NULL, data JSON NULL, cover LONGBLOB NULL, title VARCHAR(255) NOT NULL DEFAULT 'none',
  printed_at DATETIME(3) NULL DEFAULT CURRENT_TIMESTAMP(3),
  UNIQUE INDEX books_author_id_colour_key (author_id, colour), INDEX by_print (printed_at, \`key\`(10)),
  CONSTRAINT books_author_id_fkey FOREIGN KEY (author_id) REFERENCES authors (id))
  ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`;

const name = `drift_${randomUUID().replaceAll('-', '')}`;
let folder: string;
let connection: Connection;
let url: string;

beforeAll(async () => {
  const server = new URL(process.env.TEST_MYSQL_URL ?? '');
  folder = await mkdtemp(join(tmpdir(), 'drift-'));
  await writeFile(join(folder, 'schema.prisma'), prisma);
  connection = await createConnection({
    host: server.hostname,
    port: Number(server.port || 3306),
    user: decodeURIComponent(server.username),
    password: decodeURIComponent(server.password),
    allowPublicKeyRetrieval: true,
  });
  server.pathname = `/${name}`;
  url = server.href;
});

beforeEach(async () => {
  await connection.query(`DROP DATABASE IF EXISTS ${name}`);
  await connection.query(`CREATE DATABASE ${name}`);
  await connection.query(`USE ${name}`);
  await connection.query(authors);
  await connection.query(books);
});

afterAll(async () => {
  await connection.query(`DROP DATABASE IF EXISTS ${name}`);
  await connection.end();
  await rm(folder, { recursive: true });
});

const drift = () => schemaDrift({ url, schema: join(folder, 'schema.prisma') });

test('says nothing where the two agree', async () => {
  expect(await drift()).toEqual([]);
});

test.each([
  ['DROP INDEX by_print ON books', /books: index by_print .*missing in the database/],
  ['ALTER TABLE books ADD INDEX extra (title)', /books: index extra is missing in schema\.prisma/],
  ['ALTER TABLE books DROP INDEX by_print, ADD INDEX by_print (`key`)', /books: index by_print/],
  ['ALTER TABLE authors DROP INDEX authors_name_key, ADD INDEX authors_name_key (name)', /authors_name_key is unique/],
  ['ALTER TABLE books MODIFY title VARCHAR(254) NOT NULL DEFAULT "none"', /books\.title: type is varchar\(255\)/],
  ['ALTER TABLE books MODIFY title VARCHAR(255) NULL DEFAULT "none"', /books\.title: nullable is false/],
  ['ALTER TABLE books MODIFY title VARCHAR(255) NOT NULL', /books\.title: default is none in schema\.prisma, nothing/],
  ['ALTER TABLE books MODIFY pages SMALLINT NOT NULL DEFAULT 0', /books\.pages: type/],
  ['ALTER TABLE books MODIFY pages SMALLINT UNSIGNED NOT NULL DEFAULT 1', /books\.pages: default/],
  ["ALTER TABLE books MODIFY colour ENUM('RED','dark-blue','GREEN') NOT NULL", /books\.colour: type/],
  ['ALTER TABLE books MODIFY printed_at DATETIME NULL', /books\.printed_at: type/],
  ['ALTER TABLE books ADD extra INT NULL', /books\.extra: only in the database/],
  ['ALTER TABLE books DROP COLUMN note', /books\.note: only in schema\.prisma/],
  ['ALTER TABLE books DROP PRIMARY KEY, ADD PRIMARY KEY (`key`, author_id)', /books: primary key is key in/],
  ['ALTER TABLE books DROP FOREIGN KEY books_author_id_fkey', /foreign key author_id -> authors\(id\) only in schema/],
  ['CREATE TABLE extra (id INT PRIMARY KEY) ENGINE=InnoDB', /extra: only in the database/],
  [
    'ALTER TABLE books MODIFY note LONGTEXT COLLATE utf8mb4_unicode_ci NULL',
    /books\.note: collation utf8mb4_unicode_ci/,
  ],
  ['ALTER TABLE authors MODIFY id BIGINT NOT NULL', /authors\.id: auto increment/],
])('%s', async (statement, expected) => {
  await connection.query('SET foreign_key_checks = 0');
  await connection.query(statement);
  expect((await drift()).join('\n')).toMatch(expected);
});
